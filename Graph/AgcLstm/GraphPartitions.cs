using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The weighted adjacency of one graph, split into K partitions that a graph convolution gives weights of their own (Yan, Xiong and Lin
/// 2018). Checked once and never changed.
/// </summary>
/// <remarks>
/// <code>
/// G * X = Σ_k Â_k X W_kᵀ = [Â_0 X | Â_1 X | …] [W_0 | W_1 | …]ᵀ
/// </code>
/// All partitions are one sparse matrix with row v·K + k for partition k of node v:
/// its product with X is the bracket on the left as it lies in memory.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GraphPartitions<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CsrPattern _joined;
    private readonly CsrPattern _transposed;
    private readonly T[] _weights;
    private readonly T[] _transposedWeights;

    /// <summary>Partitions over the same nodes.</summary>
    /// <param name="partitions">
    /// For each partition its edges and their weights, in the order of <see cref="CsrGraph.Sources"/>;
    /// empty weights stand for ones. Values are copied.
    /// </param>
    /// <exception cref="ArgumentException">There is no partition or no node, numbers of nodes differ,
    /// or weights do not fit the edges.</exception>
    public GraphPartitions(params ReadOnlySpan<(CsrGraph Graph, T[] Weights)> partitions)
    {
        if (partitions.IsEmpty)
        {
            throw new ArgumentException("partitions needs at least one.", nameof(partitions));
        }

        long edges = 0;
        foreach ((CsrGraph graph, T[] weights) in partitions)
        {
            ArgumentNullException.ThrowIfNull(graph, nameof(partitions));
            ArgumentNullException.ThrowIfNull(weights, nameof(partitions));
            Require.Length(weights.Length, weights.Length == 0 ? 0 : graph.EdgeCount, "partitions.Weights", "E");
            if (graph.NodeCount != partitions[0].Graph.NodeCount || graph.NodeCount == 0)
            {
                throw new ArgumentException(
                    $"partitions need the same nodes, at least one, but have {partitions[0].Graph.NodeCount} and {graph.NodeCount}.",
                    nameof(partitions));
            }

            edges += graph.EdgeCount;
        }

        Count = partitions.Length;
        NodeCount = partitions[0].Graph.NodeCount;
        int[] offsets = new int[checked(NodeCount * Count) + 1], sources = new int[checked((int)edges)];
        _weights = new T[sources.Length];
        int at = 0;
        for (int row = 0; row + 1 < offsets.Length; row++)
        {
            (CsrGraph graph, T[] weights) = partitions[row % Count];
            for (int edge = graph.Offsets[row / Count]; edge < graph.Offsets[row / Count + 1]; edge++, at++)
            {
                sources[at] = graph.Sources[edge];
                _weights[at] = weights.Length == 0 ? T.One : weights[edge];
            }

            offsets[row + 1] = at;
        }

        _joined = new CsrPattern(offsets, sources, NodeCount);
        _transposed = _joined.Transpose(out int[] entries);
        _transposedWeights = Array.ConvertAll(entries, entry => _weights[entry]);
    }

    /// <summary>K.</summary>
    public int Count { get; }

    /// <summary>N.</summary>
    public int NodeCount { get; }

    /// <summary>Edges of all partitions.</summary>
    public int EdgeCount => _joined.Count;

    /// <inheritdoc/>
    public override string ToString() => $"{Count} partition{(Count == 1 ? "" : "s")} of {NodeCount} nodes with {EdgeCount} edges";

    /// <summary>Y = [Â_0 X | Â_1 X | …] for graphs side by side.</summary>
    /// <param name="x">[graphs·N, features].</param>
    /// <param name="features">Elements of a row; any number, but whole vectors are fast.</param>
    /// <param name="graphs">Graphs.</param>
    /// <param name="y">[graphs·N, K·features], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Aggregate(ReadOnlySpan<T> x, int features, int graphs, Span<T> y)
    {
        int size = NodeCount * features;
        for (int graph = 0; graph < graphs; graph++)
        {
            NeuralPrimitives.Aggregate(
                _joined, _weights, x.Slice(graph * size, size), features, features, y.Slice(graph * Count * size, Count * size), features);
        }
    }

    /// <summary>The gradient of <see cref="Aggregate"/>, dX = Σ_k Â_kᵀ dY_k: every node pulls from the nodes it was a source of.</summary>
    /// <param name="dy">[graphs·N, K·features].</param>
    /// <param name="features">Elements of a row of X.</param>
    /// <param name="graphs">Graphs.</param>
    /// <param name="dx">[graphs·N, features], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AggregateBackward(ReadOnlySpan<T> dy, int features, int graphs, Span<T> dx)
    {
        int size = NodeCount * features;
        for (int graph = 0; graph < graphs; graph++)
        {
            NeuralPrimitives.Aggregate(
                _transposed, _transposedWeights, dy.Slice(graph * Count * size, Count * size), features, features,
                dx.Slice(graph * size, size), features);
        }
    }
}
