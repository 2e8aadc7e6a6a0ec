using System.Diagnostics;

namespace FastRecurrent.Tests.Support;

/// <summary>Programs in processes of their own.</summary>
internal static class Programs
{
    /// <summary>Whether a program lies in the search path.</summary>
    public static bool Exists(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Output, string Errors) Run(string name, params IEnumerable<string> arguments) =>
        Run(new ProcessStartInfo(name, arguments));

    /// <summary>The same, as <paramref name="start"/> says.</summary>
    public static (int Code, string Output, string Errors) Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
