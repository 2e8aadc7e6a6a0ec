using System.Globalization;
using System.Runtime.InteropServices;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Report;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;
using Spectre.Console;

namespace FastRecurrent.Bench;

/// <summary>What threads gain: the same work on one and on several, in turns, after a look that they give the same bits.</summary>
internal static class ThreadsCommand
{
    private const int ComparedCalls = 3;
    private const int GoalWorkers = 2; // the goals are those of two cores

    // Workers have parked while one thread ran: until one is awake, and the system has found a free core for it, milliseconds may pass.
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(30);

    /// <summary>Runs it.</summary>
    /// <param name="workers">Threads, the caller's among them.</param>
    /// <param name="quick">A few rows for a few seconds.</param>
    /// <param name="cancellation">Ends it early, without a table.</param>
    /// <returns>0, or 1 if some work had other bits on several threads.</returns>
    public static int Run(int workers, bool quick, CancellationToken cancellation)
    {
        ThreadsReport report = Measure(workers, quick, cancellation);
        AnsiConsole.WriteLine(Describe(report));
        AnsiConsole.Write(CreateTable(report).ToConsole());
        foreach (string missed in Missed(report))
        {
            AnsiConsole.WriteLine($"Missed: {missed}");
        }

        return report.Rows.All(row => row.SameBits) ? 0 : 1;
    }

    /// <summary>Measures every row under a progress bar.</summary>
    public static ThreadsReport Measure(int workers, bool quick, CancellationToken cancellation)
    {
        ThreadRow[] rows = [.. ThreadRows.All(quick)];
        TimeSpan budget = TimeSpan.FromSeconds(quick ? 3 : 60) / rows.Length;
        using WorkerPool pool = new(workers);
        using CoreProbe cores = new(workers);
        List<ThreadResult> results = [];
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask("making ready", maxValue: rows.Length);
                foreach (ThreadRow row in rows)
                {
                    task.Description = Markup.Escape($"{workers} threads, {row.Name} {row.Shape}");
                    results.Add(Measure(row, pool, cores, budget, cancellation));
                    task.Increment(1);
                }

                // Spells in which the threads share a core may last longer than a row has time.
                for (int i = 0; i < rows.Length; i++)
                {
                    if (results[i].Counted < Measurement.MinimumRounds)
                    {
                        task.Description = Markup.Escape($"{workers} threads, {rows[i].Name} {rows[i].Shape} again");
                        ThreadResult again = Measure(rows[i], pool, cores, budget, cancellation);
                        results[i] = again.Counted > results[i].Counted ? again : results[i];
                    }
                }

                task.Description = "done";
            });
        return new ThreadsReport(workers, results);
    }

    /// <summary>A line before the table.</summary>
    public static string Describe(ThreadsReport report) =>
        $"{report.Workers} threads. A part: what one of them has to do, by itself on one core; all of the work over that is what threads "
        + "that never wait would reach. A line: how long a cache line took from core to core and back at that time. Rounds count in which "
        + "a loop in registers, on as many threads at once, ran at 70 % of its best or more on each, before and after everything timed: "
        + "processors of a virtual machine may share a core for a while.";

    /// <summary>A row a piece of work.</summary>
    public static ResultTable CreateTable(ThreadsReport report)
    {
        ResultTable table = new("what", "shape", ">1 thread", $">{report.Workers} threads", ">× faster", ">goal", ">a part alone",
            ">at most", ">a line", ">rounds", ">allocated", "same bits");
        foreach (IGrouping<string, ThreadResult> section in report.Rows.GroupBy(row => row.Section))
        {
            table.AddSection(section.Key);
            foreach (ThreadResult row in section)
            {
                table.Add(
                    row.Name, row.Shape, Units.Time(row.Alone), Units.Time(row.Shared), GoalOutcome.Measured(row.Ratio, row.Goal),
                    row.Goal is { } goal ? GoalOutcome.Times(goal) + (row.IsMissed ? " missed" : " reached") : "",
                    row.Part is { } part ? Units.Time(part) : "", row.Bound is { } bound ? GoalOutcome.Measured(bound, row.Goal) : "",
                    Units.Time(row.RoundTrip), $"{row.Counted} of {row.Rounds}",
                    string.Create(CultureInfo.InvariantCulture, $"{row.AllocatedBytes:0.#} B"), row.SameBits ? "yes" : "NO");
            }
        }

        return table;
    }

    /// <summary>A sentence or three a missed goal.</summary>
    public static IEnumerable<string> Missed(ThreadsReport report) =>
        from row in report.Rows
        where row.IsMissed
        let what = $"{row.Section}, {row.Name} {row.Shape}: {report.Workers} threads are {GoalOutcome.Measured(row.Ratio, row.Goal)} as "
            + $"fast as one, the goal is {GoalOutcome.Times(row.Goal!.Value)}."
        let cores = row.Counted > 0 ? "" : $" In none of {row.Rounds} rounds did each of them have a core."
        select row is not { Part: { } part, Bound: { } bound }
            ? what + cores
            : $"{what}{cores} A thread's part takes {Units.Time(part)} by itself, all of it {Units.Time(row.Alone)}: "
                + $"{GoalOutcome.Measured(bound, row.Goal)} at most"
                + (bound < row.Goal ? ", so that on this machine the goal is out of reach." :
                    $". The rest is waiting for the other thread: a cache line alone took {Units.Time(row.RoundTrip)} there and back.");

    /// <summary>Whether some calls write the same on one thread and on several.</summary>
    public static bool HaveSameBits(TimedRun alone, TimedRun shared)
    {
        alone.Run(ComparedCalls);
        shared.Run(ComparedCalls);
        return alone.Results.Zip(shared.Results).All(
            pair => MemoryMarshal.AsBytes(pair.First.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(pair.Second.AsSpan())));
    }

    private static ThreadResult Measure(ThreadRow row, WorkerPool pool, CoreProbe cores, TimeSpan budget,
        CancellationToken cancellation)
    {
        TimedRun alone = row.Create(null), shared = row.Create(pool);
        bool sameBits = HaveSameBits(alone, shared);
        Candidate[] candidates = row.CreatePart is null
            ? [alone.Run, shared.Run]
            : [alone.Run, shared.Run, row.CreatePart(pool.Count).Run];
        Timing[] timings = Measurement.Run(candidates, budget, cancellation, slice: _slice, isUndisturbed: cores.HasCoreEach);
        return new ThreadResult(
            row.Section, row.Name, row.Shape, timings[0].Median, timings[1].Median, timings.ElementAtOrDefault(2)?.Median,
            cores.RoundTrip(), timings[1].AllocatedBytes, timings[0].Rounds, timings[0].Counted, sameBits,
            pool.Count == GoalWorkers ? row.Goal : null);
    }
}
