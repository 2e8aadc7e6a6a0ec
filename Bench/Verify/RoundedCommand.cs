using System.Globalization;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Cells;
using Spectre.Console;

namespace FastRecurrent.Bench.Verify;

/// <summary>The <c>rounded</c> command: what rounding the weights costs in accuracy,
/// a row a golden case of a network over sequences.</summary>
public static class RoundedCommand
{
    /// <summary>Runs all such cases with exact weights, in bfloat16 and in int8, and prints the largest error of their outputs.</summary>
    /// <param name="paths">Golden files, or folders of them.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <returns>0, or 1 if there was no such case or a file is none.</returns>
    public static int Run(IEnumerable<string> paths, CancellationToken cancellation)
    {
        if (VerifyCommand.Find(paths) is not { } files)
        {
            return 1;
        }

        RecurrentCases runner = new();
        RoundedWeights?[] formats = [null, RoundedWeights.BFloat16, RoundedWeights.Int8];
        Table table = new Table().Border(TableBorder.Simple).AddColumn("case").AddColumn("cell");
        foreach (RoundedWeights? format in formats)
        {
            table.AddColumn(new TableColumn(format?.ToString().ToLowerInvariant() ?? "float").RightAligned());
        }

        List<double[]> errors = [];
        bool isBroken = false;
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                GoldenCase golden = GoldenCase.Load(file);
                if (runner.Cells.Contains(golden.Cell))
                {
                    errors.Add([.. formats.Select(format => RecurrentCases.OutputError(golden, format))]);
                    table.AddRow([Markup.Escape(golden.Name), Markup.Escape(golden.Cell), .. errors[^1].Select(Error)]);
                }
            }
            catch (Exception exception) when (Verifier.IsOfTheFile(exception))
            {
                string message = exception.Message;
                Console.Error.WriteLine(message.Contains(file, StringComparison.Ordinal) ? message : $"{file}: {message}");
                isBroken = true;
            }
        }

        if (errors.Count > 0)
        {
            table.AddEmptyRow();
            table.AddRow(
                ["median", "", .. formats.Select((_, i) => Error(Measurement.Summarise([.. errors.Select(row => row[i])], 0).Median))]);
            table.AddRow(["largest", "", .. formats.Select((_, i) => Error(errors.Max(row => row[i])))]);
        }

        AnsiConsole.Write(table);
        Console.WriteLine(
            $"{errors.Count} cases; an error is |actual − expected| / (1 + |expected|), the largest over all outputs of a case.");
        return errors.Count == 0 || isBroken ? 1 : 0;
    }

    private static string Error(double error) => error.ToString("E1", CultureInfo.InvariantCulture);
}
