using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// In what order the nodes of a forest or an acyclic graph are computed: level by level from the leaves, a whole level at once. One
/// schedule serves a batch of trees, as one block-diagonal graph; it is immutable and may be shared by threads.
/// </summary>
/// <remarks>
/// The cells keep their states in this order: the nodes of a level are neighbouring rows, and so are the edges that enter them.
/// </remarks>
public sealed class LevelSchedule
{
    private readonly int[] _order;
    private readonly int[] _levelOffsets;
    private readonly int[] _edges;

    /// <summary>A schedule for edges child → parent.</summary>
    /// <param name="graph">A forest or an acyclic graph.</param>
    /// <exception cref="ArgumentException">There is a cycle; the message names a node on it.</exception>
    public LevelSchedule(CsrGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Levels.Sort(graph.Incoming, out _order, out _levelOffsets, nameof(graph));
        Incoming = graph.Reorder(_order, out _edges).Incoming;
        OutgoingEdges = Incoming.EntriesByColumn();
        OutgoingTargets = Incoming.Transpose(out _);
    }

    /// <summary>N.</summary>
    public int NodeCount => _order.Length;

    /// <summary>E.</summary>
    public int EdgeCount => Incoming.Count;

    /// <summary>Levels; the first holds the leaves.</summary>
    public int LevelCount => _levelOffsets.Length - 1;

    /// <summary>[N], the nodes in the order of computation.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>[levels + 1], where each level begins in <see cref="Order"/>.</summary>
    public ReadOnlySpan<int> LevelOffsets => _levelOffsets;

    /// <summary>[E], for each edge in the order of computation its number in the graph.</summary>
    public ReadOnlySpan<int> Edges => _edges;

    /// <summary>Row = place of a node in the order, columns = places of its children.</summary>
    internal CsrPattern Incoming { get; }

    /// <summary>Row = place of a child, columns = the edges that leave it.</summary>
    internal CsrPattern OutgoingEdges { get; }

    /// <summary>Row = place of a child, columns = places of its parents.</summary>
    internal CsrPattern OutgoingTargets { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{NodeCount:N0} nodes in {LevelCount:N0} levels, {EdgeCount:N0} edges";
}
