using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// A directed graph by incoming edges: node v receives from <c>sources[offsets[v] … offsets[v+1])</c>. Checked once and never changed. Many
/// graphs in a batch are one block-diagonal graph.
/// </summary>
/// <remarks>
/// What belongs to edges (weights, types, features) is an array in the order of <see cref="Sources"/>; methods that make a graph from
/// another say in what order its edges stand. Indices are 32 bits: up to 2³¹ nodes and edges, 4·(N + 1 + E) bytes.
/// </remarks>
public sealed class CsrGraph
{
    private CsrPattern? _outgoing;

    /// <summary>A graph from compressed rows; the spans are copied.</summary>
    /// <param name="offsets">[N + 1].</param>
    /// <param name="sources">[E], each in 0 … N − 1.</param>
    /// <exception cref="ArgumentException">Offsets fall, do not end with E, or a source is out of range;
    /// the message names the place.</exception>
    public CsrGraph(ReadOnlySpan<int> offsets, ReadOnlySpan<int> sources)
        : this(new CsrPattern(offsets, sources, Math.Max(0, offsets.Length - 1)))
    {
    }

    internal CsrGraph(CsrPattern incoming) => Incoming = incoming;

    /// <summary>N.</summary>
    public int NodeCount => Incoming.Rows;

    /// <summary>E.</summary>
    public int EdgeCount => Incoming.Count;

    /// <summary>[N + 1], where the incoming edges of each node begin.</summary>
    public ReadOnlySpan<int> Offsets => Incoming.Offsets;

    /// <summary>[E], where each edge comes from.</summary>
    public ReadOnlySpan<int> Sources => Incoming.Indices;

    /// <summary>The graph as a sparse matrix: row = target, column = source.</summary>
    public CsrPattern Incoming { get; }

    /// <summary>Row u: the <em>numbers</em> of the edges that leave node u. Built at the first use.</summary>
    public CsrPattern Outgoing => _outgoing ??= Incoming.EntriesByColumn();

    /// <summary>The nodes that node <paramref name="v"/> receives from.</summary>
    /// <param name="v">The node, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such node.</exception>
    public ReadOnlySpan<int> this[int v] => Incoming.Row(v, nameof(v));

    /// <summary>Number of edges that enter <paramref name="v"/>.</summary>
    /// <param name="v">The node, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such node.</exception>
    public int InDegree(int v) => Incoming.Row(v, nameof(v)).Length;

