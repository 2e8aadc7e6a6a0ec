using System.Globalization;
using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Results;
using Spectre.Console;

namespace FastRecurrent.Bench.Latency;

/// <summary>The <c>latency</c> command: how long single steps take, as a distribution.</summary>
public static class LatencyCommand
{
    /// <summary>How the figures came about, for a reader of them.</summary>
    public const string Method =
        "At 1 kHz all contestants step in every millisecond, each at its own moment. Garbage collections: a second thread allocates as "
            + "fast as it can. \"From when due\" is the time from the moment a step was due to its end: "
        + "what a caller waits who was woken late, or whose step before took long.";

    /// <summary>Measures and prints.</summary>
    public static int Run(LatencyPlan plan, CancellationToken cancellation)
    {
        Machine machine = Machine.Describe();
        AnsiConsole.WriteLine($"FastRecurrent on {machine}; garbage collector: {machine.GarbageCollector}");
        AnsiConsole.WriteLine(TimerCost.Measure().ToString());
        IReadOnlyList<LatencyResult> results = Measure(plan, cancellation);
        AnsiConsole.Write(CreateTable(results).ToConsole());
        AnsiConsole.WriteLine(Method);
        return 0;
    }

    /// <summary>Measures everyone's steps under a progress bar.</summary>
    public static IReadOnlyList<LatencyResult> Measure(LatencyPlan plan, CancellationToken cancellation)
    {
        IReadOnlyList<Peer> peers = [new FastRecurrentPeer(),
            .. PeerFinder.Find(new PeerPlaces(), out IReadOnlyList<AbsentPeer> absent, OnnxRuntimePeer.PeerName)];
        IReadOnlyList<Contestant> contestants = [];
        try
        {
            foreach (AbsentPeer peer in absent)
            {
                AnsiConsole.WriteLine($"absent: {peer.Peer}: {peer.Reason}");
            }

            return Measure(TimedStep.All(peers, out contestants), plan, cancellation);
        }
        finally
        {
            foreach (IDisposable item in contestants.Concat<IDisposable>(peers))
            {
                item.Dispose();
            }
        }
    }

    private static IReadOnlyList<LatencyResult> Measure(IReadOnlyList<TimedStep> steps, LatencyPlan plan, CancellationToken cancellation)
    {
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Latency: {plan.Steps:N0} steps back to back, {plan.PacedSteps:N0} at 1 kHz; about "
            + $"{plan.Duration(steps.Count).TotalSeconds:F0} s in all"));
        IReadOnlyList<LatencyResult> results = [];
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask("latency", maxValue: 1);
                results = LatencyMeasurement.Run(steps, plan, part => task.Value = part, cancellation);
                task.Value = 1;
            });
        return results;
    }

    /// <summary>A row a distribution.</summary>
    public static ResultTable CreateTable(IReadOnlyList<LatencyResult> results)
    {
        ResultTable table = new("whose", "pace", "meanwhile", ">steps", ">p50", ">p99", ">p99.9", ">max", ">collections", ">allocated");
        foreach (IGrouping<string, LatencyResult> work in results.GroupBy(result => result.Work))
        {
            table.AddSection(work.Key);
            foreach (LatencyResult result in work)
            {
                table.Add(
                    result.Contestant, result.Pace, Meanwhile(result), result.Steps.ToString("N0", CultureInfo.InvariantCulture),
                    Units.Time(result.P50), Units.Time(result.P99), Units.Time(result.P999), Units.Time(result.Max),
                    result.Collections.ToString("N0", CultureInfo.InvariantCulture), $"{result.AllocatedBytes} B");
            }
        }

        return table;
    }

    /// <summary>What ran beside it, in words.</summary>
    public static string Meanwhile(LatencyResult result) => result.Noisy ? "garbage collections" : "quiet";
}
