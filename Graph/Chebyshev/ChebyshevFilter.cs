using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>A filter of graph signals that is a polynomial of the Laplacian (Hammond et al. 2011; Defferrard et al. 2016).
/// It needs no eigenvectors.</summary>
/// <remarks>
/// <code>
/// y = Σ_k θ_k T_k(L̃) x,   k = 0 … K      T_0 = 1    T_1(z) = z    T_k(z) = 2z T_{k−1}(z) − T_{k−2}(z)
/// </code>
/// L̃ is <see cref="SparseMatrix{T}.ScaledLaplacian"/>. A node sees the nodes up to K edges away. Parameter <c>theta</c> [K + 1], shared by
/// all columns of x. In the basis of L̃'s eigenvectors this is <see cref="SpectralFilter{T}"/> with
/// the factors Σ_k θ_k T_k(2λ_n/λ_max − 1).
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ChebyshevFilter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _theta;

    /// <summary>A filter whose parameters are zero.</summary>
    /// <param name="order">K ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is negative.</exception>
    public ChebyshevFilter(int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(order);
        Order = order;
        _theta = new Parameter<T>("theta", order + 1);
        Parameters = new ParameterSet<T>(_theta);
    }

    /// <summary>K.</summary>
    public int Order { get; }

    /// <summary><c>theta</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Memory for a forward and a backward run over signals of up to such a size.</summary>
    /// <param name="maxNodes">N at most.</param>
    /// <param name="maxColumns">Columns at most.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative,
    /// or <paramref name="maxColumns"/> not positive.</exception>
    public ChebyshevTape<T> CreateTape(int maxNodes, int maxColumns, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new ChebyshevTape<T>(this, maxNodes, maxColumns, terms: 1, outputSize: 0, workspace: 0, workers);
    }

    /// <summary>y = Σ_k θ_k T_k(L̃) x. Nothing is allocated.</summary>
    /// <param name="scaledLaplacian">L̃ [N, N].</param>
    /// <param name="x">[N, columns].</param>
    /// <param name="columns">Signals, ≥ 1.</param>
    /// <param name="y">[N, columns], written; may be <paramref name="x"/> itself.</param>
    /// <param name="tape">Memory made by this filter.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(SparseMatrix<T> scaledLaplacian, ReadOnlySpan<T> x, int columns, Span<T> y, ChebyshevTape<T> tape)
    {
        ChebyshevTape.Check(scaledLaplacian, columns, tape, this);
        Require.Length(x.Length, (long)scaledLaplacian.Rows * columns, shape: "N·columns");
        Require.Length(y.Length, x.Length, shape: "N·columns");
        tape.Matrix = scaledLaplacian;
        tape.Columns = columns;
        Span<T> kept = tape.Terms.Span[..x.Length];
        NeuralPrimitives.FlushTiny(x, kept);
        Run(scaledLaplacian, kept, columns, y, default, tape);
    }

    // The transpose of T_k(L̃) is T_k(L̃ᵀ), so with G_k = T_k(L̃ᵀ) ∂y one recurrence gives both:
    //   ∂x = Σ_k θ_k G_k      ∂θ_k = ⟨∂y, T_k(L̃) x⟩ = ⟨G_k, x⟩
    // which is why the forward run keeps nothing but x.
    /// <summary>Takes the last forward run back: writes dx and adds the gradient of θ. Nothing is allocated; the tape is used up.</summary>
    /// <param name="dy">[N, columns].</param>
    /// <param name="dx">[N, columns], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dy, Span<T> dx, ChebyshevTape<T> tape)
    {
        SparseMatrix<T> matrix = GraphTape.RequireRun(tape, tape?.Matrix);
        int columns = tape!.Columns;
        ChebyshevTape.Check(matrix, columns, tape, this);
        Require.Length(dy.Length, (long)matrix.Rows * columns, shape: "N·columns");
        Require.LengthOrEmpty(dx.Length, dy.Length, shape: "N·columns");
        tape.Matrix = null;
        Span<T> slope = tape.Ring(0, dy.Length);
        NeuralPrimitives.FlushTiny(dy, slope);
        Run(matrix, slope, columns, dx, tape.Terms.Span[..dy.Length], tape);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Chebyshev filter of order {Order}";

    /// <summary>sum = Σ_k θ_k T_k x, or with <paramref name="input"/> the way back: T_k of the transpose,
    /// and ∂θ_k += ⟨T_k x, input⟩.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(SparseMatrix<T> matrix, ReadOnlySpan<T> x, int columns, Span<T> sum, ReadOnlySpan<T> input, ChebyshevTape<T> tape)
    {
        ReadOnlySpan<T> theta = _theta.Value, last = x, beforeLast = default;
        if (!sum.IsEmpty)
        {
            NeuralPrimitives.MultiplyScalar(x, theta[0], sum);
        }

        for (int k = 0; k <= Order; k++)
        {
            if (k > 0)
            {
                Span<T> term = tape.Ring(k, x.Length);
                if (input.IsEmpty)
                {
                    matrix.Multiply(last, columns, term, workers: tape.Workers);
                }
                else
                {
                    matrix.MultiplyTransposed(last, columns, term, workers: tape.Workers);
                }

                if (k > 1)
                {
                    ChebyshevStep<T>.Run(term, beforeLast, sum, theta[k]);
                }
                else if (!sum.IsEmpty)
                {
                    NeuralPrimitives.MultiplyAdd(term, theta[k], sum);
                }

                beforeLast = last;
                last = term;
            }

            if (!input.IsEmpty)
            {
                _theta.Gradient[k] += NeuralPrimitives.Dot(last, input);
            }
        }
    }
}