    /// <summary>A graph from a list of edges in any order; a node's edges keep the order of the list.</summary>
    /// <param name="nodeCount">N ≥ 0.</param>
    /// <param name="sources">[E].</param>
    /// <param name="targets">[E].</param>
    /// <param name="order">For each edge of the graph its place in the list, to bring weights into the graph's order.</param>
    /// <exception cref="ArgumentException">A node is out of range or the lists differ in length.</exception>
    public static CsrGraph FromEdges(int nodeCount, ReadOnlySpan<int> sources, ReadOnlySpan<int> targets, out int[] order)
    {
        Require.Length(targets.Length, sources.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(nodeCount, Array.MaxLength); // there is an offset more than nodes
        CheckNodes(sources, nodeCount, nameof(sources));
        CheckNodes(targets, nodeCount, nameof(targets));
        int[] all = sources.ToArray();
        CsrPattern byTarget = new CsrPattern([0, targets.Length], targets, nodeCount).EntriesByColumn();
        order = byTarget.Indices.ToArray();
        return new CsrGraph(new CsrPattern(byTarget.Offsets.ToArray(), Array.ConvertAll(order, edge => all[edge]), nodeCount));
    }

    /// <summary>A graph from a list of edges in any order; a node's edges keep the order of the list.</summary>
    /// <param name="nodeCount">N ≥ 0.</param>
    /// <param name="sources">[E].</param>
    /// <param name="targets">[E].</param>
    /// <exception cref="ArgumentException">A node is out of range or the lists differ in length.</exception>
    public static CsrGraph FromEdges(int nodeCount, ReadOnlySpan<int> sources, ReadOnlySpan<int> targets) =>
        FromEdges(nodeCount, sources, targets, out _);

    /// <summary>Graphs side by side, without edges between them: nodes and edges of one after those of the other.</summary>
    /// <param name="graphs">Any number of graphs.</param>
    /// <exception cref="ArgumentException">A graph is null, or there are more nodes or edges than an array can have.</exception>
    public static CsrGraph Batch(params ReadOnlySpan<CsrGraph> graphs)
    {
        long allNodes = 0, allEdges = 0;
        foreach (CsrGraph graph in graphs)
        {
            ArgumentNullException.ThrowIfNull(graph, nameof(graphs));
            allNodes += graph.NodeCount;
            allEdges += graph.EdgeCount;
        }

        if (allNodes >= Array.MaxLength || allEdges > Array.MaxLength)
        {
            throw new ArgumentException($"{allNodes} nodes and {allEdges} edges are too many for one graph.", nameof(graphs));
        }

        int nodes = 0, edges = 0;
        int[] offsets = new int[allNodes + 1], sources = new int[allEdges];
        foreach (CsrGraph graph in graphs)
        {
            for (int v = 0; v < graph.NodeCount; v++)
            {
                offsets[nodes + v + 1] = edges + graph.Offsets[v + 1];
            }

            for (int e = 0; e < graph.EdgeCount; e++)
            {
                sources[edges + e] = nodes + graph.Sources[e];
            }

            nodes += graph.NodeCount;
            edges += graph.EdgeCount;
        }

        return new CsrGraph(new CsrPattern(offsets, sources, nodes));
    }

    /// <summary>The graph with every edge turned round.</summary>
    /// <param name="order">For each edge of the new graph its number in this one.</param>
    public CsrGraph Reverse(out int[] order) => new(Incoming.Transpose(out order));

    /// <summary>The graph with every edge turned round.</summary>
    public CsrGraph Reverse() => Reverse(out _);

    /// <summary>The undirected graph: for every edge also the one back; none twice; sources rise within a node.</summary>
    public CsrGraph Symmetric()
    {
        CsrGraph back = Reverse();
        return Rows(v => [.. this[v].ToArray().Concat(back[v].ToArray()).Distinct().Order()]);
    }

    /// <summary>The graph in which every node has an edge to itself; those that have one already keep it, at its place,
    /// else it comes last.</summary>
    public CsrGraph WithSelfLoops() => Rows(v => this[v].Contains(v) ? this[v].ToArray() : [.. this[v], v]);

    /// <summary>The graph with its nodes renumbered: node <c>order[k]</c> becomes node k; a node's edges keep their order.</summary>
    /// <param name="order">A permutation of the nodes, e.g. from <see cref="NodeOrder"/>.</param>
    /// <param name="edges">For each edge of the new graph its number in this one.</param>
    /// <exception cref="ArgumentException">It is no permutation; the message names a node.</exception>
    public CsrGraph Reorder(ReadOnlySpan<int> order, out int[] edges)
    {
        int[] position = NodeOrder.Invert(order, NodeCount), offsets = new int[NodeCount + 1], sources = new int[EdgeCount];
        edges = new int[EdgeCount];
        int at = 0;
        for (int k = 0; k < order.Length; k++)
        {
            for (int e = Offsets[order[k]]; e < Offsets[order[k] + 1]; e++, at++)
            {
                sources[at] = position[Sources[e]];
                edges[at] = e;
            }

            offsets[k + 1] = at;
        }

        return new CsrGraph(new CsrPattern(offsets, sources, NodeCount));
    }

    /// <summary>The graph with its nodes renumbered.</summary>
    /// <param name="order">A permutation of the nodes.</param>
    /// <exception cref="ArgumentException">It is no permutation; the message names a node.</exception>
    public CsrGraph Reorder(ReadOnlySpan<int> order) => Reorder(order, out _);

    /// <summary>Whether for every edge there is the one back.</summary>
    public bool IsSymmetric()
    {
        CsrGraph back = Reverse();
        for (int v = 0; v < NodeCount; v++)
        {
            int[] incoming = this[v].ToArray(), outgoing = back[v].ToArray();
            Array.Sort(incoming);
            Array.Sort(outgoing);
            if (!incoming.AsSpan().SequenceEqual(outgoing))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"graph of {NodeCount:N0} nodes and {EdgeCount:N0} edges";

    internal static void CheckNodes(ReadOnlySpan<int> nodes, int nodeCount, string name, int least = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodeCount);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i] < least || nodes[i] >= nodeCount)
            {
                throw new ArgumentException($"{name}[{i}] is {nodes[i]}, which is not in {least} … {nodeCount - 1}.", name);
            }
        }
    }

    private CsrGraph Rows(Func<int, int[]> sourcesOf)
    {
        List<int> sources = new(2 * EdgeCount);
        int[] offsets = new int[NodeCount + 1];
        for (int v = 0; v < NodeCount; v++)
        {
            sources.AddRange(sourcesOf(v));
            offsets[v + 1] = sources.Count;
        }

        return new CsrGraph(new CsrPattern(offsets, sources.ToArray(), NodeCount));
    }
}
