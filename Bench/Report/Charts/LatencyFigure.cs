using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>Latency distributions: the share of steps that took longer than a time, a row of panels a work, a column a pace.</summary>
internal static class LatencyFigure
{
    public static string Draw(BenchmarkReport report)
    {
        ChartStyle style = new(report);
        Axis x = Axis.OfTimes("took longer than", report.Latencies.SelectMany(result => new[] { result.P50, result.Max }));
        Axis y = Shares(report.Latencies.Max(result => result.Steps));
        ChartPanel[] panels =
        [
            .. report.Latencies.GroupBy(result => (result.Work, result.Pace)).Select(group => new ChartPanel(
                group.Key.Work, group.Key.Pace, x, y, [.. group.Select(result => Line(result, style))])),
        ];
        int columns = report.Latencies.Select(result => result.Pace).Distinct().Count();
        return LineFigure.Draw("How long single steps take: the share of steps above a time", panels, columns, panelHeight: 300,
            standalone: false);
    }

    /// <summary>From all steps, where a time that none fell below is, down to the longest.</summary>
    internal static IReadOnlyList<(double Time, double Share)> Exceedance(LatencyResult result)
    {
        List<(double, double)> points = [];
        long left = result.Steps;
        foreach (LatencyBin bin in result.Histogram)
        {
            if (points.Count == 0)
            {
                points.Add((bin.UpTo / 1.05, 1)); // its lower end, about: bins are 6 % wide
            }

            left -= bin.Count;
            points.Add(left > 0 ? (bin.UpTo, (double)left / result.Steps) : (result.Max, 1.0 / result.Steps));
        }

        return points;
    }

    private static ChartLine Line(LatencyResult result, ChartStyle style) => new(
        $"{result.Contestant}, {LatencyCommand.Meanwhile(result)}", style.ClassOf(result.Contestant), result.Noisy, "", Exceedance(result));

    private static Axis Shares(long steps)
    {
        string[] names = ["all", "p90", "p99", "p99.9", "p99.99", "p99.999", "p99.9999"];
        int powers = Math.Clamp((int)Math.Ceiling(Math.Log10(steps) - 1e-9), 1, names.Length - 1);
        return new Axis("share of steps", Math.Pow(10, -powers), 1,
            [.. Enumerable.Range(0, powers + 1).Select(power => (Math.Pow(10, -power), names[power]))]);
    }
}
