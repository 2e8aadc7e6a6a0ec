using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

/// <summary>A function of one vector, for every width and precision.</summary>
internal interface IUnary
{
    static abstract TVector Invoke<TSimd, TVector, T>(TVector x)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A function of two vectors, for every width and precision.</summary>
internal interface IBinary
{
    static abstract TVector Invoke<TSimd, TVector, T>(TVector x, TVector y)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>
/// The loops over spans of any length, once an arity. The rest that fills no vector takes narrower ones, and at last one on the stack, so
/// that it takes the same operations, and gets the same bits, as the others. (A whole vector on the stack would be loaded right after its
/// elements were stored one by one: a processor waits for that until all stores are through.) Source and destination may be the same span;
/// other memory that they share is refused.
/// </summary>
internal static class Map
{
    /// <summary>destination = f(x), at the widest vectors there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unary<TFunction, T>(ReadOnlySpan<T> x, Span<T> destination)
        where TFunction : struct, IUnary
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        Require.ApartOrSame(destination, x);
        if (Vector512.IsHardwareAccelerated)
        {
            Unary<TFunction, Simd512<T>, Vector512<T>, T>(x, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Unary<TFunction, Simd256<T>, Vector256<T>, T>(x, destination);
        }
        else
        {
            Unary<TFunction, Simd128<T>, Vector128<T>, T>(x, destination);
        }
    }

    /// <summary>destination = f(x, y), at the widest vectors there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Binary<TFunction, T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination, [CallerArgumentExpression(nameof(y))] string second = "")
        where TFunction : struct, IBinary
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(y.Length, x.Length, second);
        Require.Length(destination.Length, x.Length);
        Require.ApartOrSame(destination, x);
        Require.ApartOrSame(destination, y, otherName: second);
        if (Vector512.IsHardwareAccelerated)
        {
            Binary<TFunction, Simd512<T>, Vector512<T>, T>(x, y, destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Binary<TFunction, Simd256<T>, Vector256<T>, T>(x, y, destination);
        }
        else
        {
            Binary<TFunction, Simd128<T>, Vector128<T>, T>(x, y, destination);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unary<TFunction, TSimd, TVector, T>(ReadOnlySpan<T> x, Span<T> destination)
        where TFunction : struct, IUnary
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(destination);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TFunction.Invoke<TSimd, TVector, T>(TSimd.Load(ref source, i)), ref target, i);
        }

        if (i == length)
        {
            return;
        }

        if (typeof(TVector) == typeof(Vector512<T>))
        {
            Unary<TFunction, Simd256<T>, Vector256<T>, T>(x[(int)i..], destination[(int)i..]);
        }
        else if (typeof(TVector) == typeof(Vector256<T>))
        {
            Unary<TFunction, Simd128<T>, Vector128<T>, T>(x[(int)i..], destination[(int)i..]);
        }
        else
        {
            Unsafe.SkipInit(out TVector rest);
            Span<T> lanes = LanesOf<TSimd, TVector, T>(ref rest);
            lanes.Clear();
            x[(int)i..].CopyTo(lanes);
            rest = TFunction.Invoke<TSimd, TVector, T>(rest);
            lanes[..(int)(length - i)].CopyTo(destination[(int)i..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Binary<TFunction, TSimd, TVector, T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination)
        where TFunction : struct, IBinary
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T left = ref MemoryMarshal.GetReference(x);
        ref T right = ref MemoryMarshal.GetReference(y);
        ref T target = ref MemoryMarshal.GetReference(destination);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TFunction.Invoke<TSimd, TVector, T>(TSimd.Load(ref left, i), TSimd.Load(ref right, i)), ref target, i);
        }

        if (i == length)
        {
            return;
        }

        if (typeof(TVector) == typeof(Vector512<T>))
        {
            Binary<TFunction, Simd256<T>, Vector256<T>, T>(x[(int)i..], y[(int)i..], destination[(int)i..]);
        }
        else if (typeof(TVector) == typeof(Vector256<T>))
        {
            Binary<TFunction, Simd128<T>, Vector128<T>, T>(x[(int)i..], y[(int)i..], destination[(int)i..]);
        }
        else
        {
            Unsafe.SkipInit(out TVector restX);
            Unsafe.SkipInit(out TVector restY);
            Span<T> lanesX = LanesOf<TSimd, TVector, T>(ref restX), lanesY = LanesOf<TSimd, TVector, T>(ref restY);
            lanesX.Clear();
            lanesY.Clear();
            x[(int)i..].CopyTo(lanesX);
            y[(int)i..].CopyTo(lanesY);
            restX = TFunction.Invoke<TSimd, TVector, T>(restX, restY);
            lanesX[..(int)(length - i)].CopyTo(destination[(int)i..]);
        }
    }

    private static Span<T> LanesOf<TSimd, TVector, T>(ref TVector vector)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => MemoryMarshal.CreateSpan(ref Unsafe.As<TVector, T>(ref vector), TSimd.Count);
}
