using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FastRecurrent.Bench.Bdn;

/// <summary>
/// The <c>bdn</c> command: BenchmarkDotNet over the classes of this folder, each method in a process of its own. Results go to
/// <c>BenchmarkDotNet.Artifacts</c> in the current folder.
/// </summary>
public static class BdnCommand
{
    /// <summary>Runs it.</summary>
    /// <param name="arguments">BenchmarkDotNet's own; without any it asks which classes to run.</param>
    /// <returns>0, or 1 if a benchmark could not be built or failed, or a filter left none.</returns>
    public static int Run(string[] arguments)
    {
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(BdnCommand).Assembly).Run(arguments)];
        bool nothingRan = summaries.Length == 0 && arguments.Contains("--filter") && !arguments.Contains("--list");
        bool anyFailed = summaries.Any(
            summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
        return nothingRan || anyFailed ? 1 : 0;
    }
}
