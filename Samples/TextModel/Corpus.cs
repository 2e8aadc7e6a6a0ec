using System.IO.Compression;

namespace FastRecurrent.Samples.TextModel;

/// <summary>A text as numbers: its characters in order of their code, the first 90 % to train on, the rest held out.</summary>
internal sealed class Corpus
{
    private readonly char[] _characters;

    private Corpus(string text)
    {
        _characters = [.. text.Distinct().Order()];
        Dictionary<char, int> ids = _characters.Select((character, id) => (character, id)).ToDictionary(pair => pair.character, pair => pair.id);
        int[] all = [.. text.Select(character => ids[character])];
        int split = (int)(all.Length * 0.9);
        Training = all[..split];
        HeldOut = all[split..];
    }

    public int[] Training { get; }

    public int[] HeldOut { get; }

    public int VocabularySize => _characters.Length;

    /// <summary>Reads a text file, gzipped if its name ends in .gz.</summary>
    public static Corpus Load(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(stream);
        Corpus corpus = new(reader.ReadToEnd());
        return corpus.HeldOut.Length >= 2
            ? corpus
            : throw new InvalidDataException($"{path} has too few characters to train on and to hold some out.");
    }

    public string Decode(IEnumerable<int> ids) => string.Concat(ids.Select(id => _characters[id]));
}
