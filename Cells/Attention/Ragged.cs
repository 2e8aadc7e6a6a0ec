namespace FastRecurrent.Cells;

/// <summary>Checks of rows that belong to several sequences in turn.</summary>
internal static class Ragged
{
    /// <summary>Throws unless all lengths are ≥ 0 and add up to <paramref name="total"/>.</summary>
    public static void Check(ReadOnlySpan<int> lengths, int total, string name = "lengths")
    {
        long sum = Sum(lengths, name);
        if (sum != total)
        {
            throw new ArgumentException($"{name} add up to {sum}, but there are {total} of what they count.", name);
        }
    }

    /// <summary>All lengths together; throws unless each is ≥ 0.</summary>
    public static long Sum(ReadOnlySpan<int> lengths, string name = "lengths")
    {
        long sum = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, name);
            sum += length;
        }

        return sum;
    }

    /// <summary>The longest length; 0 if there is none.</summary>
    public static int Longest(ReadOnlySpan<int> lengths)
    {
        int longest = 0;
        foreach (int length in lengths)
        {
            longest = Math.Max(longest, length);
        }

        return longest;
    }
}
