using System.Diagnostics;

namespace FastRecurrent.Tests.Support;

/// <summary>Programs in processes of their own.</summary>
internal static class Programs
{
    /// <summary>Whether a program lies in the search path.</summary>
    public static bool Exists(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>A program's output; the test fails, with what was said, if its exit code is another than 0.</summary>
    public static string Run(string name, params IEnumerable<string> arguments)
    {
        (int code, string output, string errors) = Finish(Start(name, arguments));
        Assert.True(code == 0, $"exit code {code}\n{output}\n{errors}");
        return output;
    }

    /// <summary>Starts a program whose output is read by the caller.</summary>
    public static Process Start(string name, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Waits for its end.</summary>
    public static (int Code, string Output, string Errors) Finish(Process process)
    {
        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.Result);
        }
    }

    /// <summary>The arguments of mpirun for a .NET program on as many ranks, however few cores there are.</summary>
    public static string[] Ranks(int ranks, Type program, params IEnumerable<string> arguments) =>
    [
        "-np", $"{ranks}", "--oversubscribe", "--bind-to", "none", .. Environment.IsPrivilegedProcess ? ["--allow-run-as-root"] : Array.Empty<string>(),
        "dotnet", program.Assembly.Location, .. arguments,
    ];
}
