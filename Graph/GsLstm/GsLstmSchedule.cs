namespace FastRecurrent.Graph;

/// <summary>The order of computation of threads in both directions.</summary>
public sealed class GsLstmSchedule
{
    /// <summary>A schedule for a batch of threads.</summary>
    /// <param name="relatives">Who is whose parent and sibling.</param>
    /// <exception cref="ArgumentNullException"><paramref name="relatives"/> is null.</exception>
    public GsLstmSchedule(Relatives relatives)
    {
        ArgumentNullException.ThrowIfNull(relatives);
        Forward = new NarySchedule(Pairs(relatives.ElderSibling, relatives.Parent), 2);
        Backward = new NarySchedule(Pairs(relatives.YoungerSibling, relatives.FirstChild), 2);
    }

    /// <summary>N.</summary>
    public int NodeCount => Forward.NodeCount;

    /// <summary>Places: elder sibling, parent.</summary>
    public NarySchedule Forward { get; }

    /// <summary>Places: younger sibling, first child.</summary>
    public NarySchedule Backward { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{NodeCount:N0} nodes in {Forward.LevelCount:N0} levels forward, {Backward.LevelCount:N0} backward";

    private static int[] Pairs(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        int[] pairs = new int[2 * first.Length];
        for (int node = 0; node < first.Length; node++)
        {
            (pairs[2 * node], pairs[2 * node + 1]) = (first[node], second[node]);
        }

        return pairs;
    }
}
