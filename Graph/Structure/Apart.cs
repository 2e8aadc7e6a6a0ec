using System.Runtime.CompilerServices;

namespace FastRecurrent.Graph;

/// <summary>The check of operations that still read an operand when they have begun to write.</summary>
internal static class Apart
{
    /// <summary>Throws if what is written has memory in common with what is read.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check<T>(
        ReadOnlySpan<T> read, ReadOnlySpan<T> written, [CallerArgumentExpression(nameof(read))] string source = "",
        [CallerArgumentExpression(nameof(written))] string result = "")
    {
        if (read.Overlaps(written))
        {
            throw new ArgumentException($"{result} must not overlap {source}, which is read while {result} is written.", result);
        }
    }
}
