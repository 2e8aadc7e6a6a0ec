using System.Globalization;
using FastRecurrent.Graph;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>The Stanford Sentiment Treebank (Socher et al. 2013): one binary tree a line, labelled 0 … 4 at every node.</summary>
internal sealed class SentimentData
{
    public required LabelledTree[] Training { get; init; }

    public required LabelledTree[] Validation { get; init; }

    public required LabelledTree[] Test { get; init; }

    public static SentimentData Load(string? folder) => folder is null
        ? new SentimentData { Training = Parse(TinyTrees.Training), Validation = Parse(TinyTrees.Validation), Test = Parse(TinyTrees.Test) }
        : new SentimentData { Training = Read(folder, "train"), Validation = Read(folder, "dev"), Test = Read(folder, "test") };

    /// <summary>Brackets and slashes as in ordinary text, and no capitals: as pretrained vectors have them.</summary>
    public static string? Normalise(string? word) => word switch
    {
        null => null,
        "-LRB-" => "(",
        "-RRB-" => ")",
        _ => word.Replace("\\", "", StringComparison.Ordinal).ToLowerInvariant(),
    };

    /// <summary>The class of a label; of two classes, neutral nodes have none.</summary>
    public static int ClassOf(string label, bool binary)
    {
        int grade = int.Parse(label, CultureInfo.InvariantCulture);
        return grade is < 0 or > 4 ? throw new InvalidDataException($"A label is 0 … 4, not {label}.")
            : !binary ? grade
            : grade == 2 ? Tree.Unlabelled
            : grade / 3;
    }

    private static LabelledTree[] Read(string folder, string split) =>
        Parse(TextFile.Lines(TextFile.Find(folder, split)).Where(line => line.Length > 0));

    private static LabelledTree[] Parse(IEnumerable<string> lines) => [.. lines.Select(line => LabelledTree.Parse(line))];
}
