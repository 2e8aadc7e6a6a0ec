using System.IO.Compression;

namespace FastRecurrent.Samples.Tagging;

/// <summary>Sentences of words with their universal parts of speech, from CoNLL-U.</summary>
internal static class Treebank
{
    private const string TinyTraining = """
        the/DET cat/NOUN sleeps/VERB ./PUNCT
        a/DET dog/NOUN barks/VERB loudly/ADV ./PUNCT
        she/PRON reads/VERB a/DET long/ADJ book/NOUN ./PUNCT
        they/PRON walk/VERB slowly/ADV to/ADP the/DET old/ADJ house/NOUN ./PUNCT
        he/PRON sees/VERB the/DET small/ADJ bird/NOUN ./PUNCT
        the/DET bird/NOUN sings/VERB in/ADP a/DET tree/NOUN ./PUNCT
        we/PRON eat/VERB fresh/ADJ bread/NOUN ./PUNCT
        the/DET old/ADJ man/NOUN walks/VERB to/ADP a/DET river/NOUN ./PUNCT
        """;

    private const string TinyTest = """
        the/DET dog/NOUN sleeps/VERB in/ADP the/DET house/NOUN ./PUNCT
        she/PRON sees/VERB a/DET small/ADJ tree/NOUN ./PUNCT
        """;

    public static (string Word, string Tag)[][] LoadTraining(string[] files) => files.Length > 0 ? Load(files[0]) : Tiny(TinyTraining);

    public static (string Word, string Tag)[][] LoadTest(string[] files) =>
        files.Length == 0 ? Tiny(TinyTest)
        : files.Length > 1 ? Load(files[1])
        : throw new ArgumentException("A test treebank is needed beside the training treebank.");

    private static (string, string)[][] Tiny(string text) =>
        [.. text.Split('\n').Select(line => line.Split(' ').Select(pair => (pair.Split('/')[0], pair.Split('/')[1].Trim())).ToArray())];

    /// <summary>Column 2 is the word, column 4 the tag; lines of ranges (3-4) and of empty nodes (8.1) are passed over.</summary>
    private static (string, string)[][] Load(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(stream);
        List<(string, string)[]> sentences = [];
        List<(string, string)> sentence = [];
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            string[] columns = line.Split('\t');
            if (line.Length == 0 && sentence.Count > 0)
            {
                sentences.Add([.. sentence]);
                sentence.Clear();
            }
            else if (line.Length > 0 && line[0] != '#' && columns[0].All(char.IsAsciiDigit))
            {
                sentence.Add(columns.Length >= 4
                    ? (columns[1], columns[3])
                    : throw new InvalidDataException($"{path}, line {number}: a word has at least 4 columns."));
            }
        }

        if (sentence.Count > 0)
        {
            sentences.Add([.. sentence]);
        }

        return sentences.Count > 0 ? [.. sentences] : throw new InvalidDataException($"{path} holds no sentence.");
    }
}
