using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Convolution of two signals on a graph: the product of their spectra,
/// brought back (Shuman et al. 2013; Bruna et al. 2014).</summary>
/// <remarks>
/// <code>
/// z = U ((Uᵀ x) ⊙ (Uᵀ y))
/// </code>
/// Column by column. On a ring it would be the circular convolution, were U the complex Fourier basis; with real eigenvectors the result
/// depends on their signs, and where eigenvalues are equal on the choice of vectors.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SpectralConvolution<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Convolution in a basis.</summary>
    /// <param name="basis">U.</param>
    /// <exception cref="ArgumentNullException"><paramref name="basis"/> is null.</exception>
    public SpectralConvolution(SpectralBasis<T> basis)
    {
        ArgumentNullException.ThrowIfNull(basis);
        Basis = basis;
    }

    /// <summary>U.</summary>
    public SpectralBasis<T> Basis { get; }

    /// <summary>Memory for a forward and a backward run over up to so many columns.</summary>
    /// <param name="maxColumns">Columns at most.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxColumns"/> is not positive.</exception>
    public SpectralTape<T> CreateTape(int maxColumns, WorkerPool? workers = null) => new(this, Basis.NodeCount, maxColumns, workers);

    /// <summary>z = x * y. Nothing is allocated.</summary>
    /// <param name="x">[N, columns].</param>
    /// <param name="y">[N, columns].</param>
    /// <param name="columns">Pairs of signals, ≥ 1.</param>
    /// <param name="z">[N, columns], written; may be <paramref name="x"/> or <paramref name="y"/> itself.</param>
    /// <param name="tape">Memory made by this object.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, ReadOnlySpan<T> y, int columns, Span<T> z, SpectralTape<T> tape)
    {
        SpectralTape.Check(tape, this, columns);
        Basis.Check(x.Length, columns, nameof(x));
        Basis.Check(y.Length, columns, nameof(y));
        Basis.Check(z.Length, columns, nameof(z));
        tape.Run = Basis;
        tape.Columns = columns;
        Basis.Transform(x, columns, tape.X, tape.Workspace.Span, tape.Workers);
        Basis.Transform(y, columns, tape.Y, tape.Workspace.Span, tape.Workers);
        NeuralPrimitives.Multiply<T>(tape.X, tape.Y, tape.Scratch);
        Basis.Inverse(tape.Scratch, columns, z, tape.Workspace.Span, tape.Workers);
    }

    // With ẑ = x̂ ⊙ ŷ:   ∂ẑ = Uᵀ ∂z
    //   ∂x = U (∂ẑ ⊙ ŷ)
    //   ∂y = U (∂ẑ ⊙ x̂)
    /// <summary>Takes the last forward run back. Nothing is allocated; the tape is used up.</summary>
    /// <param name="dz">[N, columns].</param>
    /// <param name="dx">[N, columns], written; empty if not wanted.</param>
    /// <param name="dy">[N, columns], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dz, Span<T> dx, Span<T> dy, SpectralTape<T> tape)
    {
        GraphTape.RequireRun(tape, tape?.Run);
        int columns = tape!.Columns;
        SpectralTape.Check(tape, this, columns);
        Basis.Check(dz.Length, columns, nameof(dz));
        Require.LengthOrEmpty(dx.Length, dz.Length, shape: "N·columns");
        Require.LengthOrEmpty(dy.Length, dz.Length, shape: "N·columns");
        tape.Run = null;
        Basis.Transform(dz, columns, tape.Scratch, tape.Workspace.Span, tape.Workers);
        if (!dx.IsEmpty)
        {
            NeuralPrimitives.Multiply<T>(tape.Scratch, tape.Y, tape.Y);
            Basis.Inverse(tape.Y, columns, dx, tape.Workspace.Span, tape.Workers);
        }

        if (!dy.IsEmpty)
        {
            NeuralPrimitives.Multiply<T>(tape.Scratch, tape.X, tape.X);
            Basis.Inverse(tape.X, columns, dy, tape.Workspace.Span, tape.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"spectral convolution, {Basis}";
}
