using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The ordered update of a <see cref="GraphLstm{T}"/> in waves. Nodes are updated in a given order and see the new states of neighbours
/// that come before them; a node whose earlier neighbours are done need not wait for any other,
/// so such nodes form a wave and are computed together.
/// </summary>
public sealed class GraphLstmSchedule
{
    private readonly int[] _order;
    private readonly int[] _waveOffsets;

    /// <summary>A schedule of waves: the same result as one node after another in the given order.</summary>
    /// <param name="graph">An undirected graph.</param>
    /// <param name="order">A permutation of the nodes; order[0] is updated first.</param>
    /// <exception cref="ArgumentException">It is no permutation, or an edge has none back; the message names a node.</exception>
    public GraphLstmSchedule(CsrGraph graph, ReadOnlySpan<int> order)
        : this(graph, order, oneByOne: false)
    {
    }

    private GraphLstmSchedule(CsrGraph graph, ReadOnlySpan<int> order, bool oneByOne)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int nodes = graph.NodeCount;
        int[] turn = NodeOrder.Invert(order, nodes);
        if (!graph.IsSymmetric())
        {
            throw new ArgumentException(
                "The graph must be undirected: for every edge there must be the one back (CsrGraph.Symmetric adds them).", nameof(graph));
        }

        if (oneByOne)
        {
            _order = order.ToArray();
            _waveOffsets = [.. Enumerable.Range(0, nodes + 1)];
        }
        else
        {
            Levels.Sort(EarlierNeighbours(graph, turn), out _order, out _waveOffsets, nameof(graph));
        }

        int[] place = NodeOrder.Invert(_order, nodes), offsets = new int[nodes + 1], seen = new int[graph.EdgeCount],
            old = new int[graph.EdgeCount];
        int at = 0;
        for (int k = 0; k < nodes; k++)
        {
            foreach (int neighbour in graph[_order[k]])
            {
                old[at] = place[neighbour];
                seen[at++] = place[neighbour] + (turn[neighbour] < turn[_order[k]] ? nodes : 0);
            }

            offsets[k + 1] = at;
        }

        Seen = new CsrPattern(offsets, seen, 2 * nodes);
        Neighbours = new CsrPattern(offsets, old, nodes);
        SeenEdges = Seen.EntriesByColumn();
        SeenTargets = Seen.Transpose(out _);
        NeighbourEdges = Neighbours.EntriesByColumn();
    }

    /// <summary>N.</summary>
    public int NodeCount => _order.Length;

    /// <summary>E.</summary>
    public int EdgeCount => Seen.Count;

    /// <summary>Waves.</summary>
    public int WaveCount => _waveOffsets.Length - 1;

    /// <summary>[N], the nodes wave by wave.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>[waves + 1], where each wave begins in <see cref="Order"/>.</summary>
    public ReadOnlySpan<int> WaveOffsets => _waveOffsets;

    /// <summary>Row = place of a node, columns = the states it sees: place j for an old one, N + j for a new one.</summary>
    internal CsrPattern Seen { get; }

    /// <summary>Row = place of a node, columns = places of its neighbours.</summary>
    internal CsrPattern Neighbours { get; }

    /// <summary>Row = state (old, then new), columns = the edges that see it.</summary>
    internal CsrPattern SeenEdges { get; }

    /// <summary>Row = state (old, then new), columns = places of the nodes that see it.</summary>
    internal CsrPattern SeenTargets { get; }

    /// <summary>Row = place of a neighbour, columns = the edges that leave it.</summary>
    internal CsrPattern NeighbourEdges { get; }

    /// <summary>The schedule without waves, one node at a time: to compare with.</summary>
    /// <param name="graph">An undirected graph.</param>
    /// <param name="order">A permutation of the nodes.</param>
    /// <exception cref="ArgumentException">It is no permutation, or an edge has none back; the message names a node.</exception>
    public static GraphLstmSchedule OneByOne(CsrGraph graph, ReadOnlySpan<int> order) => new(graph, order, oneByOne: true);

    /// <inheritdoc/>
    public override string ToString() => $"{NodeCount:N0} nodes in {WaveCount:N0} waves, {EdgeCount:N0} edges";

    private static CsrPattern EarlierNeighbours(CsrGraph graph, int[] turn)
    {
        List<int> earlier = new(graph.EdgeCount / 2);
        int[] offsets = new int[graph.NodeCount + 1];
        for (int node = 0; node < graph.NodeCount; node++)
        {
            foreach (int neighbour in graph[node])
            {
                if (turn[neighbour] < turn[node])
                {
                    earlier.Add(neighbour);
                }
            }

            offsets[node + 1] = earlier.Count;
        }

        return new CsrPattern(offsets, earlier.ToArray(), graph.NodeCount);
    }
}
