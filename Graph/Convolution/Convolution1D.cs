using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Which part of a convolution is wanted.</summary>
public enum ConvolutionMode
{
    /// <summary>All n + m − 1 values.</summary>
    Full,

    /// <summary>n values, as many as f has: those of <see cref="Full"/> from index ⌊(m − 1)/2⌋ (as NumPy and SciPy for m ≤ n).</summary>
    Same,

    /// <summary>The n − m + 1 values for which g lies inside f.</summary>
    Valid,
}

/// <summary>Discrete convolution of two vectors, and its gradients.</summary>
/// <remarks>
/// <code>
/// (f * g)(i) = Σ_τ g(τ) f(i − τ),   f [n], g [m], m ≤ n
/// </code>
/// Computed as it stands, n·m operations, with vectors along f: the better way for kernels g of up to some hundred values. Every element is
/// one chain of fused multiply-adds in the order of τ, or of t for the gradient of g up to the fixed pattern of
/// <see cref="NeuralPrimitives.Dot{T}"/>: the same bits at every vector width.
/// </remarks>
public static class Convolution1D
{
    // Values of the result that take their turn together, so that they and their f stay in L1 for all of g.
    private const int Block = 2048;

    /// <summary>Number of values of the result.</summary>
    /// <param name="n">Values of f.</param>
    /// <param name="m">Values of g, 1 … n.</param>
    /// <param name="mode">The part wanted.</param>
    /// <exception cref="ArgumentException">m is not in 1 … n, or there are more values than an array can have.</exception>
    public static int GetLength(int n, int m, ConvolutionMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(m, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, m);
        long length = mode switch
        {
            ConvolutionMode.Full => (long)n + m - 1,
            ConvolutionMode.Same => n,
            ConvolutionMode.Valid => n - m + 1,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such mode."),
        };
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Array.MaxLength, nameof(n));
        return (int)length;
    }

    /// <summary>y = f * g. Nothing is allocated.</summary>
    /// <param name="f">[n].</param>
    /// <param name="g">[m], 1 ≤ m ≤ n.</param>
    /// <param name="mode">The part wanted.</param>
    /// <param name="y">[<see cref="GetLength"/>], written; must not overlap the operands.</param>
    /// <exception cref="ArgumentException">A size does not fit, or what is written overlaps an operand;
    /// nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(ReadOnlySpan<T> f, ReadOnlySpan<T> g, ConvolutionMode mode, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(f.Length, g.Length, mode, y.Length);
        Require.Apart<T>(y, f);
        Require.Apart<T>(y, g);
        Convolve(f, g, Start(g.Length, mode), y);
    }

    // y(i) = Σ_τ g(τ) f(i + s − τ), where s is the index in "full" of the first value wanted:
    //   ∂f(t) = Σ_τ g(τ) ∂y(t − s + τ)
    //   ∂g(τ) = Σ_t f(t) ∂y(t − s + τ)
    /// <summary>The gradients of both operands. Nothing is allocated.</summary>
    /// <param name="f">[n].</param>
    /// <param name="g">[m], 1 ≤ m ≤ n.</param>
    /// <param name="mode">The part that was computed.</param>
    /// <param name="dy">[<see cref="GetLength"/>].</param>
    /// <param name="df">[n], written; empty if not wanted. Must not overlap the others.</param>
    /// <param name="dg">[m], written; empty if not wanted. Must not overlap the others.</param>
    /// <exception cref="ArgumentException">A size does not fit, or what is written overlaps an operand;
    /// nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(ReadOnlySpan<T> f, ReadOnlySpan<T> g, ConvolutionMode mode, ReadOnlySpan<T> dy, Span<T> df, Span<T> dg)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(f.Length, g.Length, mode, dy.Length);
        Require.LengthOrEmpty(df.Length, f.Length, shape: "n");
        Require.LengthOrEmpty(dg.Length, g.Length, shape: "m");
        Require.Apart<T>(df, f);
        Require.Apart<T>(df, g);
        Require.Apart<T>(df, dy);
        Require.Apart<T>(dg, f);
        Require.Apart<T>(dg, g);
        Require.Apart<T>(dg, dy);
        int start = Start(g.Length, mode);
        df.Clear();
        for (int first = 0; first < df.Length; first += Block)
        {
            for (int tap = 0; tap < g.Length; tap++)
            {
                (int begin, int end) = Overlap(first, Math.Min(first + Block, f.Length), dy.Length, tap - start);
                NeuralPrimitives.MultiplyAdd(dy.Slice(begin + tap - start, end - begin), g[tap], df[begin..end]);
            }
        }

        for (int tap = 0; tap < dg.Length; tap++)
        {
            (int begin, int end) = Overlap(0, f.Length, dy.Length, tap - start);
            dg[tap] = NeuralPrimitives.Dot(f[begin..end], dy.Slice(begin + tap - start, end - begin));
        }
    }

    /// <summary>y(i) = Σ_τ g(τ) f(i + start − τ), block by block, tap by tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convolve<T>(ReadOnlySpan<T> f, ReadOnlySpan<T> g, int start, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        y.Clear();
        for (int first = 0; first < y.Length; first += Block)
        {
            for (int tap = 0; tap < g.Length; tap++)
            {
                (int begin, int end) = Overlap(first, Math.Min(first + Block, y.Length), f.Length, start - tap);
                NeuralPrimitives.MultiplyAdd(f.Slice(begin + start - tap, end - begin), g[tap], y[begin..end]);
            }
        }
    }

    /// <summary>The indices i in first … last − 1 with i + shift in 0 … length − 1;
    /// an empty range at a place that can be sliced if there are none.</summary>
    private static (int Begin, int End) Overlap(int first, int last, int length, int shift)
    {
        int begin = Math.Max(first, -shift), end = Math.Min(last, length - shift);
        return begin < end ? (begin, end) : (Math.Max(0, -shift), Math.Max(0, -shift));
    }

    private static int Start(int m, ConvolutionMode mode) => mode switch
    {
        ConvolutionMode.Full => 0,
        ConvolutionMode.Same => (m - 1) / 2,
        _ => m - 1,
    };

    private static void Check(int n, int m, ConvolutionMode mode, int y, [CallerArgumentExpression(nameof(y))] string result = "")
    {
        Require.AtLeast(m, 1, "g");
        Require.AtLeast(n, m, "f");
        Require.Length(y, GetLength(n, m, mode), result);
    }
}
