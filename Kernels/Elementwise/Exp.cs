using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = eˣ.</summary>
    /// <remarks>x is limited to ±87.3 (float) or ±708 (double): the result is never zero, infinite or denormal. NaN gives NaN.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exp<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Unary<ExpFunction<Simd512<T>, Vector512<T>, T>>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Unary<ExpFunction<Simd256<T>, Vector256<T>, T>>(x, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Unary<ExpFunction<Simd128<T>, Vector128<T>, T>>(x, destination);
        }
    }

    private readonly struct ExpFunction<TSimd, TVector, T> : IUnary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector x) => VectorMath<TSimd, TVector, T>.Exp(x);
    }
}
