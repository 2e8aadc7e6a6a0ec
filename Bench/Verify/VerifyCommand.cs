using System.Globalization;
using Spectre.Console;

namespace FastRecurrent.Bench.Verify;

/// <summary>The <c>verify</c> command: a row a golden case, then <c>N passed, N failed, N skipped</c>.</summary>
public static class VerifyCommand
{
    /// <summary>Runs all cases.</summary>
    /// <returns>0, or 1 if a case failed or there was none.</returns>
    public static int Run(IEnumerable<string> paths, CancellationToken cancellation)
    {
        if (Find(paths) is not { } files)
        {
            return 1;
        }

        Table table = new Table().Border(TableBorder.Simple).AddColumn("case").AddColumn("verdict");
        foreach (string heading in new[] { "double: outputs", "gradients", "float: outputs", "gradients" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        table.AddColumn("note");
        List<VerifyResult> results = [];
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            VerifyResult result = Verifier.Verify(file);
            results.Add(result);
            table.AddRow(
                Markup.Escape(result.Name),
                result.Verdict switch
                {
                    Verdict.Passed => "[green]passed[/]",
                    Verdict.Failed => "[red]FAILED[/]",
                    _ => "[grey]unsupported[/]"
                },
                Error(result.DoubleOutput),
                Error(result.DoubleGradient),
                Error(result.SingleOutput),
                Error(result.SingleGradient),
                Markup.Escape(result.Note));
        }

        AnsiConsole.Write(table);
        int passed = results.Count(result => result.Verdict == Verdict.Passed),
            failed = results.Count(result => result.Verdict == Verdict.Failed);
        Console.WriteLine($"{passed} passed, {failed} failed, {results.Count - passed - failed} skipped");
        return failed > 0 || results.Count == 0 ? 1 : 0;
    }

    /// <summary>The golden files that paths name; null where one is missing, which the user is told.</summary>
    internal static IReadOnlyList<string>? Find(IEnumerable<string> paths)
    {
        try
        {
            return Verifier.Find(paths);
        }
        catch (FileNotFoundException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return null;
        }
    }

    private static string Error(double? error) => error?.ToString("E1", CultureInfo.InvariantCulture) ?? "";
}
