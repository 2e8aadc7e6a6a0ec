using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Latency;

/// <summary>Waits for moments less than milliseconds apart: asleep for most of it, as an app would be, spinning at the end,
/// for no sleep is that exact.</summary>
internal static class Pacer
{
    private static readonly long _margin = Stopwatch.Frequency / 5000; // 0.2 ms: sleeps last some 60 µs longer than asked

    /// <summary>Sleeps for a moment: the first call of a native function allocates.</summary>
    public static void WarmUp()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Sleep(1);
        }
    }

    /// <summary>Returns at <paramref name="due"/>, in ticks of <see cref="Stopwatch"/>, or at once if that is past.</summary>
    public static void WaitUntil(long due)
    {
        long ahead = due - _margin - Stopwatch.GetTimestamp();
        if (ahead > 0 && !OperatingSystem.IsWindows())
        {
            _ = Sleep((uint)(ahead * 1_000_000 / Stopwatch.Frequency));
        }

        while (Stopwatch.GetTimestamp() < due)
        {
            Thread.SpinWait(4);
        }
    }

    // Thread.Sleep knows whole milliseconds only.
    [DllImport("libc", EntryPoint = "usleep")]
    private static extern int Sleep(uint microseconds);
}
