using System.Globalization;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;
using Spectre.Console;

namespace FastRecurrent.Bench;

/// <summary>What threads gain: the same work on one and on several, in turns, after a look that they give the same bits.</summary>
internal static class ThreadsCommand
{
    private const int ComparedCalls = 3;

    /// <summary>Runs it.</summary>
    /// <param name="workers">Threads, the caller's among them.</param>
    /// <param name="quick">A few rows for a few seconds.</param>
    /// <param name="cancellation">Ends it early, without a table.</param>
    /// <returns>0, or 1 if some work had other bits on several threads.</returns>
    public static int Run(int workers, bool quick, CancellationToken cancellation)
    {
        ThreadRow[] rows = [.. ThreadRows.All(quick)];
        TimeSpan budget = TimeSpan.FromSeconds(quick ? 3 : 30) / rows.Length;
        AnsiConsole.WriteLine(
            $"{workers} threads on {Environment.ProcessorCount} cores; a cache line goes from one to another and back in "
            + $"{Units.Time(CacheLine.RoundTrip())}.");
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("what").NoWrap()).AddColumn(new TableColumn("shape").NoWrap())
            .AddColumn(new TableColumn("1 thread").RightAligned())
            .AddColumn(new TableColumn($"{workers} threads").RightAligned())
            .AddColumn(new TableColumn("× faster").RightAligned())
            .AddColumn(new TableColumn("allocated").RightAligned())
            .AddColumn(new TableColumn("same bits"));
        using WorkerPool pool = new(workers);
        bool same = true;
        AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                ProgressTask task = context.AddTask("making ready", maxValue: rows.Length);
                string section = "";
                foreach (ThreadRow row in rows)
                {
                    task.Description = Markup.Escape($"{row.Name} {row.Shape}");
                    if (row.Section != section)
                    {
                        section = row.Section;
                        table.AddEmptyRow().AddRow(new Markup($"[bold]{Markup.Escape(section)}[/]"));
                    }

                    TimedRun alone = row.Create(null), shared = row.Create(pool);
                    bool equal = HaveSameBits(alone, shared);
                    same &= equal;
                    Timing[] timings = Measurement.Run([alone.Run, shared.Run], budget, cancellation);
                    table.AddRow(
                        Markup.Escape(row.Name), Markup.Escape(row.Shape), Units.Time(timings[0].Median), Units.Time(timings[1].Median),
                        (timings[0].Median / timings[1].Median).ToString("F2", CultureInfo.InvariantCulture),
                        string.Create(CultureInfo.InvariantCulture, $"{timings[1].AllocatedBytes:0.#} B"), equal ? "yes" : "NO");
                    task.Increment(1);
                }

                task.Description = "done";
            });
        AnsiConsole.Write(table);
        return same ? 0 : 1;
    }

    /// <summary>Whether some calls write the same on one thread and on several.</summary>
    public static bool HaveSameBits(TimedRun alone, TimedRun shared)
    {
        alone.Run(ComparedCalls);
        shared.Run(ComparedCalls);
        return alone.Results.Zip(shared.Results).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }
}
