using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination += x · y for one number y, each with one rounding.</summary>
    /// <param name="x">[n].</param>
    /// <param name="y">The number.</param>
    /// <param name="destination">[n], added to.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAdd<T>(ReadOnlySpan<T> x, T y, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            MultiplyAdd<Simd512<T>, Vector512<T>, T>(x, y, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            MultiplyAdd<Simd256<T>, Vector256<T>, T>(x, y, destination);
        }
        else
        {
            MultiplyAdd<Simd128<T>, Vector128<T>, T>(x, y, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd<TSimd, TVector, T>(ReadOnlySpan<T> x, T y, Span<T> destination)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(destination);
        TVector factor = TSimd.Broadcast(y);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TSimd.Fma(TSimd.Load(ref source, i), factor, TSimd.Load(ref target, i)), ref target, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref target, i) = T.FusedMultiplyAdd(Unsafe.Add(ref source, i), y, Unsafe.Add(ref target, i));
        }
    }
}
