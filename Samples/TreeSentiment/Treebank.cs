using System.Globalization;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>A word of a sentence with its dependencies.</summary>
/// <param name="Form">In lower case.</param>
/// <param name="Tag">Universal part of speech.</param>
/// <param name="Head">Number of its head, from 1; 0 for the root.</param>
/// <param name="Relation">To its head, without the subtype.</param>
internal sealed record Word(string Form, string Tag, int Head, string Relation);

/// <summary>Dependency trees from CoNLL-U.</summary>
internal sealed class Treebank
{
    public required Word[][] Training { get; init; }

    public required Word[][] Validation { get; init; }

    public required Word[][] Test { get; init; }

    public static Treebank Load(string? folder) => folder is null
        ? new Treebank
        {
            Training = Tiny(TinyTreebank.Training),
            Validation = Tiny(TinyTreebank.Validation),
            Test = Tiny(TinyTreebank.Test)
        }
        : new Treebank
        {
            Training = Read(TextFile.Find(folder, "train")),
            Validation = Read(TextFile.Find(folder, "dev")),
            Test = Read(TextFile.Find(folder, "test"))
        };

    private static Word[][] Tiny(string[] sentences) =>
        [.. sentences.Select(sentence => sentence.Split(' ').Select(word => word.Split('/'))
            .Select(columns => WordOf(columns[0], columns[1], columns[2], columns[3])).ToArray())];

    /// <summary>Columns 2, 4, 7 and 8 are word, tag, head and relation; lines of ranges (3-4) and of empty nodes (8.1)
    /// are passed over.</summary>
    private static Word[][] Read(string path)
    {
        List<Word[]> sentences = [];
        List<Word> sentence = [];
        int number = 0;
        foreach (string line in TextFile.Lines(path).Append(""))
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
                sentence.Add(columns.Length >= 8
                    ? WordOf(columns[1], columns[3], columns[6], columns[7])
                    : throw new InvalidDataException($"{path}, line {number}: a word has at least 8 columns."));
            }
        }

        return sentences.Count > 0 ? [.. sentences] : throw new InvalidDataException($"{path} holds no sentence.");
    }

    private static Word WordOf(string form, string tag, string head, string relation) =>
        new(form.ToLowerInvariant(), tag, int.Parse(head, CultureInfo.InvariantCulture), relation.Split(':')[0]);
}
