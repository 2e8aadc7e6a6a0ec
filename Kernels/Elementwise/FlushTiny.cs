using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = x, with |x| below 1e-30 (float) or 1e-290 (double) replaced by zero.</summary>
    /// <remarks>A denormal operand makes an FMA more than a hundred times slower; this guards what enters a cell. NaN stays NaN.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FlushTiny<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Simd512<T>, Vector512<T>, T>.Unary<FlushTinyFunction<Simd512<T>, Vector512<T>, T>>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Simd256<T>, Vector256<T>, T>.Unary<FlushTinyFunction<Simd256<T>, Vector256<T>, T>>(x, destination);
        }
        else
        {
            Map<Simd128<T>, Vector128<T>, T>.Unary<FlushTinyFunction<Simd128<T>, Vector128<T>, T>>(x, destination);
        }
    }

    private readonly struct FlushTinyFunction<TSimd, TVector, T> : IUnary<TVector>
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke(TVector x) => VectorMath<TSimd, TVector, T>.FlushTiny(x);
    }
}
