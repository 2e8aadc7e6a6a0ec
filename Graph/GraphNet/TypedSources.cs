using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The pairs (type, node) of which there are edges, type after type: what linear messages are computed for, once each, however many edges
/// leave a node. With one type every node is a pair.
/// </summary>
internal sealed class TypedSources
{
    /// <param name="graph">The graph.</param>
    /// <param name="types">[E], the type of every edge; empty for type 0.</param>
    /// <param name="typeCount">Types there are.</param>
    /// <param name="aggregate">What the messages go through.</param>
    public TypedSources(CsrGraph graph, ReadOnlySpan<int> types, int typeCount, Aggregation aggregate)
    {
        if (typeCount == 1)
        {
            Offsets = [0, graph.NodeCount];
            Messages = new MessagePattern(graph.Incoming, aggregate);
            return;
        }

        long[] keys = new long[graph.EdgeCount];
        for (int e = 0; e < keys.Length; e++)
        {
            keys[e] = (long)(types.IsEmpty ? 0 : types[e]) * graph.NodeCount + graph.Sources[e];
        }

        long[] pairs = [.. keys.Distinct().Order()];
        Offsets = new int[typeCount + 1];
        int[] nodes = new int[pairs.Length];
        for (int pair = 0; pair < pairs.Length; pair++)
        {
            nodes[pair] = (int)(pairs[pair] % graph.NodeCount);
            Offsets[pairs[pair] / graph.NodeCount + 1]++;
        }

        for (int type = 0; type < typeCount; type++)
        {
            Offsets[type + 1] += Offsets[type];
        }

        int[] sources = Array.ConvertAll(keys, key => Array.BinarySearch(pairs, key));
        Nodes = nodes;
        Messages = new MessagePattern(new CsrPattern(graph.Offsets, sources, pairs.Length), aggregate);
        OfNodes = new CsrPattern(new[] { 0, nodes.Length }, nodes, graph.NodeCount).EntriesByColumn();
    }

    /// <summary>[types + 1], where the pairs of each type begin.</summary>
    public int[] Offsets { get; }

    /// <summary>Pairs.</summary>
    public int Count => Offsets[^1];

    /// <summary>The node of every pair; null where pairs are nodes.</summary>
    public int[]? Nodes { get; }

    /// <summary>Row = node, columns = its pairs; null where pairs are nodes.</summary>
    public CsrPattern? OfNodes { get; }

    /// <summary>Which pairs every node receives from.</summary>
    public MessagePattern Messages { get; }
}
