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
        ConstantsInCode<TSimd, TVector, T> constants = default;
        return FlushTiny(x, ref constants);
    }

    /// <inheritdoc cref="FlushTiny(TVector)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector FlushTiny<TConstants>(TVector x, scoped ref TConstants constants)
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector tiny = TSimd.GreaterThan(constants.Tiny, TSimd.Abs(x));
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
        ConstantsInCode<TSimd, TVector, T> constants = default;
        return Sigmoid(x, ref constants);
    }

    /// <inheritdoc cref="Sigmoid(TVector)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Sigmoid<TConstants>(TVector x, scoped ref TConstants constants)
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector z = TSimd.Min(constants.SigmoidLimit, TSimd.Max(constants.MinusSigmoidLimit, x));
        TVector r = Reduce(z, constants.MinusLog2E, z, ref constants, out TVector n, out TVector s);
        TVector r2 = TSimd.Multiply(r, r);
        TVector q = TSimd.Fma(Tail(r, r2, ref constants), r2, TSimd.Fma(n, constants.Ln2Rest, r));
        TVector one = constants.One;
        return TSimd.Divide(one, TSimd.Fma(q, s, TSimd.Subtract(one, s)));
    }

    /// <summary>tanh x, odd to the bit. At most 1e-7 absolute error in float, 1e-15 in double; in [−1, 1] for every x.</summary>
    /// <remarks>With a = |x|, 2a = r + n·ln 2 and m = expm1(2a) = 2ⁿ·r²·p + (2ⁿ·r + 2ⁿ − 1): m/(m+2), without cancellation.
    /// As n ≤ 55, ln 2 in one part is enough.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        ConstantsInCode<TSimd, TVector, T> constants = default;
        return Tanh(x, ref constants);
    }

    /// <inheritdoc cref="Tanh(TVector)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Tanh<TConstants>(TVector x, scoped ref TConstants constants)
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector signBit = constants.SignBit, a = TSimd.Max(constants.MinusTanhLimit, TSimd.Or(x, signBit)); // −|x|
        TVector r = Reduce(a, constants.MinusTwoLog2E, TSimd.Add(a, a), ref constants, out _, out TVector s);
        TVector r2 = TSimd.Multiply(r, r);
        TVector m = TSimd.Fma(
            Tail(r, r2, ref constants), TSimd.Multiply(r2, s), TSimd.Fma(r, s, TSimd.Subtract(constants.MinusOne, s)));
        return TSimd.Or(TSimd.Divide(m, TSimd.Add(m, constants.Two)), TSimd.And(x, signBit));
    }

    /// <summary>
    /// −r and −2ⁿ of y = r + n·ln 2, |r| ≤ ½ ln 2, n the integer nearest to y·log₂e; ln 2 in one part. Negated, for then neither the
    /// sigmoid nor tanh has to negate anything, and both need the same constants.
    /// </summary>
    /// <param name="x">−y or a fraction of it: where y is a multiple of x, n need not wait for it.</param>
    /// <param name="scale">n = x · <paramref name="scale"/>, rounded.</param>
    /// <param name="z">−y, limited, so that 2ⁿ is neither infinite nor denormal.</param>
    /// <param name="constants">The constants.</param>
    /// <param name="n">n.</param>
    /// <param name="s">−2ⁿ.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduce<TConstants>(
        TVector x, TVector scale, TVector z, scoped ref TConstants constants, out TVector n, out TVector s)
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector shift = constants.Shift, t = TSimd.Fma(x, scale, shift);
        n = TSimd.Subtract(t, shift);
        s = TSimd.PowerOfTwo(t, constants.MinusOne);
        return TSimd.Fma(n, constants.Ln2, z);
    }

    /// <summary>−p from −r and r²: p = (expm1(r) − r) / r², |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Tail<TConstants>(TVector r, TVector r2, scoped ref TConstants constants)
        where TConstants : struct, IActivationConstants<TVector>
    {
        if (typeof(T) == typeof(float))
        {
            TVector p = TSimd.Fma(constants.Tail4, r2, TSimd.Fma(constants.Tail3, r, constants.Tail2));
            return TSimd.Fma(p, r2, TSimd.Fma(constants.Tail1, r, constants.Tail0));
        }

        TVector r4 = TSimd.Multiply(r2, r2);
        TVector low = TSimd.Fma(Pair(1.0 / 120, -1.0 / 24, r), r2, Pair(1.0 / 6, -1.0 / 2, r));
        TVector middle = TSimd.Fma(Pair(1.0 / 362880, -1.0 / 40320, r), r2, Pair(1.0 / 5040, -1.0 / 720, r));
        TVector high = TSimd.Fma(Pair(1.0 / 6227020800, -1.0 / 479001600, r), r2, Pair(1.0 / 39916800, -1.0 / 3628800, r));
        return TSimd.Fma(TSimd.Fma(high, r4, middle), r4, low);
    }

    /// <summary>q = expm1(y − n·ln 2) and s = 2ⁿ for the integer n nearest to y·log₂e.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exp2Parts(TVector y, out TVector q, out TVector s)
    {
        ConstantsInCode<TSimd, TVector, T> constants = default;
        TVector shift = constants.Shift;
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
            s = TSimd.PowerOfTwo(t, TSimd.Constant(1));
        }
        else
        {
            TVector t = TSimd.Fma(y, TSimd.Constant(1.4426950408889634074), shift);
            TVector n = TSimd.Subtract(t, shift);
            TVector r = TSimd.Fma(n, TSimd.Constant(-6.93145751953125e-1), y);
            r = TSimd.Fma(n, TSimd.Constant(-1.42860682030941723212e-6), r);
            TVector r2 = TSimd.Multiply(r, r);
            TVector negated = TSimd.Negate(r);
            q = TSimd.Negate(TSimd.Fma(Tail(negated, r2, ref constants), r2, negated));
            s = TSimd.PowerOfTwo(t, TSimd.Constant(1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Pair(double linear, double constant, TVector r) =>
        TSimd.Fma(TSimd.Constant(linear), r, TSimd.Constant(constant));
}
