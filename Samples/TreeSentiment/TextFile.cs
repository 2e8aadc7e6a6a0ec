using System.IO.Compression;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Files of text, plain or .gz.</summary>
internal static class TextFile
{
    /// <summary>The file of a split: train.txt, train.txt.gz, en_ewt-ud-train.conllu …</summary>
    public static string Find(string folder, string split) =>
        Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).FirstOrDefault(file => IsOf(Path.GetFileName(file), split))
        ?? throw new FileNotFoundException($"{folder} has no file for '{split}'.");

    public static IEnumerable<string> Lines(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static bool IsOf(string name, string split)
    {
        string stem = name.Split('.')[0];
        return stem == split || stem.EndsWith($"-{split}", StringComparison.Ordinal);
    }
}
