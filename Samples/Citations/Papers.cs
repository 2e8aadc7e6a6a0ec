using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Citations;

/// <summary>Papers with their words, their subjects and the graph that links them.</summary>
internal sealed record Papers
{
    public required string Name { get; init; }

    /// <summary>Symmetric, without self loops.</summary>
    public required CsrGraph Graph { get; init; }

    /// <summary>[papers, words]; rows add up to 1.</summary>
    public required float[] Words { get; init; }

    public required int[] Classes { get; init; }

    /// <summary>The split that goes with a run's seed.</summary>
    public required Func<int, Split> Split { get; init; }

    public required string SplitName { get; init; }

    /// <summary>Figures from the literature, to print beside ours.</summary>
    public (string Who, string Figure)[] Published { get; init; } = [];

    public int Count => Classes.Length;

    public int WordCount => Words.Length / Count;

    public int ClassCount => Classes.Max() + 1;

    public static Papers Load(string? path) => path is null ? PlantedPartition.Create()
        : File.Exists(Path.Combine(path, "p_feat.npz")) ? Acm.Load(path) : Cora.Load(path);

    /// <summary>The symmetric graph of a list of links, of which some may stand twice or lead back to where they begin.</summary>
    public static CsrGraph GraphOf(int count, IEnumerable<(int From, int To)> links)
    {
        (int From, int To)[] kept = [.. links.Where(link => link.From != link.To)];
        return CsrGraph.FromEdges(count, [.. kept.Select(link => link.From)], [.. kept.Select(link => link.To)]).Symmetric();
    }

    /// <summary>Every paper's words with equal shares.</summary>
    public static float[] Normalise(IReadOnlyList<int[]> wordsOfPapers, int wordCount)
    {
        float[] rows = new float[wordsOfPapers.Count * wordCount];
        for (int paper = 0; paper < wordsOfPapers.Count; paper++)
        {
            foreach (int word in wordsOfPapers[paper])
            {
                rows[paper * wordCount + word] = 1f / wordsOfPapers[paper].Length;
            }
        }

        return rows;
    }
}
