namespace FastRecurrent.Models;

/// <summary>A sequence that a decoder wrote. Equal are those of the same words, log-probability and end.</summary>
/// <param name="Words">Without start and end words.</param>
/// <param name="LogProbability">Log of its probability, the end word included where it came.</param>
/// <param name="Ended">Whether the end word came within the limit.</param>
public sealed record DecodedSequence(int[] Words, double LogProbability, bool Ended)
{
    /// <summary>Without start and end words.</summary>
    public int[] Words { get; init; } = Words ?? throw new ArgumentNullException(nameof(Words));

    /// <inheritdoc/>
    public bool Equals(DecodedSequence? other) =>
        other is not null && Words.AsSpan().SequenceEqual(other.Words) && LogProbability.Equals(other.LogProbability)
        && Ended == other.Ended;

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(LogProbability);
        hash.Add(Ended);
        foreach (int word in Words)
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(' ', Words)}, log probability {LogProbability}{(Ended ? "" : ", not ended")}";
}
