using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FastRecurrent.Kernels;

/// <summary>Hints to a core's caches.</summary>
internal static unsafe class Cache
{
    private const int LineBytes = 64;

    /// <summary>
    /// Matrices of so many bytes and more come from beyond L2 all the time, or so often that it pays to ask for them. Half of L2, so that
    /// two of 1 MB are far: on Zen 4 batches of 256 units are 1.08 to 1.11 times as fast, their training 1.06 to 1.13; with a quarter
    /// training takes up to 5 % longer. Zen 5 fetches them by itself: asked for as much, products of 32 rows with 1 MB took up to 6 %
    /// longer.
    /// </summary>
    private static readonly int _farBytes = Processor.IsZen5 ? 2 * Processor.SecondCacheBytes : Processor.SecondCacheBytes / 2;

    /// <summary>Whether a matrix of so many elements is one of <see cref="_farBytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFar<T>(long elements)
        where T : unmanaged => elements * sizeof(T) >= _farBytes;

    /// <summary>Asks for memory that another core has written, all lines at once,
    /// before a loop would wait for one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ReadOnlySpan<T> memory)
        where T : unmanaged => Prefetch(ref MemoryMarshal.GetReference(memory), memory.Length);

    /// <summary>Asks for so many elements, a line after another from the first's on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref readonly T first, nint length)
        where T : unmanaged
    {
        for (nint at = 0; at < length; at += LineBytes / sizeof(T))
        {
            Prefetch(ref Unsafe.Add(ref Unsafe.AsRef(in first), at));
        }
    }

    /// <summary>Asks L2 for so many elements, a line after another from the first's on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchL2<T>(ref readonly T first, nint length)
        where T : unmanaged
    {
        for (nint at = 0; at < length; at += LineBytes / sizeof(T))
        {
            PrefetchL2(ref Unsafe.Add(ref Unsafe.AsRef(in first), at));
        }
    }

    /// <summary>
    /// Writes to every line of memory that is about to be written anyway, and that other cores have read before: until they know that it is
    /// gone, the last writes of a step would wait, and what tells of them behind them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeLines<T>(Span<T> memory)
        where T : unmanaged
    {
        for (int at = 0; at < memory.Length; at += LineBytes / sizeof(T))
        {
            memory[at] = default;
        }
    }

    /// <summary>Asks L2 for one line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchL2<T>(ref readonly T place)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(Unsafe.AsPointer(in place));
        }
    }

    /// <summary>Asks for one line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ref readonly T place)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(in place)); // a hint: it does not matter if the object moves now
        }
    }
}
