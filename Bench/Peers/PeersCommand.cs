using System.Globalization;
using FastRecurrent.Bench.Report;
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
        GoalOutcome[] goals = [.. from row in rows
                                  from goal in row.Goals
                                  let outcome = new GoalOutcome(row, goal)
                                  where outcome.Ratio is not null
                                  select outcome];
        yield return $"{goals.Count(goal => !goal.IsMissed)} of {goals.Length} goals reached";
        foreach (GoalOutcome missed in goals.Where(goal => goal.IsMissed))
        {
            (double ratio, double atLeast) = (missed.Ratio!.Value, missed.Goal.AtLeast);
            yield return $"missed: {missed.Result.Work} {missed.Result.Shape} against {missed.Goal.Peer}: "
                + $"{GoalOutcome.Measured(ratio, atLeast)}, goal {GoalOutcome.Times(atLeast)}, {Units.Percent(1 - ratio / atLeast)} short"
                + (missed.Result.Products is { } products
                    ? $"; of our {Units.Time(missed.Ours.Median)} the matrix products by themselves take {Units.Time(products.Median)}"
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

        PeerGoal? goal = row.Goals.FirstOrDefault(goal => goal.Peer == rival);
        string ratio = GoalOutcome.Measured(timing.Median / row.Timings[0].Median, goal?.AtLeast);
        string result = goal is null ? ratio
            : new GoalOutcome(row, goal).IsMissed ? $"[red]{ratio}, ≥ {GoalOutcome.Times(goal.AtLeast)} missed[/]"
            : $"[green]{ratio}, ≥ {GoalOutcome.Times(goal.AtLeast)} reached[/]";
        return $"{Time(timing)}\n{result}";
    }

    private static string Time(PeerTiming timing) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Units.Time(timing.Median)} ±{(timing.UpperQuartile - timing.LowerQuartile) / 2 / timing.Median:P0}");
}
