using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// How far ahead a sparse kernel asks for the rows of X that its entries name, and from which cache. Rows that lie near each other are
/// not asked for. By itself a processor looks three or four entries ahead.
/// </summary>
/// <remarks>
/// A core waits for few lines of L1 at a time, for more of L2. So where X is larger than a few times L2, L2 is asked: sums over 100,000
/// nodes with 64 and 128 features are 1.3 to 1.5 and 1.5 times as fast as when L1 is (Zen 4). With 2.5 MB of X, L1 and 16 entries are the
/// fastest there, 1.1 times as fast as 32. On Zen 5, L1 and 32 entries were the best that was measured.
/// </remarks>
internal readonly struct RowsAhead
{
    // From row to row of X further than this on average,
    // rows are hardly ever in L2 when they are needed (measured: it pays from about there).
    private const double FarJumpBytes = 1 << 17;

    private readonly int _last; // entry

    /// <summary>For entries that name the rows of X in a pattern's order.</summary>
    /// <param name="pattern">The entries.</param>
    /// <param name="rowBytes">From row to row of X.</param>
    public RowsAhead(CsrPattern pattern, long rowBytes)
    {
        Entries = pattern.MeanJump * rowBytes <= FarJumpBytes ? 0 : Processor.IsZen5 ? 32 : 16;
        _last = pattern.Count - 1;
        AsksSecondCache = Entries > 0 && !Processor.IsZen5 && pattern.Columns * rowBytes > 4 * Processor.SecondCacheBytes;
    }

    /// <summary>So many entries ahead; 0: rows are near and shall not be asked for.</summary>
    public int Entries { get; }

    /// <summary>Whether L2 is asked, because most of X lies beyond it.</summary>
    public bool AsksSecondCache { get; }

    /// <summary>Asks for the row of an entry to come; only where rows are asked for.</summary>
    /// <param name="x">X, from the first column wanted.</param>
    /// <param name="indices">The pattern's indices.</param>
    /// <param name="entry">The present entry.</param>
    /// <param name="stride">Elements from row to row of X.</param>
    /// <param name="length">Elements wanted of a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask<T>(ref T x, ref int indices, int entry, nint stride, nint length)
        where T : unmanaged
    {
        ref T row = ref Unsafe.Add(ref x, Unsafe.Add(ref indices, Math.Min(entry + Entries, _last)) * stride);
        if (AsksSecondCache)
        {
            Cache.PrefetchL2(ref row, length);
        }
        else
        {
            Cache.Prefetch(ref row, length);
        }
    }
}
