using System.Globalization;
using FastRecurrent.Kernels;
using Spectre.Console;

namespace FastRecurrent.Bench.Soak;

/// <summary>The <c>soak</c> command: many streams on many threads for minutes, then millions of steps of one stream.</summary>
public static class SoakCommand
{
    private const int Threads = 8, Streams = 64;

    /// <summary>Runs both.</summary>
    /// <param name="minutes">How long the threads share weights.</param>
    /// <param name="steps">How many steps of each kind of stream.</param>
    /// <param name="cancellation">Ends it between two runs.</param>
    /// <returns>0, or 1 if a bit differed, a step allocated, memory grew or steps became slower.</returns>
    public static int Run(double minutes, long steps, CancellationToken cancellation)
    {
        SharedWeightsResult shared;
        using (WorkerPool workers = new(2))
        {
            shared = SharedWeights.Run(SharedWeights.CreateGroups(Threads, Streams, workers), TimeSpan.FromMinutes(minutes), cancellation);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Streams} streams, {Threads} wide ones with workers, {Threads} forests and {Threads} graphs on {Threads} threads over "
            + $"shared weights for {60 * minutes:0.#} s: {shared.Steps:N0} steps, {shared.Differences:N0} with other bits than alone"));

        // No progress is shown: drawing it would allocate, and collect, beside the steps.
        List<LongRunResult> results = [];
        foreach ((string name, int stepsACall, Func<Measure.Candidate> create) in LongRun.All())
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(LongRun.Run(name, create(), stepsACall, steps));
        }

        AnsiConsole.Write(CreateTable(results));
        return shared.Differences == 0 && results.All(result => result.IsClean && result.IsSteady) ? 0 : 1;
    }

    private static Table CreateTable(IEnumerable<LongRunResult> results)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("what");
        foreach (string heading in new[] { "steps", "first tenth", "last tenth", "allocated", "collections", "memory grew by" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        table.AddColumn("verdict");
        foreach (LongRunResult result in results)
        {
            table.AddRow(
                Markup.Escape(result.Name),
                result.Steps.ToString("N0", CultureInfo.InvariantCulture),
                Units.Time(result.First),
                Units.Time(result.Last),
                Units.Bytes(result.AllocatedBytes),
                result.Collections.ToString(CultureInfo.InvariantCulture),
                Units.Bytes(Math.Max(0, result.Growth)),
                !result.IsClean ? "[red]NOT CLEAN[/]" : !result.IsSteady ? "[red]SLOWER[/]" : "[green]clean[/]");
        }

        return table;
    }
}
