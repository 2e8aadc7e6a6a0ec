using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = tanh x.</summary>
    /// <remarks>At most 1e-7 absolute error in float, 1e-15 in double; odd to the bit. NaN gives NaN, ±∞ gives ±1.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tanh<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Unary<TanhFunction<Simd512<T>, Vector512<T>, T>>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Unary<TanhFunction<Simd256<T>, Vector256<T>, T>>(x, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Unary<TanhFunction<Simd128<T>, Vector128<T>, T>>(x, destination);
        }
    }

    /// <summary>destination = dy · (1 − y²).</summary>
    /// <param name="y">[n], the outputs of <see cref="Tanh{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written; may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TanhBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(dy.Length, y.Length);
        Require.Length(destination.Length, y.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Binary<TanhDerivative<Simd512<T>, Vector512<T>, T>>(y, dy, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Binary<TanhDerivative<Simd256<T>, Vector256<T>, T>>(y, dy, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Binary<TanhDerivative<Simd128<T>, Vector128<T>, T>>(y, dy, destination);
        }
    }
    private readonly struct TanhFunction<TSimd, TVector, T> : IUnary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector x) => VectorMath<TSimd, TVector, T>.Tanh(x);
    }

    private readonly struct TanhDerivative<TSimd, TVector, T> : IBinary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector y, TVector dy) => TSimd.Multiply(dy, TSimd.Fma(TSimd.Negate(y), y, TSimd.Constant(1)));
    }
}
