using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// A graph, or a batch of graphs as one block-diagonal graph, in the forms that a <see cref="GraphNet{T}"/> reads: made once, immutable,
/// for any number of runs on any threads.
/// </summary>
public sealed class GraphNetPlan
{
    private readonly int[] _poolLengths = [];

    /// <summary>A plan for networks of some shape.</summary>
    /// <param name="options">The networks' shape.</param>
    /// <param name="graph">N nodes and E edges; messages go along the edges.</param>
    /// <param name="types">[E], the type of each edge, in the order of <see cref="CsrGraph.Sources"/>; empty: all 0.
    /// Messages of an MLP pass them over.</param>
    /// <param name="ids">[N], the graph of each node in any order, for the read-out; empty: all 0.</param>
    /// <param name="graphCount">G; −1 for the largest id and 1. A graph without nodes is read out as zeros.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a type or an id is out of range;
    /// the message names the place.</exception>
    public GraphNetPlan(GraphNetOptions options, CsrGraph graph, ReadOnlySpan<int> types = default, ReadOnlySpan<int> ids = default,
        int graphCount = -1)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(graph);
        options.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(graphCount, -1);
        Require.LengthOrEmpty(types.Length, graph.EdgeCount, shape: "E");
        Require.LengthOrEmpty(ids.Length, graph.NodeCount, shape: "N");
        // A perceptron sets no bound to the types.
        CsrGraph.CheckNodes(types, options.Message == MessageFunction.Linear ? options.EdgeTypes : Array.MaxLength - 1, nameof(types));
        CsrGraph.CheckNodes(ids, graphCount < 0 ? graph.NodeCount : graphCount, nameof(ids));
        Options = options;
        Graph = graph;
        GraphCount = graphCount >= 0 ? graphCount : ids.IsEmpty ? 1 : Largest(ids) + 1;
        if (options.SumsFirst)
        {
            Summed = new MessagePattern(graph.Incoming, options.Aggregate);
        }
        else if (options.Message == MessageFunction.Linear)
        {
            Sources = new TypedSources(graph, types, options.EdgeTypes, options.Aggregate);
        }
        else
        {
            Outgoing = graph.Outgoing;
            if (options.Aggregate == Aggregation.Max)
            {
                int[] edges = [.. Enumerable.Range(0, graph.EdgeCount)];
                Edges = new MessagePattern(new CsrPattern(graph.Offsets, edges, edges.Length), options.Aggregate);
            }
        }

        if (options.Readout != GraphReadout.None)
        {
            int[] offsets = [.. Enumerable.Range(0, graph.NodeCount + 1)];
            GraphOf = new CsrPattern(offsets, ids.IsEmpty ? new int[graph.NodeCount] : ids, GraphCount);
            Pool = GraphOf.Transpose(out _);
            PoolEntries = Pool.EntriesByColumn();
            PoolGraphs = Pool.RowOfEntries();
            _poolLengths = new int[GraphCount];
            for (int g = 0; g < GraphCount; g++)
            {
                _poolLengths[g] = Pool[g].Length;
            }
        }
    }

    /// <summary>The networks' shape.</summary>
    public GraphNetOptions Options { get; }

    /// <summary>The graph.</summary>
    public CsrGraph Graph { get; }

    /// <summary>N.</summary>
    public int NodeCount => Graph.NodeCount;

    /// <summary>E.</summary>
    public int EdgeCount => Graph.EdgeCount;

    /// <summary>G.</summary>
    public int GraphCount { get; }

    /// <summary>Linear messages: which products there are.</summary>
    internal TypedSources? Sources { get; }

    /// <summary>Linear messages that are summed before the product.</summary>
    internal MessagePattern? Summed { get; }

    /// <summary>Messages of an MLP: row = node, columns = the edges that leave it.</summary>
    internal CsrPattern? Outgoing { get; }

    /// <summary>Maxima of messages of an MLP: every edge has a message of its own.</summary>
    internal MessagePattern? Edges { get; }

    /// <summary>Read-out: row = node, its column = its graph.</summary>
    internal CsrPattern? GraphOf { get; }

    /// <summary>Read-out: row = graph, columns = its nodes in order.</summary>
    internal CsrPattern? Pool { get; }

    /// <summary>Read-out: row = node, its column = its entry in <see cref="Pool"/>.</summary>
    internal CsrPattern? PoolEntries { get; }

    /// <summary>Read-out: the graph of every entry of <see cref="Pool"/>.</summary>
    internal int[]? PoolGraphs { get; }

    /// <summary>Read-out: [G], nodes of each graph.</summary>
    internal ReadOnlySpan<int> PoolLengths => _poolLengths;

    /// <inheritdoc/>
    public override string ToString() => $"{NodeCount:N0} nodes and {EdgeCount:N0} edges in {GraphCount:N0} graphs";

    private static int Largest(ReadOnlySpan<int> ids)
    {
        int largest = 0;
        foreach (int id in ids)
        {
            largest = Math.Max(largest, id);
        }

        return largest;
    }
}
