using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Elementary functions of one vector, for inlining into kernels: exp, sigmoid, tanh, and the flush of tiny values.
/// </summary>
/// <remarks>
/// exp(y) = 2ⁿ·(1 + q) with n = round(y·log₂e), q = expm1(y − n·ln 2), |y − n·ln 2| ≤ ½ ln 2. For float, q is the polynomial of the
/// Cephes library's <c>expf</c>, in the sigmoid and tanh a minimax polynomial of degree 6, relative error 1.3e-8;
/// for double the Taylor series to degree 13. All are summed by Estrin's scheme: a cell's latency is that of two activations in a row, and
/// Estrin's is half of Horner's. NaN in gives NaN out.
/// </remarks>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public static class VectorMath<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // 1.5·2²³, 1.5·2⁵²: adding it rounds to an integer and leaves that integer in the low bits.
    private static double RoundingShift
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float) ? 12582912 : 6755399441055744;
    }

    /// <summary>
    /// <paramref name="x"/>, with values too small to matter replaced by zero: |x| &lt; 1e-30 (float), 1e-290 (double).
    /// </summary>
    /// <remarks>
    /// One denormal operand makes a step more than a hundred times slower, and .NET has no flush-to-zero switch. The threshold lies far
    /// above the denormals, so that a product with a small weight is not one either. NaN stays NaN: the comparison asks what to clear.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector FlushTiny(TVector x)
    {
        TVector tiny = TSimd.GreaterThan(TSimd.Constant(TinyThreshold.Of<T>()), TSimd.Abs(x));
        return TSimd.Select(tiny, TSimd.Constant(0), x);
    }

    /// <summary>eˣ, x limited to ±87.3 (float) or ±708 (double): the result is never zero, infinite or denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        double limit = typeof(T) == typeof(float) ? 87.3 : 708;
        Exp2Parts(TSimd.Min(TSimd.Constant(limit), TSimd.Max(TSimd.Constant(-limit), x)), out TVector q, out TVector s);
        return TSimd.Fma(q, s, s);
    }

    /// <summary>eˣ − 1 without loss of digits near 0; x limited as in <see cref="Exp"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpMinusOne(TVector x)
    {
        double limit = typeof(T) == typeof(float) ? 87.3 : 708;
        Exp2Parts(TSimd.Min(TSimd.Constant(limit), TSimd.Max(TSimd.Constant(-limit), x)), out TVector q, out TVector s);
        return TSimd.Fma(q, s, TSimd.Subtract(s, TSimd.Constant(1)));
    }

    /// <summary>1 / (1 + e⁻ˣ). At most 1e-7 absolute error in float, 1e-15 in double; in (0, 1] for every x.</summary>
    /// <remarks>With −x = r + n·ln 2 and q = expm1(r): e⁻ˣ + 1 = 2ⁿ·q + (2ⁿ + 1), rounded once,
    /// for the bracket is exact where q matters.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x)
    {
        double limit = typeof(T) == typeof(float) ? 87.3 : 708;
        TVector y = TSimd.Negate(TSimd.Min(TSimd.Constant(limit), TSimd.Max(TSimd.Constant(-limit), x)));
        TVector r = Reduce(y, y, 1, out TVector n, out TVector s);
        TVector r2 = TSimd.Multiply(r, r);
        // The second part is what ln 2 in one part lacks.
        TVector exact = TSimd.Fma(n, TSimd.Constant(typeof(T) == typeof(float) ? 1.90465e-9 : -2.319e-17), r);
        TVector q = TSimd.Fma(ExpTail(r, r2), r2, exact);
        return TSimd.Divide(TSimd.Constant(1), TSimd.Fma(q, s, TSimd.Add(s, TSimd.Constant(1))));
    }

    /// <summary>tanh x, odd to the bit. At most 1e-7 absolute error in float, 1e-15 in double; in [−1, 1] for every x.</summary>
    /// <remarks>
    /// With a = |x|, 2a = r + n·ln 2 and m = expm1(2a) = 2ⁿ·r²·p + (2ⁿ·r + 2ⁿ − 1): m/(m+2) where a is small (no cancellation), 1 − 2/(m+2)
    /// above 0.55 (rounding of m matters less).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        TVector sign = TSimd.And(x, TSimd.Constant(-0.0));
        TVector a = TSimd.Min(TSimd.Constant(typeof(T) == typeof(float) ? 9.02 : 19.1), TSimd.Abs(x));
        TVector r = Reduce(a, TSimd.Add(a, a), 2, out _, out TVector s); // n ≤ 55: ln 2 in one part is enough
        TVector r2 = TSimd.Multiply(r, r);
        TVector m = TSimd.Fma(ExpTail(r, r2), TSimd.Multiply(r2, s), TSimd.Fma(r, s, TSimd.Subtract(s, TSimd.Constant(1))));
        TVector large = TSimd.GreaterThan(a, TSimd.Constant(0.55));
        TVector ratio = TSimd.Divide(TSimd.Select(large, TSimd.Constant(-2), m), TSimd.Add(m, TSimd.Constant(2)));
        return TSimd.Or(TSimd.Add(ratio, TSimd.And(large, TSimd.Constant(1))), sign);
    }

    /// <summary>r = y − n·ln 2, |r| ≤ ½ ln 2, and s = 2ⁿ for the integer n nearest to y·log₂e; ln 2 in one part.</summary>
    /// <param name="x">y / <paramref name="times"/>: where y is a multiple of x, n need not wait for it.</param>
    /// <param name="y">Limited, so that 2ⁿ is neither infinite nor denormal.</param>
    /// <param name="times">1 or 2.</param>
    /// <param name="n">n.</param>
    /// <param name="s">2ⁿ.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduce(TVector x, TVector y, int times, out TVector n, out TVector s)
    {
        TVector shift = TSimd.Constant(RoundingShift);
        TVector t = TSimd.Fma(x, TSimd.Constant(times * 1.44269504088896341), shift);
        n = TSimd.Subtract(t, shift);
        s = TSimd.PowerOfTwo(t);
        return TSimd.Fma(n, TSimd.Constant(-0.693147180559945309), y);
    }

    /// <summary>p = (expm1(r) − r) / r², |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpTail(TVector r, TVector r2)
    {
        if (typeof(T) == typeof(float))
        {
            TVector p = TSimd.Fma(TSimd.Constant(1.38825103e-3), r2, Pair(8.36658050e-3, 4.16672018e-2, r));
            return TSimd.Fma(p, r2, Pair(1.66665432e-1, 4.99999981e-1, r));
        }

        TVector r4 = TSimd.Multiply(r2, r2);
        TVector low = TSimd.Fma(Pair(1.0 / 120, 1.0 / 24, r), r2, Pair(1.0 / 6, 1.0 / 2, r));
        TVector middle = TSimd.Fma(Pair(1.0 / 362880, 1.0 / 40320, r), r2, Pair(1.0 / 5040, 1.0 / 720, r));
        TVector high = TSimd.Fma(Pair(1.0 / 6227020800, 1.0 / 479001600, r), r2, Pair(1.0 / 39916800, 1.0 / 3628800, r));
        return TSimd.Fma(TSimd.Fma(high, r4, middle), r4, low);
    }

    /// <summary>q = expm1(y − n·ln 2) and s = 2ⁿ for the integer n nearest to y·log₂e.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exp2Parts(TVector y, out TVector q, out TVector s)
    {
        TVector shift = TSimd.Constant(RoundingShift);
        if (typeof(T) == typeof(float))
        {
            TVector t = TSimd.Fma(y, TSimd.Constant(1.44269504088896341), shift);
            TVector n = TSimd.Subtract(t, shift);
            TVector r = TSimd.Fma(n, TSimd.Constant(-0.693359375), y); // ln 2 in two parts, the first one exact in n·ln 2
            r = TSimd.Fma(n, TSimd.Constant(2.12194440e-4), r);
            TVector r2 = TSimd.Multiply(r, r);
            TVector p = TSimd.Fma(Pair(1.9875691500e-4, 1.3981999507e-3, r), r2, Pair(8.3334519073e-3, 4.1665795894e-2, r));
            p = TSimd.Fma(p, r2, Pair(1.6666665459e-1, 5.0000001201e-1, r));
            q = TSimd.Fma(p, r2, r);
            s = TSimd.PowerOfTwo(t);
        }
        else
        {
            TVector t = TSimd.Fma(y, TSimd.Constant(1.4426950408889634074), shift);
            TVector n = TSimd.Subtract(t, shift);
            TVector r = TSimd.Fma(n, TSimd.Constant(-6.93145751953125e-1), y);
            r = TSimd.Fma(n, TSimd.Constant(-1.42860682030941723212e-6), r);
            TVector r2 = TSimd.Multiply(r, r);
            q = TSimd.Fma(ExpTail(r, r2), r2, r);
            s = TSimd.PowerOfTwo(t);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Pair(double linear, double constant, TVector r) =>
        TSimd.Fma(TSimd.Constant(linear), r, TSimd.Constant(constant));
}
