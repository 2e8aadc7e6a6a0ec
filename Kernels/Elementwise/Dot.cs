using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Σ x·y, in one order at every vector width.</summary>
    /// <remarks>
    /// Products are fused into partial sum i mod 16 (float) or i mod 8 (double), each in the order of i; the partial sums are then added
    /// pairwise: halves onto each other until one is left.
    /// </remarks>
    /// <param name="x">[n].</param>
    /// <param name="y">[n].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(y.Length, x.Length);
        return Vector512.IsHardwareAccelerated ? PartialDots<Simd512<T>, Vector512<T>, T>(x, y)
            : Vector256.IsHardwareAccelerated ? PartialDots<Simd256<T>, Vector256<T>, T>(x, y)
            : PartialDots<Simd128<T>, Vector128<T>, T>(x, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T PartialDots<TSimd, TVector, T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = 64 / Unsafe.SizeOf<T>();
        Span<T> sums = stackalloc T[lanes];
        ref T first = ref MemoryMarshal.GetReference(sums);
        ref T left = ref MemoryMarshal.GetReference(x);
        ref T right = ref MemoryMarshal.GetReference(y);
        nuint i = 0;
        for (; i + (nuint)lanes <= (nuint)x.Length; i += (nuint)lanes)
        {
            for (nuint lane = 0; lane < (nuint)lanes; lane += (nuint)TSimd.Count)
            {
                TSimd.Store(TSimd.Fma(TSimd.Load(ref left, i + lane), TSimd.Load(ref right, i + lane), TSimd.Load(ref first, lane)),
                    ref first, lane);
            }
        }

        for (int rest = (int)i; rest < x.Length; rest++)
        {
            sums[rest - (int)i] = T.FusedMultiplyAdd(x[rest], y[rest], sums[rest - (int)i]);
        }

        return AddHalves(sums);
    }

    /// <summary>Partial sums pairwise: the upper half onto the lower until one is left.</summary>
    private static T AddHalves<T>(Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int half = sums.Length / 2; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
            {
                sums[lane] += sums[lane + half];
            }
        }

        return sums[0];
    }
}
