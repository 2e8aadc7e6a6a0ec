namespace FastRecurrent.Samples.Threads;

/// <summary>
/// Karma in eight levels, after Zayats and Ostendorf 2018: the lowest is that of comments with no more than they began with, 1; each
/// further one takes the lower half of what remains, with all that are equal to its highest.
/// </summary>
internal sealed class KarmaLevels
{
    public const int Count = 8;
    private const int FirstScore = 1;
    private readonly int[] _highest = new int[Count - 1];

    /// <param name="scores">Of the comments to train on.</param>
    public KarmaLevels(IEnumerable<int> scores)
    {
        int[] rest = [.. scores.Order()];
        for (int level = 0; level < _highest.Length; level++)
        {
            _highest[level] = level == 0 ? FirstScore : rest.Length == 0 ? int.MaxValue : rest[(rest.Length - 1) / 2];
            rest = [.. rest.SkipWhile(score => score <= _highest[level])];
        }
    }

    /// <summary>The level of a comment.</summary>
    public int Of(int score) => _highest.Count(highest => score > highest);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", _highest.Where(highest => highest < int.MaxValue).Select(highest => $"≤ {highest}").Append("more"));
}
