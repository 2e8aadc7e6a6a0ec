using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FastRecurrent.Kernels;

/// <summary>Hints to a core's caches.</summary>
internal static unsafe class Cache
{
    private const int LineBytes = 64;

    /// <summary>Asks for memory that another core has written, all lines at once,
    /// before a loop would wait for one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ReadOnlySpan<T> memory)
        where T : unmanaged
    {
        int bytes = memory.Length * sizeof(T);
        for (int at = 0; at < bytes; at += LineBytes)
        {
            Prefetch(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetReference(memory), at));
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
