using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>A filter with one free factor a frequency of the graph (Bruna et al. 2014).</summary>
/// <remarks>
/// <code>
/// y = U (θ ⊙ (Uᵀ x))
/// </code>
/// Parameter <c>theta</c> [N], shared by all columns of x. It belongs to one graph and is not local;
/// <see cref="ChebyshevFilter{T}"/> is both portable and local.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SpectralFilter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _theta;

    /// <summary>A filter whose parameters are zero.</summary>
    /// <param name="basis">U.</param>
    /// <exception cref="ArgumentNullException"><paramref name="basis"/> is null.</exception>
    public SpectralFilter(SpectralBasis<T> basis)
    {
        ArgumentNullException.ThrowIfNull(basis);
        Basis = basis;
        _theta = new Parameter<T>("theta", basis.NodeCount);
        Parameters = new ParameterSet<T>(_theta);
    }

    /// <summary>U.</summary>
    public SpectralBasis<T> Basis { get; }

    /// <summary><c>theta</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Memory for a forward and a backward run over up to so many columns.</summary>
    /// <param name="maxColumns">Columns at most.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxColumns"/> is not positive.</exception>
    public SpectralTape<T> CreateTape(int maxColumns, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new SpectralTape<T>(this, Basis.NodeCount, maxColumns, workers);
    }

    /// <summary>y = U (θ ⊙ Uᵀ x). Nothing is allocated.</summary>
    /// <param name="x">[N, columns].</param>
    /// <param name="columns">Signals, ≥ 1.</param>
    /// <param name="y">[N, columns], written; may be <paramref name="x"/> itself.</param>
    /// <param name="tape">Memory made by this filter.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, int columns, Span<T> y, SpectralTape<T> tape)
    {
        SpectralTape.Check(tape, this, columns);
        Basis.Check(x.Length, columns, nameof(x));
        Basis.Check(y.Length, columns, nameof(y));
        tape.Run = Basis;
        tape.Columns = columns;
        Basis.Transform(x, columns, tape.X, tape.Workspace.Span, tape.Workers);
        Scale(tape.X, columns, tape.Scratch);
        Basis.Inverse(tape.Scratch, columns, y, tape.Workspace.Span, tape.Workers);
    }

    // With ŷ = θ ⊙ x̂:   ∂ŷ = Uᵀ ∂y
    //   ∂θ_n = Σ_columns ∂ŷ_n x̂_n
    //   ∂x = U (θ ⊙ ∂ŷ)
    /// <summary>Takes the last forward run back: writes dx and adds the gradient of θ. Nothing is allocated; the tape is used up.</summary>
    /// <param name="dy">[N, columns].</param>
    /// <param name="dx">[N, columns], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dy, Span<T> dx, SpectralTape<T> tape)
    {
        GraphTape.RequireRun(tape, tape?.Run);
        int columns = tape!.Columns;
        SpectralTape.Check(tape, this, columns);
        Basis.Check(dy.Length, columns, nameof(dy));
        Require.LengthOrEmpty(dx.Length, dy.Length, shape: "N·columns");
        tape.Run = null;
        Span<T> slope = tape.Y, spectrum = tape.X, gradient = _theta.Gradient;
        Basis.Transform(dy, columns, slope, tape.Workspace.Span, tape.Workers);
        for (int n = 0; n < gradient.Length; n++)
        {
            gradient[n] += NeuralPrimitives.Dot<T>(slope.Slice(n * columns, columns), spectrum.Slice(n * columns, columns));
        }

        if (!dx.IsEmpty)
        {
            Scale(slope, columns, tape.Scratch);
            Basis.Inverse(tape.Scratch, columns, dx, tape.Workspace.Span, tape.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"spectral filter, {Basis}";

    /// <summary>Row n times θ_n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scale(ReadOnlySpan<T> spectrum, int columns, Span<T> destination)
    {
        ReadOnlySpan<T> theta = _theta.Value;
        for (int n = 0; n < theta.Length; n++)
        {
            NeuralPrimitives.MultiplyScalar(spectrum.Slice(n * columns, columns), theta[n], destination.Slice(n * columns, columns));
        }
    }
}
