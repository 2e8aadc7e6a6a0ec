using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Whether <see cref="FlushTiny{T}"/> would change a value: one above zero and below its threshold.</summary>
    /// <remarks>
    /// Hardly any input has one, so asking saves the copy. As whole numbers, magnitudes of floating-point numbers are in order: (|x| − 1)
    /// mod 2ⁿ is below the threshold's just for the tiny ones, zero itself being wrapped to the largest. Each width has its loop, since
    /// this stands before every step: one loop over <see cref="Vector{T}"/> made GRU steps of 8 units 4 to 8 % slower (measured).
    /// </remarks>
    /// <param name="x">[n].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool HasTiny<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T start = ref MemoryMarshal.GetReference(x);
        nuint length = (nuint)x.Length, i = 0;
        if (Vector512.IsHardwareAccelerated && length >= (nuint)Vector512<T>.Count)
        {
            for (nuint n = (nuint)Vector512<T>.Count; i + n < length; i += n)
            {
                if (IsTiny(Vector512.LoadUnsafe(ref start, i)))
                {
                    return true;
                }
            }

            return IsTiny(Vector512.LoadUnsafe(ref start, length - (nuint)Vector512<T>.Count)); // the last one may overlap the one before
        }

        if (Vector256.IsHardwareAccelerated && length >= (nuint)Vector256<T>.Count)
        {
            for (nuint n = (nuint)Vector256<T>.Count; i + n < length; i += n)
            {
                if (IsTiny(Vector256.LoadUnsafe(ref start, i)))
                {
                    return true;
                }
            }

            return IsTiny(Vector256.LoadUnsafe(ref start, length - (nuint)Vector256<T>.Count));
        }

        for (nuint n = (nuint)Vector128<T>.Count; i + n <= length; i += n)
        {
            if (IsTiny(Vector128.LoadUnsafe(ref start, i)))
            {
                return true;
            }
        }

        for (; i < length; i++)
        {
            if (IsTiny(Vector128.CreateScalar(Unsafe.Add(ref start, i))))
            {
                return true;
            }
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTiny<T>(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.LessThanAny((x.AsUInt32() & Vector512.Create(SingleMagnitude)) - Vector512<uint>.One, Vector512.Create(TinySingle - 1))
        : Vector512.LessThanAny((x.AsUInt64() & Vector512.Create(DoubleMagnitude)) - Vector512<ulong>.One,
            Vector512.Create(TinyDouble - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTiny<T>(Vector256<T> x) => typeof(T) == typeof(float)
        ? Vector256.LessThanAny((x.AsUInt32() & Vector256.Create(SingleMagnitude)) - Vector256<uint>.One, Vector256.Create(TinySingle - 1))
        : Vector256.LessThanAny((x.AsUInt64() & Vector256.Create(DoubleMagnitude)) - Vector256<ulong>.One,
            Vector256.Create(TinyDouble - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTiny<T>(Vector128<T> x) => typeof(T) == typeof(float)
        ? Vector128.LessThanAny((x.AsUInt32() & Vector128.Create(SingleMagnitude)) - Vector128<uint>.One, Vector128.Create(TinySingle - 1))
        : Vector128.LessThanAny((x.AsUInt64() & Vector128.Create(DoubleMagnitude)) - Vector128<ulong>.One,
            Vector128.Create(TinyDouble - 1));

    private const uint SingleMagnitude = 0x7FFFFFFF;

    private const ulong DoubleMagnitude = 0x7FFFFFFFFFFFFFFF;

    private static uint TinySingle => BitConverter.SingleToUInt32Bits(TinyThreshold.Single);

    private static ulong TinyDouble => BitConverter.DoubleToUInt64Bits(TinyThreshold.Double);
}
