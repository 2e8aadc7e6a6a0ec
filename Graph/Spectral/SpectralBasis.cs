using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The Fourier basis of a graph: the eigenvectors U of its Laplacian L = U Λ Uᵀ (Shuman et al. 2013; Bruna et al. 2014). Never changed: any
/// number of threads may share it.
/// </summary>
/// <remarks>
/// <code>
/// transform  x̂ = Uᵀ x        inverse  x = U x̂
/// </code>
/// U is orthogonal, so each is the other's gradient: ∂x = U ∂x̂ and ∂x̂ = Uᵀ ∂x. Transforms are dense products: 2·N² operations a column,
/// and twice N² values of memory. <see cref="ChebyshevFilter{T}"/> serves large graphs.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SpectralBasis<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _eigenvalues;
    private readonly AlignedBuffer<T> _u;
    private readonly AlignedBuffer<T> _transposed;

    /// <summary>A basis that is known; the spans are copied.</summary>
    /// <param name="eigenvalues">[N], N ≥ 1.</param>
    /// <param name="eigenvectors">U [N, N] row-major, the vectors in its columns.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public SpectralBasis(ReadOnlySpan<T> eigenvalues, ReadOnlySpan<T> eigenvectors)
    {
        int n = eigenvalues.Length;
        Require.Supported<T>();
        Require.AtLeast(n, 1, nameof(eigenvalues));
        Require.Length(eigenvectors.Length, (long)n * n, shape: "N·N");
        _eigenvalues = eigenvalues.ToArray();
        _u = new AlignedBuffer<T>(eigenvectors.Length);
        _transposed = new AlignedBuffer<T>(eigenvectors.Length);
        eigenvectors.CopyTo(_u.Span);
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < n; k++)
            {
                _transposed.Span[k * n + i] = eigenvectors[i * n + k];
            }
        }
    }

    /// <summary>N.</summary>
    public int NodeCount => _eigenvalues.Length;

    /// <summary>[N], the graph's frequencies, rising if they were computed here.</summary>
    public ReadOnlySpan<T> Eigenvalues => _eigenvalues;

    /// <summary>U [N, N], the eigenvector of the k-th eigenvalue in column k.</summary>
    public ReadOnlySpan<T> Eigenvectors => _u.Span;

    /// <summary>The basis of a graph's normalised Laplacian, computed in double by Jacobi rotations: O(N³),
    /// for graphs of some hundred nodes.</summary>
    /// <remarks>
    /// Eigenvalues rise, where no weight is negative within 0 … 2: a 0 for every connected part that has an edge, and a 1 for every node
    /// without, which keeps its 1 in <see cref="SparseMatrix{T}.Laplacian"/>. Of every eigenvector the entry of largest magnitude is
    /// positive.
    /// </remarks>
    /// <param name="graph">A symmetric graph of N ≥ 1 nodes.</param>
    /// <param name="weights">[E], symmetric; empty for ones.</param>
    /// <exception cref="ArgumentException">The graph has no nodes, or it or its weights are not symmetric.</exception>
    public static SpectralBasis<T> OfLaplacian(CsrGraph graph, ReadOnlySpan<T> weights = default)
    {
        double[] wide = new double[weights.Length];
        for (int e = 0; e < wide.Length; e++)
        {
            wide[e] = Scalar.ToDouble(weights[e]);
        }

        SparseMatrix<double> laplacian = SparseMatrix<double>.Laplacian(graph, wide);
        int n = laplacian.Rows;
        double[] adjacency = new double[n * n], dense = laplacian.ToDense(); // of a directed graph, L may be symmetric all the same
        for (int i = 0; i < n; i++)
        {
            for (int e = graph.Offsets[i]; e < graph.Offsets[i + 1]; e++)
            {
                adjacency[i * n + graph.Sources[e]] += wide.Length == 0 ? 1 : wide[e];
            }
        }

        double[,] matrix = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double there = adjacency[i * n + j], back = adjacency[j * n + i];
                if (Math.Abs(there - back) > 1e-12 * Math.Max(Math.Abs(there), Math.Abs(back)))
                {
                    throw new ArgumentException($"The graph is not symmetric: the weights from {j} to {i} and back differ.", nameof(graph));
                }

                matrix[i, j] = (dense[i * n + j] + dense[j * n + i]) / 2; // symmetric to the last bit
            }
        }

        (double[] values, double[,] vectors) = SymmetricEigen.Decompose(matrix);
        return new SpectralBasis<T>(Narrow(values), Narrow([.. vectors.Cast<double>()]));
    }

    /// <summary>Elements of workspace that transforms of so many columns need.</summary>
    /// <param name="columns">Signals, ≥ 1.</param>
    /// <param name="workers">Threads that share the work.</param>
    public static int GetWorkspaceLength(int columns, int workers = 1) =>
        NeuralPrimitives.GetGemmTransposedWorkspaceLength(columns, workers);

    /// <summary>x̂ = Uᵀ x, the graph Fourier transform of every column. Nothing is allocated.</summary>
    /// <param name="x">[N, columns].</param>
    /// <param name="columns">Signals, ≥ 1.</param>
    /// <param name="spectrum">x̂ [N, columns], written; must not overlap <paramref name="x"/>.</param>
    /// <param name="workspace">At least <see cref="GetWorkspaceLength"/> elements.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the two overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transform(ReadOnlySpan<T> x, int columns, Span<T> spectrum, Span<T> workspace, WorkerPool? workers = null) =>
        Product(_u.Span, x, columns, spectrum, workspace, workers);

    /// <summary>x = U x̂, back from the spectrum. Nothing is allocated.</summary>
    /// <param name="spectrum">x̂ [N, columns].</param>
    /// <param name="columns">Signals, ≥ 1.</param>
    /// <param name="x">[N, columns], written; must not overlap <paramref name="spectrum"/>.</param>
    /// <param name="workspace">At least <see cref="GetWorkspaceLength"/> elements.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the two overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Inverse(ReadOnlySpan<T> spectrum, int columns, Span<T> x, Span<T> workspace, WorkerPool? workers = null) =>
        Product(_transposed.Span, spectrum, columns, x, workspace, workers);

    /// <inheritdoc/>
    public override string ToString() => $"spectral basis of {NodeCount} nodes, eigenvalues {_eigenvalues[0]:G4} … {_eigenvalues[^1]:G4}";

    /// <summary>Throws unless a signal has N rows.</summary>
    internal void Check(int actual, int columns, string name)
    {
        Require.Positive(columns);
        Require.Length(actual, (long)NodeCount * columns, name, "N·columns");
    }

    /// <summary>y = aᵀ x: the product of a gradient of weights, which reads both row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Product(
        ReadOnlySpan<T> a, ReadOnlySpan<T> x, int columns, Span<T> y, Span<T> workspace, WorkerPool? workers,
        [CallerArgumentExpression(nameof(x))] string signal = "", [CallerArgumentExpression(nameof(y))] string result = "")
    {
        Check(x.Length, columns, signal);
        Check(y.Length, columns, result);
        Require.AtLeast(workspace.Length, GetWorkspaceLength(columns, workers?.Count ?? 1));
        Require.Apart<T>(y, x, result, signal);
        y.Clear();
        NeuralPrimitives.GemmTransposed(a, NodeCount, new GateLayout(1, NodeCount), x, columns, NodeCount, y, columns, workspace, workers);
    }

    private static T[] Narrow(double[] values) => Array.ConvertAll(values, Scalar.From<T>);
}
