using System.Globalization;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>A logarithmic axis.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Low">The value at its begin, above 0.</param>
/// <param name="High">The value at its end.</param>
/// <param name="Ticks">Where grid lines are, and what they are called.</param>
internal sealed record Axis(string Title, double Low, double High, IReadOnlyList<(double Value, string Label)> Ticks)
{
    private const double LabelDistance = 52;

    /// <summary>Where a value lies on a stretch of the picture.</summary>
    public double Place(double value, double from, double to) => from + Math.Log(value / Low) / Math.Log(High / Low) * (to - from);

    /// <summary>Times around all that are given, a tick a decade.</summary>
    public static Axis OfTimes(string title, IEnumerable<double> seconds)
    {
        (double least, double most) = RangeOf(seconds, 1e-6);
        int low = (int)Math.Floor(Math.Log10(least) + 1e-9), high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(most) - 1e-9));
        return new Axis(title, Math.Pow(10, low), Math.Pow(10, high),
            [.. Enumerable.Range(low, high - low + 1).Select(power => (Math.Pow(10, power), TimeOf(power)))]);
    }

    /// <summary>Sizes, a tick a power of two, with some room on either side.</summary>
    public static Axis OfSizes(string title, IEnumerable<double> sizes)
    {
        (double least, double most) = RangeOf(sizes, 64);
        int low = (int)Math.Floor(Math.Log2(least)), high = (int)Math.Ceiling(Math.Log2(most));
        return new Axis(
            title, Math.Pow(2, Math.Log2(least) - 0.3), Math.Pow(2, Math.Log2(most) + 0.3),
            [.. Enumerable.Range(low, high - low + 1).Select(power => Math.Pow(2, power)).Where(size => size >= least && size <= most)
                .Select(size => (size, size.ToString("F0", CultureInfo.InvariantCulture)))]);
    }

    /// <summary>Ratios around all that are given and 1, ticks at 1, 2 and 5 of every decade.</summary>
    public static Axis OfRatios(IEnumerable<double> ratios)
    {
        (double least, double most) = RangeOf([.. ratios, 0.8, 2.5], 1);
        double[] steps = [1, 2, 5];
        int low = (int)Math.Floor(Math.Log10(least)), high = (int)Math.Ceiling(Math.Log10(most));
        return new Axis(
            "", least / 1.1, most * 1.05,
            [.. Enumerable.Range(low, high - low + 1).SelectMany(power => steps.Select(step => step * Math.Pow(10, power)))
                .Where(ratio => ratio >= least / 1.1 && ratio <= most * 1.05)
                .Select(ratio => (ratio, ratio.ToString("0.##", CultureInfo.InvariantCulture) + "×"))]);
    }

    /// <summary>The ticks that are labelled so that labels along a stretch do not touch: all, every second, every third …</summary>
    public IEnumerable<(double Value, string Label)> LabelledTicks(double length)
    {
        int every = Math.Max(1, (int)Math.Ceiling(LabelDistance * (Ticks.Count - 1) / length));
        return Ticks.Where((_, i) => i % every == 0);
    }

    private static (double Least, double Most) RangeOf(IEnumerable<double> values, double otherwise)
    {
        double[] finite = [.. values.Where(value => double.IsFinite(value) && value > 0).DefaultIfEmpty(otherwise)];
        return (finite.Min(), finite.Max());
    }

    private static string TimeOf(int power)
    {
        (int unitPower, string unit) = power switch { < -6 => (-9, "ns"), < -3 => (-6, "µs"), < 0 => (-3, "ms"), _ => (0, "s") };
        return $"{Math.Pow(10, power - unitPower).ToString("0.###", CultureInfo.InvariantCulture)} {unit}";
    }
}
