using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// What a run may write over what it reads. A state is read before the same sequence's one is written, and no other sequence wants it. So
/// it is with the rows of a sequence: all are copied before the first is written, while threads may still read those of other sequences.
/// </summary>
internal static class SharedMemory
{
    /// <summary>Throws unless what is written is apart from all else, or the very memory of its own counterpart.</summary>
    /// <param name="y">Rows that are written, or empty.</param>
    /// <param name="h">States that are written, or empty.</param>
    /// <param name="c">States that are written, or empty.</param>
    /// <param name="x">Rows that are read.</param>
    /// <param name="h0">States that are read.</param>
    /// <param name="c0">States that are read.</param>
    /// <param name="names">What they are called, in this order.</param>
    /// <exception cref="ArgumentException">Others overlap.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Check<T>(
        ReadOnlySpan<T> y, ReadOnlySpan<T> h, ReadOnlySpan<T> c, ReadOnlySpan<T> x, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0, string[] names)
    {
        if (!y.IsEmpty)
        {
            Require.ApartOrSame(y, x, names[0], names[3]);
            Require.Apart(y, h0, names[0], names[4]);
            Require.Apart(y, c0, names[0], names[5]);
            Require.Apart(y, h, names[0], names[1]);
            Require.Apart(y, c, names[0], names[2]);
        }

        if (!h.IsEmpty)
        {
            Require.Apart(h, x, names[1], names[3]);
            Require.ApartOrSame(h, h0, names[1], names[4]);
            Require.Apart(h, c0, names[1], names[5]);
            Require.Apart(h, c, names[1], names[2]);
        }

        if (!c.IsEmpty)
        {
            Require.Apart(c, x, names[2], names[3]);
            Require.Apart(c, h0, names[2], names[4]);
            Require.ApartOrSame(c, c0, names[2], names[5]);
        }
    }

    /// <summary>Throws unless rows that have no counterpart are apart from three others.</summary>
    /// <param name="rows">The rows, or empty.</param>
    /// <param name="name">What they are called.</param>
    /// <param name="first">Others.</param>
    /// <param name="second">Others.</param>
    /// <param name="third">Others.</param>
    /// <param name="names">What those are called, in this order.</param>
    /// <exception cref="ArgumentException">They overlap.</exception>
    public static void CheckApart<T>(ReadOnlySpan<T> rows, string name, ReadOnlySpan<T> first, ReadOnlySpan<T> second,
        ReadOnlySpan<T> third, ReadOnlySpan<string> names)
    {
        Require.Apart(rows, first, name, names[0]);
        Require.Apart(rows, second, name, names[1]);
        Require.Apart(rows, third, name, names[2]);
    }
}
