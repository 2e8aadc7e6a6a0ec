namespace FastRecurrent.Models;

/// <summary>Checks of rows that belong to several sequences in turn.</summary>
internal static class Ragged
{
    /// <summary>Throws unless all lengths are ≥ 0 and add up to <paramref name="total"/>.</summary>
    public static void Check(ReadOnlySpan<int> lengths, int total)
    {
        long sum = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            sum += length;
        }

        if (sum != total)
        {
            throw new ArgumentException($"lengths add up to {sum}, but there are {total} rows.", nameof(lengths));
        }
    }
}
