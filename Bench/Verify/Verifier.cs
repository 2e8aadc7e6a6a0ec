using System.Numerics;

namespace FastRecurrent.Bench.Verify;

/// <summary>What became of one golden case.</summary>
public enum Verdict
{
    /// <summary>Every output and gradient lies within the tolerance, in both precisions.</summary>
    Passed,

    /// <summary>Something does not, or the file cannot be read.</summary>
    Failed,

    /// <summary>There is no such cell yet.</summary>
    Unsupported,
}

/// <summary>The outcome of one golden case: the largest errors by precision, outputs and gradients apart; none of a case that did not
/// run to its end.</summary>
public sealed record VerifyResult(
    string Name, Verdict Verdict, double? DoubleOutput = null, double? DoubleGradient = null, double? SingleOutput = null,
    double? SingleGradient = null, string Note = "");

/// <summary>Runs golden cases in double and in float and judges them.</summary>
public static class Verifier
{
    /// <summary>Tolerances of |actual − expected| / (1 + |expected|): outputs, gradients.</summary>
    public static readonly (double Output, double Gradient) DoubleTolerance = (1e-11, 1e-9);

    /// <summary>Tolerances in float, which leave room for the activations' 1e-7.</summary>
    public static readonly (double Output, double Gradient) SingleTolerance = (2e-5, 2e-4);

    private static readonly CaseRunner[] _runners =
    [
        new RecurrentCases(),
        new SequenceCases(),
        new LayerCases(),
        new TrainingCases(),
        new TreeCases(),
        new GraphLstmCases(),
        new ConvolutionCases(),
        new HanCases(),
        new AgcLstmCases(),
        new GraphNetCases(),
    ];

    /// <summary>The golden files that paths name: files themselves, folders with all their <c>.safetensors</c>, sorted.</summary>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths) => [.. paths.SelectMany(FilesOf)];

    /// <summary>Runs one golden file.</summary>
    public static VerifyResult Verify(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        try
        {
            GoldenCase golden = GoldenCase.Load(path);
            CaseRunner? runner = _runners.FirstOrDefault(candidate => candidate.Cells.Contains(golden.Cell));
            if (runner is null)
            {
                return new VerifyResult(name, Verdict.Unsupported, Note: $"no cell '{golden.Cell}'");
            }

            Comparison inDouble = Compare<double>(runner, golden), inSingle = Compare<float>(runner, golden);
            string[] missing = [.. inDouble.Missing];
            bool passed = missing.Length == 0 && Within(inDouble, DoubleTolerance) && Within(inSingle, SingleTolerance);
            string note = missing.Length > 0 ? $"not computed: {string.Join(", ", missing)}"
                : !passed ? $"worst: {(Within(inDouble, DoubleTolerance) ? inSingle : inDouble).Worst}"
                : golden.Unread.Any() ? $"not looked at: {string.Join(", ", golden.Unread)}" : "";
            return new VerifyResult(
                name, passed ? Verdict.Passed : Verdict.Failed,
                inDouble.OutputError, inDouble.GradientError, inSingle.OutputError, inSingle.GradientError, note);
        }
        catch (Exception exception) when (IsOfTheFile(exception))
        {
            return new VerifyResult(name, Verdict.Failed, Note: exception.Message);
        }
    }

    /// <summary>Whether it says that a file is missing, is no golden case, or is one that cannot be computed.</summary>
    internal static bool IsOfTheFile(Exception exception) =>
        exception is InvalidDataException or ArgumentException or IOException or UnauthorizedAccessException;

    private static IEnumerable<string> FilesOf(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path, "*.safetensors").Order(StringComparer.Ordinal);
        }

        return File.Exists(path) ? [path] : throw new FileNotFoundException($"There is no file or folder '{path}'.", path);
    }

    private static Comparison Compare<T>(CaseRunner runner, GoldenCase golden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Comparison comparison = new(golden);
        runner.Run<T>(golden, comparison);
        return comparison;
    }

    private static bool Within(Comparison comparison, (double Output, double Gradient) tolerance) =>
        comparison.OutputError <= tolerance.Output && comparison.GradientError <= tolerance.Gradient;
}
