using System.Globalization;
using FastRecurrent.Bench.Results;
using Spectre.Console;

namespace FastRecurrent.Bench.Peers;

/// <summary>The command <c>peers</c>: the comparison as tables.</summary>
public static class PeersCommand
{
    /// <summary>Runs the comparison and prints it.</summary>
    /// <returns>0; 1 if a rival computed something else.</returns>
    public static int Run(PeersOptions options, CancellationToken cancellation)
    {
        AnsiConsole.WriteLine($"FastRecurrent and others on {Machine.Describe()}");
        PeersReport report = Measure(options, cancellation);
        foreach (string present in report.Present)
        {
            AnsiConsole.WriteLine($"takes part: {present}");
        }

        foreach (AbsentPeer absent in report.Absent)
        {
            AnsiConsole.WriteLine($"absent: {absent.Peer}: {absent.Reason}");
        }

        foreach (IGrouping<string, PeerResult> section in report.Rows.GroupBy(row => row.Section))
        {
            AnsiConsole.Write(CreateTable(section.Key, [.. section]));
        }

        AnsiConsole.WriteLine(
            "Medians of a run over rounds in turns; ± is half the distance between the quartiles. ×: the other's median over ours; ≥: "
            + "the goal.");
        AnsiConsole.WriteLine(
            "One thread, float, the same weights and inputs; outputs were compared before anything was timed. PyTorch takes its times in "
            + "its own process.");
        AnsiConsole.WriteLine(
            "Weights are in every library's own layout before the clock starts, in training too; OpenBLAS has no such layout and packs at "
            + "every call.");
        AnsiConsole.WriteLine("Others multiply neighbours by a stored 1 where ours only adds; in the weighted sum all multiply.");
        PrintGoals(report);
        return report.Faults.Count == 0 ? 0 : 1;
    }

    /// <summary>Runs the comparison under a progress bar.</summary>
    public static PeersReport Measure(PeersOptions options, CancellationToken cancellation)
    {
        PeersReport report = null!;
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask("rivals", maxValue: 1);
                report = PeersJob.Run(options, cancellation, (what, done) =>
                {
                    task.Description = Markup.Escape(what);
                    task.Value = done;
                });
            });
        return report;
    }

    /// <summary>One line for every goal that was missed, and how many were reached.</summary>
    internal static IEnumerable<string> Goals(IReadOnlyList<PeerResult> rows)
    {
        var goals = (from row in rows
                     from goal in row.Goals
                     let rival = row.Timings.FirstOrDefault(timing => timing.Peer == goal.Peer)
                     where rival is not null
                     select (row, goal, ratio: rival.Median / row.Timings[0].Median)).ToArray();
        var missed = goals.Where(item => item.ratio < item.goal.AtLeast).ToArray();
        yield return $"{goals.Length - missed.Length} of {goals.Length} goals reached";
        foreach ((PeerResult row, PeerGoal goal, double ratio) in missed)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"missed: {row.Work} {row.Shape} against {goal.Peer}: {Ratio(ratio)}, goal {Goal(goal.AtLeast)}, "
                + $"{1 - ratio / goal.AtLeast:P0} short")
                + (row.Products is { } products
                    ? $"; of our {Units.Time(row.Timings[0].Median)} the matrix products by themselves take {Units.Time(products.Median)}"
                    : "");
        }
    }

    private static void PrintGoals(PeersReport report)
    {
        foreach (PeerFault fault in report.Faults)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]error: {fault.Work} {fault.Shape}, {fault.Peer}: {fault.Message}[/]");
        }

        foreach (string line in Goals(report.Rows))
        {
            AnsiConsole.WriteLine(line);
        }
    }

    private static Table CreateTable(string section, IReadOnlyList<PeerResult> rows)
    {
        string[] rivals = [.. rows.SelectMany(row => row.Timings.Skip(1)).Select(timing => timing.Peer).Distinct()];
        Table table = new Table().Border(TableBorder.Simple).Title($"[bold]{Markup.Escape(section)}[/]").LeftAligned()
            .AddColumn(new TableColumn("").NoWrap())
            .AddColumn(new TableColumn(FastRecurrentPeer.PeerName).NoWrap());
        foreach (string rival in rivals)
        {
            table.AddColumn(new TableColumn(Markup.Escape(rival)).NoWrap());
        }

        foreach (PeerResult row in rows)
        {
            string what = row.Shape + (row.Work == section ? "" : $"\n{row.Work}");
            table.AddRow([Markup.Escape(what), Time(row.Timings[0]), .. rivals.Select(rival => Cell(row, rival))]);
        }

        return table;
    }

    private static string Cell(PeerResult row, string rival)
    {
        if (row.Timings.FirstOrDefault(timing => timing.Peer == rival) is not { } timing)
        {
            return "";
        }

        double ratio = timing.Median / row.Timings[0].Median;
        string result = row.Goals.FirstOrDefault(goal => goal.Peer == rival) is not { } goal ? Ratio(ratio)
            : ratio >= goal.AtLeast ? $"[green]{Ratio(ratio)}, ≥ {Goal(goal.AtLeast)} reached[/]"
            : $"[red]{Ratio(ratio)}, ≥ {Goal(goal.AtLeast)} missed[/]";
        return $"{Time(timing)}\n{result}";
    }

    private static string Time(PeerTiming timing) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Units.Time(timing.Median)} ±{(timing.UpperQuartile - timing.LowerQuartile) / 2 / timing.Median:P0}");

    private static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}×");

    private static string Goal(double atLeast) => string.Create(CultureInfo.InvariantCulture, $"{atLeast:0.##}×");
}
