using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = x · y for one number y.</summary>
    /// <param name="x">[n].</param>
    /// <param name="y">The number.</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyScalar<T>(ReadOnlySpan<T> x, T y, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MultiplyAddScalars(x, y, T.NegativeZero, destination);

    /// <summary>destination = x · scale + shift with one rounding; a shift of −0 leaves the product's sign of zero.</summary>
    private static void MultiplyAddScalars<T>(ReadOnlySpan<T> x, T scale, T shift, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        Require.ApartOrSame(destination, x);
        if (Vector512.IsHardwareAccelerated)
        {
            Affine<Simd512<T>, Vector512<T>, T>(x, scale, shift, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Affine<Simd256<T>, Vector256<T>, T>(x, scale, shift, destination);
        }
        else
        {
            Affine<Simd128<T>, Vector128<T>, T>(x, scale, shift, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Affine<TSimd, TVector, T>(ReadOnlySpan<T> x, T scale, T shift, Span<T> destination)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(destination);
        TVector factor = TSimd.Broadcast(scale), term = TSimd.Broadcast(shift);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TSimd.Fma(TSimd.Load(ref source, i), factor, term), ref target, i);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref target, i) = T.FusedMultiplyAdd(Unsafe.Add(ref source, i), scale, shift);
        }
    }
}
