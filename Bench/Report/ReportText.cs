using System.Globalization;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Report;

/// <summary>What a report says in words and tables, whatever it is written in.</summary>
internal static class ReportText
{
    public const string Title = "FastRecurrent: benchmarks";

    public const string PeersNote =
        "One process, rounds in turns, the same weights and inputs, outputs compared before anything was timed. Medians of the rounds, "
            + "with quartiles.";

    /// <summary>The command that measures such a report.</summary>
    public const string Command = "dotnet run -c Release --project Bench -- report DIR";

    /// <summary>What was measured where, name and value.</summary>
    public static IReadOnlyList<(string Name, string Value)> Machine(BenchmarkReport report)
    {
        Machine machine = report.Machine;
        string bandwidths = string.Join(", ",
            report.Roofs.Bandwidths.Select(item => $"{Units.Bytes(item.WorkingSet)} {Units.Rate(item.BytesPerSecond, "B/s")}"));
        return
        [
            ("Processor", $"{machine.Processor}, {machine.Cores} cores, {machine.VectorBits}-bit vectors"),
            ("Caches", machine.Caches == "" ? "not known" : machine.Caches),
            ("Runtime", $"{machine.Runtime}, garbage collector {machine.GarbageCollector}"),
            ("System", machine.OperatingSystem),
            ("Arithmetic, one core",
                $"{Units.Rate(report.Roofs.SingleFlops, "FLOP/s")} in float, {Units.Rate(report.Roofs.DoubleFlops, "FLOP/s")} in double"),
            ("Reading, by working set", bandwidths),
            ("Rivals", report.PresentPeers.Count == 0 ? "none" : string.Join("; ", report.PresentPeers)),
            ("Measured", report.MeasuredAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC"
                + (report.Quick ? ", a quick run: figures not to be quoted" : "")),
        ];
    }

    /// <summary>How many goals were reached, in one sentence.</summary>
    public static string GoalSummary(BenchmarkReport report)
    {
        GoalOutcome[] goals = [.. report.Goals];
        int measured = goals.Count(goal => goal.Ratio is not null), missed = goals.Count(goal => goal.IsMissed);
        return goals.Length == 0
            ? "Rivals were not measured in this run."
            : $"Goals against rivals: {measured - missed} reached, {missed} missed, {goals.Length - measured} not measured.";
    }

    /// <summary>A sentence or three a missed goal.</summary>
    public static IEnumerable<string> MissedGoals(BenchmarkReport report) =>
        report.Goals.Where(goal => goal.IsMissed).Select(goal => goal.Explain(report.Roofs));

    /// <summary>How many goals of threads were reached, in one sentence.</summary>
    public static string ThreadSummary(ThreadsReport threads)
    {
        int goals = threads.Rows.Count(row => row.Goal is not null), missed = threads.Rows.Count(row => row.IsMissed);
        return $"Goals of {threads.Workers} threads: {goals - missed} reached, {missed} missed.";
    }

    /// <summary>A sentence a rival that is not in a row where it belongs.</summary>
    public static IEnumerable<string> Faults(BenchmarkReport report) =>
        report.PeerFaults.Select(fault => $"{fault.Peer} was left out of {fault.Work} {fault.Shape}: {fault.Message}");

    /// <summary>Every contestant of every comparison.</summary>
    public static ResultTable Peers(BenchmarkReport report)
    {
        ResultTable table = new("what", "shape", "whose", ">median", ">quartiles", ">× ours", ">goal", ">of roof", ">difference",
            ">allocated");
        foreach (IGrouping<string, PeerResult> section in report.Peers.GroupBy(result => result.Section))
        {
            table.AddSection(section.Key);
            foreach (PeerResult result in section)
            {
                double bound = report.Roofs.Bound(result.Cost).Seconds;
                for (int i = 0; i < result.Timings.Count; i++)
                {
                    PeerTiming timing = result.Timings[i];
                    GoalOutcome? goal = report.Goals.FirstOrDefault(goal => goal.Result == result && goal.Goal.Peer == timing.Peer);
                    table.Add(
                        i == 0 ? result.Work : "", i == 0 ? result.Shape : "", timing.Peer, Units.Time(timing.Median),
                        $"{Units.Time(timing.LowerQuartile)} – {Units.Time(timing.UpperQuartile)}",
                        i == 0 ? "" : GoalOutcome.Measured(timing.Median / result.Timings[0].Median, goal?.Goal.AtLeast),
                        goal is null ? "" : GoalOutcome.Times(goal.Goal.AtLeast) + (goal.IsMissed ? " missed" : " reached"),
                        Units.Percent(bound / timing.Median),
                        i == 0 ? "" : timing.LargestDifference.ToString("0e0", CultureInfo.InvariantCulture),
                        string.Create(CultureInfo.InvariantCulture, $"{timing.AllocatedBytes:0.#} B"));
                    if (i == 0 && result.Products is { } products)
                    {
                        table.Add(
                            "", "", "of it, matrix products", Units.Time(products.Median),
                            $"{Units.Time(products.LowerQuartile)} – {Units.Time(products.UpperQuartile)}", "", "",
                            Units.Percent(bound / products.Median), "", "");
                    }
                }
            }
        }

        return table;
    }

    /// <summary>How latencies were measured.</summary>
    public static string LatencyNote(BenchmarkReport report) => $"{report.Timer} {LatencyCommand.Method}";
}
