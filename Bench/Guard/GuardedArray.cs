using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Guard;

/// <summary>Elements between two pages that nobody may touch: a read or a write outside ends the process. Linux only.</summary>
/// <remarks>
/// <code>
/// one pinned array:  … | closed page | open pages | closed page | …
/// </code>
/// The closed pages are within the array, so nothing but a kernel that leaves its span comes near them.
/// </remarks>
/// <typeparam name="T">The element.</typeparam>
internal sealed class GuardedArray<T>
    where T : unmanaged
{
    private readonly int _first;
    private readonly int _count;

    /// <summary>Closes two pages around at least <paramref name="capacity"/> elements.</summary>
    /// <exception cref="InvalidOperationException">The operating system refuses.</exception>
    public GuardedArray(int capacity)
    {
        int page = Environment.SystemPageSize / Unsafe.SizeOf<T>();
        int pages = (capacity + page - 1) / page;
        Array = GC.AllocateUninitializedArray<T>((pages + 3) * page, pinned: true);
        nint start = Marshal.UnsafeAddrOfPinnedArrayElement(Array, 0);
        nint closed = (start + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        _first = (int)(closed - start) / Unsafe.SizeOf<T>() + page;
        _count = pages * page;
        ClosedPages.Close(Array, closed);
        ClosedPages.Close(Array, closed + (pages + 1) * (nint)Environment.SystemPageSize);
    }

    /// <summary>The array around it all.</summary>
    public T[] Array { get; }

    /// <summary>Where in <see cref="Array"/> a span of a length begins: right after the first closed page,
    /// or so that it ends right before the second.</summary>
    public int Start(int length, bool atEnd) => atEnd ? _first + _count - length : _first;

    /// <summary>A span next to a closed page.</summary>
    public Span<T> Span(int length, bool atEnd) =>
        length <= _count ? Array.AsSpan(Start(length, atEnd), length) : throw new ArgumentOutOfRangeException(nameof(length));
}

/// <summary>Takes away the right to touch pages, for as long as the process lives.</summary>
internal static class ClosedPages
{
    private const int NoAccess = 0;

    // What is closed must not come back to the garbage collector, which would give it to others.
    private static readonly HashSet<Array> _kept = [];

    /// <summary>Closes the page at an address within an array.</summary>
    /// <exception cref="InvalidOperationException">The operating system refuses.</exception>
    public static void Close(Array array, nint address)
    {
        _kept.Add(array);
        if (ProtectMemory(address, Environment.SystemPageSize, NoAccess) != 0)
        {
            throw new InvalidOperationException($"mprotect failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static extern int ProtectMemory(nint address, nint length, int protection);
}
