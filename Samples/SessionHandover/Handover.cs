using System.Diagnostics;

namespace FastRecurrent.Samples.SessionHandover;

/// <summary>Two machines, here two processes, of which the second goes on where the first stopped,
/// and what one alone would have given.</summary>
internal static class Handover
{
    private const string Session = "demo";

    public static int Run(string? redis, int steps, int every)
    {
        using LocalRedis? own = redis is null ? LocalRedis.Start() : null;
        string address = own?.Address ?? redis!, session = $"{Session}-{Guid.NewGuid():N}";
        long half = steps / 2;
        LiveStream whole = new();
        string first = whole.Run(1, half), second = whole.Run(half + 1, steps);
        string moved = Start(address, session, "A", half, every) + Start(address, session, "B", steps, every);
        Console.Write(moved);
        Console.WriteLine($"without a handover: steps 1 … {half}, outputs {first}");
        Console.WriteLine($"                    steps {half + 1} … {steps}, outputs {second}");
        bool same = moved.Contains($"steps 1 … {half}, outputs {first}", StringComparison.Ordinal)
            && moved.Contains($"steps {half + 1} … {steps}, outputs {second}", StringComparison.Ordinal);
        Console.WriteLine(same ? "the same bits" : "NOT the same bits");
        return same ? 0 : 1;
    }

    private static string Start(string redis, string session, string name, long until, int every)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])[typeof(Handover).Assembly.Location, "machine", session, name, $"{until}", "--redis", redis,
            "--every", $"{every}"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new IOException($"Machine {name} ended with exit code {process.ExitCode}.");
    }
}
