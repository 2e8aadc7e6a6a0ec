using System.Diagnostics;
using FastRecurrent.Bench;

namespace FastRecurrent.Tests.Support;

/// <summary>The benchmark's commands in child processes: with other vector widths, or where a fault would end the process.</summary>
internal static class BenchProcess
{
    /// <summary>Instruction sets to switch off, and the width of the vectors that are left on this kind of machine.</summary>
    public static readonly (string? Without, int AtMost)[] Widths =
        [(null, 512), ("DOTNET_EnableAVX512", 256), ("DOTNET_EnableAVX2", 128), ("DOTNET_EnableHWIntrinsic", 0)];

    /// <summary>Runs a command to its end.</summary>
    /// <param name="arguments">The command.</param>
    /// <param name="without">An instruction set to switch off, as an environment variable.</param>
    public static (int ExitCode, string Output, string Errors) Run(string[] arguments, string? without = null)
    {
        string runtimeConfig = Path.ChangeExtension(typeof(BenchProcess).Assembly.Location, ".runtimeconfig.json");
        ProcessStartInfo start = new("dotnet", ["exec", "--runtimeconfig", runtimeConfig, typeof(Digest).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (without is not null)
        {
            start.Environment[without] = "0";
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = Task.Factory.StartNew(process.StandardError.ReadToEnd, TaskCreationOptions.LongRunning);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    /// <summary>Runs a command at every vector width, asserts that each runs at its width,
    /// and returns the one output that all must give.</summary>
    public static string RunAtEveryWidth(params string[] arguments)
    {
        // Threads of their own: those of the pool are as few as the cores, and wait for one another.
        Task<(int ExitCode, string Output, string Errors)>[] tasks =
            [.. Widths.Select(width => Task.Factory.StartNew(() => Run(arguments, width.Without), TaskCreationOptions.LongRunning))];
        (int ExitCode, string Output, string Errors)[] runs = Task.WhenAll(tasks).Result;
        foreach (((int exitCode, string output, string errors), (string? without, int atMost)) in runs.Zip(Widths))
        {
            Assert.True(exitCode == 0, $"without {without ?? "nothing"}: exit code {exitCode}\n{errors}");
            Assert.StartsWith("vector width ", errors);
            Assert.InRange(int.Parse(errors.Split('\n')[0]["vector width ".Length..]), 0, atMost);
            Assert.Equal(runs[0].Output, output);
        }

        return runs[0].Output;
    }
}
