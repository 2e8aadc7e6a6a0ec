namespace FastRecurrent.Models;

/// <summary>Checks of rows that belong to several sequences in turn.</summary>
internal static class Ragged
{
    /// <summary>Throws unless all lengths are ≥ 0 and add up to <paramref name="total"/>.</summary>
    public static void Check(ReadOnlySpan<int> lengths, int total, string name = "lengths")
    {
        long sum = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, name);
            sum += length;
        }

        if (sum != total)
        {
            throw new ArgumentException($"{name} add up to {sum}, but there are {total} of what they count.", name);
        }
    }
}
