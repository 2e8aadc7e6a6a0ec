using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = min(max(x, 0), 1).</summary>
    /// <remarks>NaN gives NaN. The derivative at 0 and at 1 is 0.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SaturatedLinear<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Unary<SaturatedLinearFunction<Simd512<T>, Vector512<T>, T>>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Unary<SaturatedLinearFunction<Simd256<T>, Vector256<T>, T>>(x, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Unary<SaturatedLinearFunction<Simd128<T>, Vector128<T>, T>>(x, destination);
        }
    }

    /// <summary>destination = dy where 0 &lt; y &lt; 1, else 0.</summary>
    /// <param name="y">[n], the outputs of <see cref="SaturatedLinear{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written; may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SaturatedLinearBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(dy.Length, y.Length);
        Require.Length(destination.Length, y.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Binary<SaturatedLinearDerivative<Simd512<T>, Vector512<T>, T>>(y, dy, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Binary<SaturatedLinearDerivative<Simd256<T>, Vector256<T>, T>>(y, dy, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Binary<SaturatedLinearDerivative<Simd128<T>, Vector128<T>, T>>(y, dy, destination);
        }
    }
    private readonly struct SaturatedLinearFunction<TSimd, TVector, T> : IUnary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector x) => TSimd.Min(TSimd.Constant(1), TSimd.Max(TSimd.Constant(0), x));
    }

    private readonly struct SaturatedLinearDerivative<TSimd, TVector, T> : IBinary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector y, TVector dy) => TSimd.And(TSimd.And(dy, TSimd.GreaterThan(y, TSimd.Constant(0))), TSimd.GreaterThan(TSimd.Constant(1), y));
    }
}
