using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>What the kernels of all LSTM cells on graphs compute on the way back, for a vector of units. Results too small to matter
/// become zero.</summary>
internal static class GateSlopes<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Of the argument of a gate s = σ(·) that is multiplied with <paramref name="other"/>: ∂ other s(1−s).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector slope, TVector other, TVector s) =>
        VectorMath<TSimd, TVector, T>.FlushTiny(
            TSimd.Multiply(TSimd.Multiply(slope, other), TSimd.Multiply(s, TSimd.Subtract(TSimd.Constant(1), s))));

    /// <summary>Of the argument of t = tanh(·) that is multiplied with <paramref name="other"/>: ∂ other (1−t²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector slope, TVector other, TVector t) =>
        VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(TSimd.Multiply(slope, other), OneMinusSquare(t)));

    /// <summary>Of a cell: what came from outside, and ∂h o (1 − tanh² c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Cell(TVector dc, TVector dh, TVector o, TVector tanhC) =>
        VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Fma(TSimd.Multiply(dh, o), OneMinusSquare(tanhC), dc));

    /// <summary>Of the argument of a forget gate, from what it passes on, f ∂c, and the cell that gets it: f ∂c cell (1−f).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Forget(TVector passed, TVector cell, TVector f) =>
        VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(TSimd.Multiply(passed, cell), TSimd.Subtract(TSimd.Constant(1), f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector OneMinusSquare(TVector t) => TSimd.Fma(TSimd.Negate(t), t, TSimd.Constant(1));
}
