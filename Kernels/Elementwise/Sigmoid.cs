using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = 1 / (1 + e⁻ˣ).</summary>
    /// <remarks>At most 1e-7 absolute error in float, 1e-15 in double. NaN gives NaN; −∞ gives a number below 1e-37, not 0.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Unary<SigmoidFunction<Simd512<T>, Vector512<T>, T>>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Unary<SigmoidFunction<Simd256<T>, Vector256<T>, T>>(x, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Unary<SigmoidFunction<Simd128<T>, Vector128<T>, T>>(x, destination);
        }
    }

    /// <summary>destination = dy · y · (1 − y).</summary>
    /// <param name="y">[n], the outputs of <see cref="Sigmoid{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written; may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SigmoidBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(dy.Length, y.Length);
        Require.Length(destination.Length, y.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Binary<SigmoidDerivative<Simd512<T>, Vector512<T>, T>>(y, dy, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Binary<SigmoidDerivative<Simd256<T>, Vector256<T>, T>>(y, dy, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Binary<SigmoidDerivative<Simd128<T>, Vector128<T>, T>>(y, dy, destination);
        }
    }
    private readonly struct SigmoidFunction<TSimd, TVector, T> : IUnary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector x) => VectorMath<TSimd, TVector, T>.Sigmoid(x);
    }

    private readonly struct SigmoidDerivative<TSimd, TVector, T> : IBinary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector y, TVector dy) => TSimd.Multiply(dy, TSimd.Multiply(y, TSimd.Subtract(TSimd.Constant(1), y)));
    }
}
