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
    /// <returns>0, or 1 if a benchmark could not be built or failed.</returns>
    public static int Run(string[] arguments)
    {
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(BdnCommand).Assembly).Run(arguments)];
        return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
    }
}
