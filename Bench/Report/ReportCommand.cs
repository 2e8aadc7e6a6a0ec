using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Bench.Rows;
using Spectre.Console;

namespace FastRecurrent.Bench.Report;

/// <summary>The <c>report</c> command: measures everything, or takes what was measured before, and writes it down.</summary>
public static class ReportCommand
{
    /// <summary>Runs it.</summary>
    /// <param name="folder">Where files go; made if it is not there.</param>
    /// <param name="from">A report.json to be drawn again without measuring; null to measure.</param>
    /// <param name="quick">A short run.</param>
    /// <param name="full">As many steps at 1 kHz as back to back.</param>
    /// <param name="cancellation">Ends it without a file written.</param>
    /// <returns>0, or 1 if <paramref name="from"/> is no report or the folder cannot be.</returns>
    public static int Run(string folder, string? from, bool quick, bool full, CancellationToken cancellation)
    {
        try
        {
            if (File.Exists(folder))
            {
                throw new IOException($"{folder} is a file; the report needs a folder.");
            }

            if (from is "")
            {
                throw new IOException("--from has no file name; it needs that of a report.json.");
            }

            BenchmarkReport report = from is null ? Measure(quick, full, cancellation) : ReportFile.Read(File.ReadAllText(from));
            foreach (string path in ReportWriter.Write(report, folder, cancellation))
            {
                AnsiConsole.WriteLine(path);
            }

            AnsiConsole.WriteLine(ReportText.GoalSummary(report));
            IEnumerable<string> missed = ReportText.MissedGoals(report);
            if (report.Threads is { } threads)
            {
                AnsiConsole.WriteLine(ReportText.ThreadSummary(threads));
                missed = missed.Concat(ThreadsCommand.Missed(threads));
            }

            foreach (string goal in missed)
            {
                AnsiConsole.WriteLine($"Missed: {goal}");
            }

            return 0;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    private static BenchmarkReport Measure(bool quick, bool full, CancellationToken cancellation)
    {
        DateTimeOffset begin = DateTimeOffset.UtcNow;
        Machine machine = Machine.Describe();
        AnsiConsole.WriteLine($"FastRecurrent on {machine}");
        (Roofs roofs, IReadOnlyList<RowResult> rows) = MainJob.Measure(quick, cancellation);
        PeersReport peers = PeersCommand.Measure(new PeersOptions { Quick = quick }, cancellation);
        ThreadsReport? threads = Environment.ProcessorCount == 1 ? null : ThreadsCommand.Measure(workers: 2, quick, cancellation);
        TimerCost timer = TimerCost.Measure();
        IReadOnlyList<LatencyResult> latencies = LatencyCommand.Measure(quick ? LatencyPlan.Quick : full
            ? LatencyPlan.Full
            : LatencyPlan.Default, cancellation);
        return new BenchmarkReport(
            BenchmarkReport.CurrentVersion, begin, quick, machine, roofs, rows, peers.Rows, [.. peers.Present.Skip(1)], peers.Absent,
            peers.Faults, threads, timer, latencies);
    }
}
