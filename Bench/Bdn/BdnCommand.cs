using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace FastRecurrent.Bench.Bdn;

/// <summary>
/// The <c>bdn</c> command: BenchmarkDotNet over the classes of this folder, each method in a process of its own. Results go to
/// <c>BenchmarkDotNet.Artifacts</c> in the current folder.
/// </summary>
public static class BdnCommand
{
    // All of Bench is built anew for it: more than a minute where two cores have other work, and two are all that there is by default.
    private static readonly TimeSpan _buildTimeout = TimeSpan.FromMinutes(10);

    /// <summary>Runs it.</summary>
    /// <param name="arguments">BenchmarkDotNet's own; without any it asks which classes to run.</param>
    /// <returns>0, or 1 if a benchmark could not be built or failed, or a filter left none.</returns>
    public static int Run(string[] arguments)
    {
        IConfig config = ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(_buildTimeout);
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(BdnCommand).Assembly).Run(arguments, config)];
        bool nothingRan = summaries.Length == 0 && arguments.Contains("--filter") && !arguments.Contains("--list");
        bool anyFailed = summaries.Any(
            summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
        return nothingRan || anyFailed ? 1 : 0;
    }
}
