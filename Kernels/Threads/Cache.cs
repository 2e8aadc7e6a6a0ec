using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FastRecurrent.Kernels;

/// <summary>Hints to a core's caches.</summary>
internal static unsafe class Cache
{
    private const int LineBytes = 64;

    /// <summary>Asks for memory that another core has written, all lines at once, before a loop would wait for one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch<T>(ReadOnlySpan<T> memory)
        where T : unmanaged
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        ref byte first = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(memory));
        nint bytes = (nint)memory.Length * sizeof(T);
        for (nint at = 0; at < bytes; at += LineBytes)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref first, at))); // a hint: it does not matter where the object is by now
        }
    }
}
