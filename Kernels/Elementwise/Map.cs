using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>A function of one vector.</summary>
internal interface IUnary<TVector>
{
    static abstract TVector Invoke(TVector x);
}

/// <summary>A function of two vectors.</summary>
internal interface IBinary<TVector>
{
    static abstract TVector Invoke(TVector x, TVector y);
}

/// <summary>
/// The loops over spans of any length, once an arity. The rest that fills no vector goes through one on the stack, so that it takes the
/// same operations, and gets the same bits, as the others. Source and destination may be the same span.
/// </summary>
internal static class Map<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TFunction>(ReadOnlySpan<T> x, Span<T> destination)
        where TFunction : struct, IUnary<TVector>
    {
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(destination);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TFunction.Invoke(TSimd.Load(ref source, i)), ref target, i);
        }

        if (i < length)
        {
            Unsafe.SkipInit(out TVector rest);
            Span<T> lanes = MemoryMarshal.CreateSpan(ref Unsafe.As<TVector, T>(ref rest), TSimd.Count);
            lanes.Clear();
            x[(int)i..].CopyTo(lanes);
            rest = TFunction.Invoke(rest);
            lanes[..(int)(length - i)].CopyTo(destination[(int)i..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TFunction>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination)
        where TFunction : struct, IBinary<TVector>
    {
        ref T left = ref MemoryMarshal.GetReference(x);
        ref T right = ref MemoryMarshal.GetReference(y);
        ref T target = ref MemoryMarshal.GetReference(destination);
        nuint n = (nuint)TSimd.Count, length = (nuint)x.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TSimd.Store(TFunction.Invoke(TSimd.Load(ref left, i), TSimd.Load(ref right, i)), ref target, i);
        }

        if (i < length)
        {
            Unsafe.SkipInit(out TVector restX);
            Unsafe.SkipInit(out TVector restY);
            Span<T> lanesX = MemoryMarshal.CreateSpan(ref Unsafe.As<TVector, T>(ref restX), TSimd.Count);
            Span<T> lanesY = MemoryMarshal.CreateSpan(ref Unsafe.As<TVector, T>(ref restY), TSimd.Count);
            lanesX.Clear();
            lanesY.Clear();
            x[(int)i..].CopyTo(lanesX);
            y[(int)i..].CopyTo(lanesY);
            restX = TFunction.Invoke(restX, restY);
            lanesX[..(int)(length - i)].CopyTo(destination[(int)i..]);
        }
    }
}
