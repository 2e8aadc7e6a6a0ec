using FastRecurrent.Bench.Report.Charts;

namespace FastRecurrent.Bench.Report;

/// <summary>Writes a report into a folder, in every form.</summary>
public static class ReportWriter
{
    /// <summary>
    /// Writes <c>report.json</c>, <c>report.md</c>, <c>report.html</c> and <c>steps.svg</c>; a file there before is replaced, whole, or
    /// stays. All are made, and written under temporary names, before the first is moved into its place.
    /// </summary>
    /// <returns>The paths of the files.</returns>
    public static IReadOnlyList<string> Write(BenchmarkReport report, string folder, CancellationToken cancellation = default)
    {
        (string Name, string Text)[] files =
        [
            ("report.json", ReportFile.Write(report)),
            ("report.md", MarkdownReport.Write(report)),
            ("report.html", HtmlReport.Write(report)),
            ("steps.svg", StepFigure.Draw(report, standalone: true)),
        ];
        cancellation.ThrowIfCancellationRequested();
        Directory.CreateDirectory(folder);
        (string Path, string Temporary, string Text)[] moves =
            [.. files.Select(file => (Path.Combine(folder, file.Name), Path.Combine(folder, $"{file.Name}.{Guid.NewGuid():N}.tmp"),
                file.Text))];
        try
        {
            foreach ((_, string temporary, string text) in moves)
            {
                cancellation.ThrowIfCancellationRequested();
                File.WriteAllText(temporary, text);
            }

            foreach ((string path, string temporary, _) in moves)
            {
                File.Move(temporary, path, overwrite: true);
            }
        }
        finally
        {
            Array.ForEach(moves, move => File.Delete(move.Temporary));
        }

        return [.. moves.Select(move => move.Path)];
    }
}
