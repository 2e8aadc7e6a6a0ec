using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Σ x, in one order at every vector width.</summary>
    /// <remarks>
    /// Element i goes to partial sum i mod 16 (float) or i mod 8 (double), each in the order of i; the partial sums are then added
    /// pairwise: halves onto each other until one is left.
    /// </remarks>
    /// <param name="x">[n].</param>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither
    /// <see cref="float"/> nor <see cref="double"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Sum<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        return Vector512.IsHardwareAccelerated ? PartialSums<Simd512<T>, Vector512<T>, T>(x)
            : Vector256.IsHardwareAccelerated ? PartialSums<Simd256<T>, Vector256<T>, T>(x)
            : PartialSums<Simd128<T>, Vector128<T>, T>(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T PartialSums<TSimd, TVector, T>(ReadOnlySpan<T> x)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = 64 / Unsafe.SizeOf<T>();
        Span<T> sums = stackalloc T[lanes];
        ref T first = ref MemoryMarshal.GetReference(sums);
        ref T source = ref MemoryMarshal.GetReference(x);
        nuint i = 0;
        for (; i + (nuint)lanes <= (nuint)x.Length; i += (nuint)lanes)
        {
            for (nuint lane = 0; lane < (nuint)lanes; lane += (nuint)TSimd.Count)
            {
                TSimd.Store(TSimd.Add(TSimd.Load(ref first, lane), TSimd.Load(ref source, i + lane)), ref first, lane);
            }
        }

        for (int rest = (int)i; rest < x.Length; rest++)
        {
            sums[rest - (int)i] += x[rest];
        }

        return AddHalves(sums);
    }
}
