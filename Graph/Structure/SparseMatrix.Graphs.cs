using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <content>The matrices of a graph. Degrees are row sums, the weights that enter a node;
/// everything is computed in double and rounded once.</content>
public sealed partial class SparseMatrix<T>
{
    /// <summary>A: the weights of the edges, row = target, column = source.</summary>
    /// <param name="graph">N nodes, E edges.</param>
    /// <param name="weights">[E], finite; empty for ones.</param>
    /// <exception cref="ArgumentException">There is not one finite weight an edge.</exception>
    public static SparseMatrix<T> Adjacency(CsrGraph graph, ReadOnlySpan<T> weights = default)
    {
        CheckWeights(graph, weights);
        return new SparseMatrix<T>(graph.Incoming, weights);
    }

    /// <summary>D⁻¹ A: every node the mean of what enters it. The row of a node that nothing enters stays empty.</summary>
    /// <param name="graph">N nodes, E edges.</param>
    /// <param name="weights">[E], finite; empty for ones.</param>
    /// <exception cref="ArgumentException">There is not one finite weight an edge, or the weights that enter a node add up to 0;
    /// the message names it.</exception>
    public static SparseMatrix<T> RowNormalised(CsrGraph graph, ReadOnlySpan<T> weights = default)
    {
        CheckWeights(graph, weights);
        double[] degrees = Degrees(graph, weights);
        T[] values = new T[graph.EdgeCount];
        for (int v = 0; v < graph.NodeCount; v++)
        {
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                values[e] = degrees[v] != 0
                    ? Scalar.From<T>(Weight(weights, e) / degrees[v])
                    : throw new ArgumentException($"The weights of the edges into node {v} add up to 0: there is no mean.",
                        nameof(weights));
            }
        }

