using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Bench.Latency;

/// <summary>What the clock itself does to a measurement of one step. Seconds.</summary>
/// <param name="Tick">What it counts in.</param>
/// <param name="SmallestDifference">The smallest difference above zero between two readings one after another:
/// times are known to about this.</param>
/// <param name="Overhead">A reading takes so long; every step measured contains one.</param>
public sealed record TimerCost(double Tick, double SmallestDifference, double Overhead)
{
    /// <summary>Measures it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TimerCost Measure()
    {
        const int Batches = 100, Readings = 10_000;
        long smallest = long.MaxValue, fastest = long.MaxValue;
        for (int batch = 0; batch < Batches; batch++)
        {
            long start = Stopwatch.GetTimestamp(), last = start;
            for (int i = 0; i < Readings; i++)
            {
                long now = Stopwatch.GetTimestamp();
                smallest = now > last ? Math.Min(smallest, now - last) : smallest;
                last = now;
            }

            fastest = Math.Min(fastest, last - start);
        }

        double tick = 1.0 / Stopwatch.Frequency;
        return new TimerCost(tick, smallest * tick, fastest * tick / Readings);
    }

    /// <summary>One sentence.</summary>
    public override string ToString() =>
        $"The clock counts in {Units.Time(Tick)}, differs by {Units.Time(SmallestDifference)} at least, and takes {Units.Time(Overhead)} "
            + $"to read: every step measured contains one reading.";
}
