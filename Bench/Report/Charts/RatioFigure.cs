using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>How many times as fast as others: bars from 1×, to the right where ours is faster; goals marked.</summary>
internal static class RatioFigure
{
    private const double Width = 960, Right = 190, Row = 17, Gap = 7, Legend = 54, Heading = 24;

    /// <summary>Ours against every rival, a picture a section.</summary>
    public static IEnumerable<string> DrawPeers(BenchmarkReport report)
    {
        ChartStyle style = new(report);
        foreach (IGrouping<string, PeerResult> section in report.Peers.GroupBy(result => result.Section))
        {
            Group[] groups = [.. section.Select(result => new Group(
                "", $"{result.Work} {result.Shape}",
                [.. result.Timings.Skip(1).Select(timing => new Bar(
                    timing.Peer, timing.Median / result.Timings[0].Median,
                    result.Goals.FirstOrDefault(goal => goal.Peer == timing.Peer)?.AtLeast))]))];
            yield return Draw($"{section.Key}: how many times as fast as …", groups, style);
        }
    }

    /// <summary>Ours against the plain managed way, the main job's rows.</summary>
    public static string DrawPlain(BenchmarkReport report) => Draw(
        "Against the same computation in plain C#",
        [.. report.Rows.Where(row => row.Plain is not null)
            .Select(row => new Group(row.Section, $"{row.Name} {row.Shape}", [new Bar(ChartStyle.Plain, row.Speedup!.Value, null)]))],
        new ChartStyle(report));

    private static string Draw(string title, IReadOnlyList<Group> groups, ChartStyle style)
    {
        Svg svg = new(Width);
        svg.Text(14, 24, title, style: "title");
        string[] names = [.. groups.SelectMany(group => group.Bars).Select(bar => bar.Peer).Distinct()];
        double y = names is not [ChartStyle.Plain] ? DrawLegend(svg, names, style) : 34;
        double left = Math.Clamp(groups.Select(group => Svg.TextWidth(group.Label)).DefaultIfEmpty(0).Max() + 24, 120, 380), top = y + 18;
        int headings = groups.Select(group => group.Section).Where(section => section != "").Distinct().Count();
        double bottom = top + groups.Sum(group => group.Bars.Count * Row + Gap) + headings * Heading;
        Axis axis = Axis.OfRatios(groups.SelectMany(group => group.Bars).SelectMany(bar => new[] { bar.Ratio, bar.Goal ?? 1 }));
        foreach ((double value, _) in axis.Ticks)
        {
            svg.Line(Place(value), top, Place(value), bottom, value == 1 ? "unit" : "grid");
        }

        foreach ((double value, string label) in axis.LabelledTicks(Width - Right - left))
        {
            svg.Text(Place(value), top - 5, label, "middle");
        }

        y = top + Gap / 2;
        string section = "";
        foreach (Group group in groups)
        {
            if (group.Section != section)
            {
                section = group.Section;
                svg.Text(14, y + Heading - 8, section, style: "head");
                y += Heading;
            }

            svg.Text(left - 10, y + group.Bars.Count * Row / 2 + 4, group.Label, "end");
            foreach (Bar bar in group.Bars)
            {
                if (double.IsFinite(bar.Ratio) && bar.Ratio > 0)
                {
                    DrawBar(svg, bar, Place, y, style);
                }

                y += Row;
            }

            y += Gap;
        }

        return svg.Render(bottom + 10, title, standalone: false);

        double Place(double ratio) => axis.Place(ratio, left, Width - Right);
    }

    private static double DrawLegend(Svg svg, string[] names, ChartStyle style)
    {
        double x = 14;
        foreach (string name in names)
        {
            svg.Rectangle(x, 37, 14, 11, $"bar {style.ClassOf(name)}");
            svg.Text(x + 20, 47, name);
            x += 20 + Svg.TextWidth(name) + 18;
        }

        svg.Line(x + 4, 35, x + 4, 50, "goal");
        svg.Text(x + 12, 47, "goal");
        return Legend;
    }

    private static void DrawBar(Svg svg, Bar bar, Func<double, double> place, double y, ChartStyle style)
    {
        double one = place(1), end = place(bar.Ratio);
        svg.Rectangle(Math.Min(one, end), y + 1, Math.Max(1, Math.Abs(end - one)), Row - 3, $"bar {style.ClassOf(bar.Peer)}");
        string text = bar.Text;
        double right = Math.Max(one, end);
        if (bar.Goal is { } goal)
        {
            svg.Line(place(goal), y - 1, place(goal), y + Row - 1, "goal");
            right = Math.Max(right, place(goal));
            text += $", {(bar.IsMissed ? "missed" : "goal")} {GoalOutcome.Times(goal)}";
        }

        svg.Text(right + 6, y + Row - 5, text, style: bar.IsMissed ? "missed" : "");
    }

    private sealed record Bar(string Peer, double Ratio, double? Goal)
    {
        public bool IsMissed => Ratio < Goal;

        public string Text => GoalOutcome.Measured(Ratio, Goal);
    }

    private sealed record Group(string Section, string Label, IReadOnlyList<Bar> Bars);
}
