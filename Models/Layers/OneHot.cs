using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Words as vectors of the vocabulary's size.</summary>
public static class OneHot
{
    /// <summary>y[i] = 1 at <paramref name="ids"/>[i], else 0.</summary>
    /// <param name="ids">[n], each in 0 … size − 1.</param>
    /// <param name="size">The vocabulary's size.</param>
    /// <param name="y">[n, size], written.</param>
    /// <exception cref="ArgumentException">A length does not fit or an id does not exist; nothing has been written.</exception>
    public static void Encode<T>(ReadOnlySpan<int> ids, int size, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(ids, size);
        Require.Length(y.Length, (long)ids.Length * size);
        y.Clear();
        for (int i = 0; i < ids.Length; i++)
        {
            y[i * size + ids[i]] = T.One;
        }
    }

    /// <summary>How often each word occurs in each of several texts that follow each other.</summary>
    /// <param name="ids">[Σ lengths], each in 0 … size − 1.</param>
    /// <param name="lengths">Words of each text, [n].</param>
    /// <param name="size">The vocabulary's size.</param>
    /// <param name="y">[n, size] counts, written.</param>
    /// <exception cref="ArgumentException">A length does not fit or an id does not exist; nothing has been written.</exception>
    public static void BagOfWords<T>(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, int size, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(ids, size);
        Require.Length(y.Length, (long)lengths.Length * size);
        Ragged.Check(lengths, ids.Length);
        y.Clear();
        int at = 0;
        for (int text = 0; text < lengths.Length; text++)
        {
            foreach (int id in ids.Slice(at, lengths[text]))
            {
                y[text * size + id] += T.One;
            }

            at += lengths[text];
        }
    }

    private static void Check(ReadOnlySpan<int> ids, int size)
    {
        Require.Positive(size);
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)size)
            {
                throw new ArgumentException($"ids holds {id}, but the vocabulary has 0 … {size - 1}.", nameof(ids));
            }
        }
    }
}