        return new SparseMatrix<T>(graph.Incoming, values);
    }

    /// <summary>Â = D^-½ (A + I) D^-½ with D the degrees of A + I (Kipf and Welling 2017, the "renormalisation trick").</summary>
    /// <remarks>I is always added: a node that has an edge of weight w to itself gets w + 1.</remarks>
    /// <param name="graph">N nodes, E edges.</param>
    /// <param name="weights">[E], finite; empty for ones.</param>
    /// <exception cref="ArgumentException">There is not one finite weight an edge, or a degree is not positive;
    /// the message names its node.</exception>
    public static SparseMatrix<T> SymmetricNormalised(CsrGraph graph, ReadOnlySpan<T> weights = default)
    {
        CheckWeights(graph, weights);
        double[] degrees = Degrees(graph, weights), scale = new double[degrees.Length];
        for (int v = 0; v < scale.Length; v++)
        {
            scale[v] = degrees[v] + 1 > 0
                ? 1 / Math.Sqrt(degrees[v] + 1)
                : throw new ArgumentException($"The degree of node {v} with its self loop is {degrees[v] + 1}, but its root is needed.",
                    nameof(weights));
        }

        return Build(graph, weights, scale, factor: 1, Array.ConvertAll(scale, s => s * s));
    }

    /// <summary>L = I − D^-½ A D^-½, the normalised Laplacian. A node that nothing enters keeps its 1.</summary>
    /// <param name="graph">N nodes, E edges. Only of a symmetric graph with symmetric weights is L symmetric.</param>
    /// <param name="weights">[E], finite; empty for ones.</param>
    /// <exception cref="ArgumentException">There is not one finite weight an edge, or a degree is negative;
    /// the message names its node.</exception>
    public static SparseMatrix<T> Laplacian(CsrGraph graph, ReadOnlySpan<T> weights = default)
    {
        CheckWeights(graph, weights);
        return Build(graph, weights, InverseRoots(graph, weights), factor: -1, Filled(graph.NodeCount, 1));
    }

    /// <summary>L̃ = 2L/λ − I: the Laplacian, its eigenvalues 0 … λ brought to −1 … 1, where Chebyshev polynomials stay small.</summary>
    /// <remarks>With λ = 2, which no eigenvalue exceeds where no weight is negative, the diagonal vanishes (but for self loops) and is left
    /// out.</remarks>
    /// <param name="graph">N nodes, E edges.</param>
    /// <param name="lambdaMax">λ &gt; 0: the largest eigenvalue, see <see cref="LargestEigenvalue"/>, or the bound 2.</param>
    /// <param name="weights">[E], finite; empty for ones.</param>
    /// <exception cref="ArgumentException">As <see cref="Laplacian"/>; or λ is not positive.</exception>
    public static SparseMatrix<T> ScaledLaplacian(CsrGraph graph, double lambdaMax = 2, ReadOnlySpan<T> weights = default)
    {
        if (!(lambdaMax > 0 && double.IsFinite(2 / lambdaMax)))
        {
            throw new ArgumentOutOfRangeException(nameof(lambdaMax), lambdaMax, "The largest eigenvalue must be positive.");
        }

        CheckWeights(graph, weights);
        return Build(graph, weights, InverseRoots(graph, weights), -2 / lambdaMax, Filled(graph.NodeCount, 2 / lambdaMax - 1));
    }

    /// <summary>factor · S A S + diagonal. A node's self loop takes the diagonal at its place, else it comes last if it is not 0.</summary>
    private static SparseMatrix<T> Build(CsrGraph graph, ReadOnlySpan<T> weights, double[] scale, double factor, double[] diagonal)
    {
        int[] offsets = new int[graph.NodeCount + 1];
        List<int> sources = new(graph.EdgeCount + graph.NodeCount);
        List<T> values = new(graph.EdgeCount + graph.NodeCount);
        for (int v = 0; v < graph.NodeCount; v++)
        {
            double rest = diagonal[v];
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                int u = graph.Sources[e];
                double value = factor * (scale[v] * scale[u]) * Weight(weights, e);
                if (u == v)
                {
                    (value, rest) = (value + rest, 0);
                }

                sources.Add(u);
                values.Add(Scalar.From<T>(value));
            }

            if (rest != 0)
            {
                sources.Add(v);
                values.Add(Scalar.From<T>(rest));
            }

            offsets[v + 1] = sources.Count;
        }

        return new SparseMatrix<T>(new CsrPattern(offsets, sources.ToArray(), graph.NodeCount), values.ToArray());
    }

    /// <summary>D^-½; 0 where the degree is 0.</summary>
    private static double[] InverseRoots(CsrGraph graph, ReadOnlySpan<T> weights)
    {
        double[] degrees = Degrees(graph, weights);
        for (int v = 0; v < degrees.Length; v++)
        {
            degrees[v] = degrees[v] switch
            {
                0 => 0,
                > 0 => 1 / Math.Sqrt(degrees[v]),
                _ => throw new ArgumentException($"The degree of node {v} is {degrees[v]}, but its root is needed.", nameof(weights)),
            };
        }

        return degrees;
    }

    private static double[] Degrees(CsrGraph graph, ReadOnlySpan<T> weights)
    {
        double[] degrees = new double[graph.NodeCount];
        for (int v = 0; v < degrees.Length; v++)
        {
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                degrees[v] += Weight(weights, e);
            }
        }

        return degrees;
    }

    private static void CheckWeights(CsrGraph graph, ReadOnlySpan<T> weights)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Require.LengthOrEmpty(weights.Length, graph.EdgeCount, shape: "one an edge");
        for (int e = 0; e < weights.Length; e++)
        {
            if (!T.IsFinite(weights[e]))
            {
                throw new ArgumentException($"weights[{e}] is {weights[e]}.", nameof(weights));
            }
        }
    }

    private static double Weight(ReadOnlySpan<T> weights, int edge) => weights.IsEmpty ? 1 : Scalar.ToDouble(weights[edge]);

    private static double[] Filled(int length, double value)
    {
        double[] values = new double[length];
        Array.Fill(values, value);
        return values;
    }
}
