using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Latency;

/// <summary>Percentiles and histograms of sorted times.</summary>
public static class Distribution
{
    private const int BinsPerDecade = 40;

    /// <summary>The smallest of the times that at least <paramref name="fraction"/> of all do not exceed (nearest rank).</summary>
    /// <param name="sorted">Ascending, not empty.</param>
    /// <param name="fraction">Above 0, at most 1.</param>
    public static long Percentile(ReadOnlySpan<long> sorted, double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        return sorted[Math.Clamp((int)Math.Ceiling(fraction * sorted.Length - 1e-9) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Counts by bins of equal width on a logarithmic axis, 40 a decade; empty ones are left out.</summary>
    /// <param name="sorted">Ascending times in ticks.</param>
    /// <param name="tick">Seconds a tick.</param>
    public static IReadOnlyList<LatencyBin> Histogram(ReadOnlySpan<long> sorted, double tick)
    {
        List<LatencyBin> bins = [];
        for (int i = 0; i < sorted.Length;)
        {
            double end = UpperEnd(Math.Max(1, sorted[i]));
            int first = i;
            while (i < sorted.Length && sorted[i] <= end)
            {
                i++;
            }

            bins.Add(new LatencyBin(end * tick, i - first));
        }

        return bins;
    }

    /// <summary>The end of the bin that a number of ticks falls into, not below it.</summary>
    private static double UpperEnd(long ticks)
    {
        double bin = Math.Ceiling(Math.Log10(ticks) * BinsPerDecade - 1e-9);
        return Math.Max(ticks, Math.Pow(10, bin / BinsPerDecade));
    }
}
