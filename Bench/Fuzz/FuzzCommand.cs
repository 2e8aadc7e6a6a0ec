using System.Globalization;
using Spectre.Console;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>The <c>fuzz</c> command: gives mutated files to every reader and builder for as long as is asked,
/// and prints what became of them.</summary>
public static class FuzzCommand
{
    /// <summary>Runs it.</summary>
    /// <param name="minutes">For all readers together.</param>
    /// <param name="seed">Where the mutations come from.</param>
    /// <param name="cancellation">Ends it early, with a table of what was done.</param>
    /// <returns>0, or 1 if there was a failure.</returns>
    /// <exception cref="OperationCanceledException">It was ended early, and nothing had failed.</exception>
    public static int Run(double minutes, int seed, CancellationToken cancellation)
    {
        const int Rounds = 50;
        Fuzzer[] fuzzers = [.. FuzzTarget.All().Select(target => new Fuzzer(target, seed))];
        AnsiConsole.Progress().Start(context =>
        {
            ProgressTask task = context.AddTask("mutated files", maxValue: Rounds * fuzzers.Length);
            for (int round = 0; round < Rounds; round++)
            {
                foreach (Fuzzer fuzzer in fuzzers)
                {
                    task.Description = Markup.Escape(fuzzer.Target.Name);
                    fuzzer.Run(TimeSpan.FromMinutes(minutes / Rounds / fuzzers.Length), cancellation);
                    task.Increment(1);
                }
            }
        });
        AnsiConsole.WriteLine($"Seed {seed}");
        AnsiConsole.Write(CreateTable(fuzzers));
        string[] failures = [.. fuzzers.SelectMany(fuzzer => fuzzer.Failures)];
        foreach (string failure in failures)
        {
            AnsiConsole.WriteLine(failure);
        }

        if (failures.Length == 0)
        {
            cancellation.ThrowIfCancellationRequested(); // nothing was found, but not everything was tried
        }

        return failures.Length > 0 ? 1 : 0;
    }

    private static Table CreateTable(IEnumerable<Fuzzer> fuzzers)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("what is read");
        foreach (string column in new[] { "mutated", "used", "refused", "failures", "memory, of allowed", "slowest" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (Fuzzer fuzzer in fuzzers)
        {
            table.AddRow(
                Markup.Escape(fuzzer.Target.Name),
                Count(fuzzer.Files),
                Count(fuzzer.Accepted),
                Count(fuzzer.Files - fuzzer.Accepted - fuzzer.Failures.Count),
                Count(fuzzer.Failures.Count),
                fuzzer.LargestMemory.ToString("P0", CultureInfo.InvariantCulture),
                Units.Time(fuzzer.Slowest.TotalSeconds));
        }

        return table;

        static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
    }
}
