using System.Globalization;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Bench.Rows;
using Spectre.Console;

namespace FastRecurrent.Bench;

/// <summary>The main job: measures the machine's roofs, then every row, and prints one table.</summary>
public static class MainJob
{
    private static readonly TimeSpan _fullBudget = TimeSpan.FromSeconds(22);
    private static readonly TimeSpan _quickBudget = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _operationsBudget = TimeSpan.FromSeconds(12);

    /// <summary>Measures and prints.</summary>
    /// <param name="quick">A few rows for a few seconds, to see that all works.</param>
    /// <param name="cancellation">Ends it early, without a table.</param>
    public static int Run(bool quick, CancellationToken cancellation) => Print(() => Measure(quick, cancellation));

    /// <summary>The same table of every public operation, each briefly.</summary>
    /// <param name="cancellation">Ends it early, without a table.</param>
    public static int RunOperations(CancellationToken cancellation) =>
        Print(() => Measure([.. OperationRows.All()], _operationsBudget, cancellation));

    /// <summary>Measures under a progress bar.</summary>
    /// <param name="quick">A few rows for a few seconds.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static (Roofs Roofs, IReadOnlyList<RowResult> Rows) Measure(bool quick, CancellationToken cancellation) => Measure(
        [.. MatrixRows.All(quick), .. SequenceRows.All(quick), .. AggregationRows.All(quick), .. TreeRows.All(quick),
            .. GraphLstmRows.All(quick), .. GraphCellRows.All(quick)],
        quick ? _quickBudget : _fullBudget,
        cancellation);

    private static int Print(Func<(Roofs Roofs, IReadOnlyList<RowResult> Rows)> measure)
    {
        AnsiConsole.WriteLine($"FastRecurrent on {Machine.Describe()}");
        (Roofs roofs, IReadOnlyList<RowResult> results) = measure();
        PrintRoofs(roofs);
        AnsiConsole.Write(RowTable.Create(results, roofs).ToConsole());
        foreach (string note in RowTable.Notes)
        {
            AnsiConsole.WriteLine(note);
        }

        return 0;
    }

    private static (Roofs Roofs, IReadOnlyList<RowResult> Rows) Measure(BenchmarkRow[] rows, TimeSpan budget,
        CancellationToken cancellation)
    {
        Roofs roofs = null!;
        List<RowResult> results = [];
        HashSet<(string Section, string Name)> known = []; // the rows of a name are the same code on other sizes
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask("roofs of this machine", maxValue: rows.Length + 4);
                roofs = Roofs.Measure(budget / 12, cancellation);
                task.Increment(4);
                foreach (BenchmarkRow row in rows)
                {
                    task.Description = Markup.Escape($"{row.Name} {row.Shape}");
                    results.Add(Measure(row, budget / rows.Length, !known.Add((row.Section, row.Name)), cancellation));
                    task.Increment(1);
                }

                task.Description = "done";
            });
        return (roofs, results);
    }

    private static RowResult Measure(BenchmarkRow row, TimeSpan budget, bool isKnown, CancellationToken cancellation)
    {
        (Candidate ours, Candidate? plain) = row.Create();
        Timing[] timings = Measurement.Run(plain is null ? [ours] : [ours, plain], budget, cancellation, isKnown);
        return new RowResult(row.Section, row.Name, row.Shape, row.Work, timings[0], plain is null ? null : timings[1]);
    }

    private static void PrintRoofs(Roofs roofs)
    {
        string bandwidths = string.Join(", ", roofs.Bandwidths.Where((_, i) => i % 2 == 1).Select(item =>
            string.Create(CultureInfo.InvariantCulture, $"{Units.Bytes(item.WorkingSet)} {item.BytesPerSecond / 1e9:F0}")));
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Roofs of one core: {roofs.SingleFlops / 1e9:F0} GFLOP/s in float, {roofs.DoubleFlops / 1e9:F0} in double; reading, GB/s by "
            + $"working set: {bandwidths}"));
    }
}
