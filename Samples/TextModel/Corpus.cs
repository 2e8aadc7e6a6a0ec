using System.IO.Compression;

namespace FastRecurrent.Samples.TextModel;

/// <summary>A text as numbers: its characters in order of their code, the first 90 % to train on, the rest held out.</summary>
internal sealed class Corpus
{
    private readonly char[] _characters;

    private Corpus(string text)
    {
        _characters = [.. text.Distinct().Order()];
        Dictionary<char, int> ids = _characters.Select((character, id) => (character, id))
            .ToDictionary(pair => pair.character, pair => pair.id);
        int[] all = [.. text.Select(character => ids[character])];
        int split = (int)(all.Length * 0.9);
        Training = all[..split];
        HeldOut = all[split..];
    }

    public int[] Training { get; }

    public int[] HeldOut { get; }

    public int VocabularySize => _characters.Length;

    /// <summary>By its length: its published figures are for no other text.</summary>
    public bool IsTinyShakespeare => Training.Length + HeldOut.Length == 1_115_394;

    /// <summary>Reads a text file, gzipped if its name ends in .gz.</summary>
    public static Corpus Load(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(stream);
        Corpus corpus = new(reader.ReadToEnd());
        return corpus.HeldOut.Length >= 2
            ? corpus
            : throw new InvalidDataException($"{path} has too few characters to train on and to hold some out.");
    }

    /// <summary>The README beside the nearest solution above the program.</summary>
    public static string FindReadme()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string readme = Path.Combine(folder.FullName, "README.md");
            if (File.Exists(readme) && File.Exists(Path.Combine(folder.FullName, "FastRecurrent.sln")))
            {
                return readme;
            }
        }

        throw new FileNotFoundException("There is no README.md above the program: name a text file.");
    }

    /// <summary>Bits per held-out character for a model that knows nothing but how often each character
    /// stands in the training text.</summary>
    public double UnigramBits()
    {
        double[] counts = new double[VocabularySize];
        Array.Fill(counts, 1); // a character of the held-out text alone has a share too
        foreach (int id in Training)
        {
            counts[id]++;
        }

        double all = counts.Sum();
        return HeldOut.Average(id => Math.Log2(all / counts[id]));
    }

    public string Decode(IEnumerable<int> ids) => string.Concat(ids.Select(id => _characters[id]));
}
