using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Bench.Measure;

/// <summary>Something to time: <paramref name="repeat"/> calls of it in a loop of its own.</summary>
public delegate void Candidate(int repeat);

/// <summary>The same for what takes its own time, in another process for example:
/// gives the seconds of <paramref name="repeat"/> calls.</summary>
public delegate double TimedCandidate(int repeat);

/// <summary>What was measured, per call.</summary>
/// <param name="Median">Seconds.</param>
/// <param name="LowerQuartile">Seconds.</param>
/// <param name="UpperQuartile">Seconds.</param>
/// <param name="Minimum">Seconds.</param>
/// <param name="AllocatedBytes">Bytes that the calling thread allocated, the mean of all rounds.</param>
public sealed record Timing(double Median, double LowerQuartile, double UpperQuartile, double Minimum, double AllocatedBytes);

/// <summary>
/// Times candidates side by side: rounds of A B C C B A …, each candidate a time slice a round, so that a machine whose speed drifts
/// slows all of them alike. Medians over the rounds are to be quoted, and ratios of medians of one measurement.
/// </summary>
public static class Measurement
{
    private const int MinimumRounds = 5;
    private const int MaximumRounds = 400;

    // Default tiering compiles a method anew some 100 ms after its first calls; a rival must not be timed before that.
    private static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(220);
    private static readonly TimeSpan _warmUpOfKnown = TimeSpan.FromMilliseconds(30); // caches and the core's clock

    /// <summary>Measures for about <paramref name="budget"/>, at least five rounds.</summary>
    /// <param name="candidates">What is timed.</param>
    /// <param name="budget">How long, apart from warming up.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="isKnown">Whether the same code has been measured before, on other sizes, so that it is compiled for good.</param>
    /// <param name="slice">How long a candidate runs at a time; 2 to 20 ms, by the budget, if not given.</param>
    public static Timing[] Run(ReadOnlySpan<Candidate> candidates, TimeSpan budget, CancellationToken cancellation = default,
        bool isKnown = false, TimeSpan? slice = null)
    {
        TimedCandidate[] timed = new TimedCandidate[candidates.Length];
        for (int i = 0; i < timed.Length; i++)
        {
            Candidate candidate = candidates[i];
            timed[i] = repeat =>
            {
                long start = Stopwatch.GetTimestamp();
                candidate(repeat);
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            };
        }

        return Run(timed, budget, cancellation, isKnown, slice);
    }

    /// <summary>Measures for about <paramref name="budget"/>, at least five rounds.</summary>
    /// <param name="candidates">What is timed.</param>
    /// <param name="budget">How long, apart from warming up.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="isKnown">Whether the same code has been measured before, on other sizes, so that it is compiled for good.</param>
    /// <param name="slice">How long a candidate runs at a time; 2 to 20 ms, by the budget, if not given.</param>
    public static Timing[] Run(ReadOnlySpan<TimedCandidate> candidates, TimeSpan budget, CancellationToken cancellation = default,
        bool isKnown = false, TimeSpan? slice = null)
    {
        double seconds = slice?.TotalSeconds ?? Math.Clamp(budget.TotalSeconds / 60 / candidates.Length, 0.002, 0.02);
        int[] repeats = new int[candidates.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            repeats[i] = Calibrate(candidates[i], seconds, isKnown ? _warmUpOfKnown : _warmUp);
        }

        double[][] times = [.. repeats.Select(_ => new double[MaximumRounds])];
        double[] bytes = new double[candidates.Length];
        long start = Stopwatch.GetTimestamp();
        int rounds = 0;
        while (rounds < MinimumRounds || (rounds < MaximumRounds && Stopwatch.GetElapsedTime(start) < budget))
        {
            cancellation.ThrowIfCancellationRequested();
            for (int turn = 0; turn < candidates.Length; turn++)
            {
                int i = rounds % 2 == 0 ? turn : candidates.Length - 1 - turn;
                (times[i][rounds], double allocated) = Once(candidates[i], repeats[i]);
                bytes[i] += allocated;
            }

            rounds++;
        }

        return [.. times.Select((of, i) => Summarise(of.AsSpan(0, rounds), bytes[i] / rounds))];
    }

    /// <summary>Quartiles by linear interpolation between order statistics.</summary>
    public static Timing Summarise(ReadOnlySpan<double> seconds, double allocatedBytes)
    {
        double[] sorted = seconds.ToArray();
        Array.Sort(sorted);
        return new Timing(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted[0], allocatedBytes);
    }

    private static double Quantile(double[] sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    /// <summary>How many calls fill a slice, once the candidate is warm.</summary>
    private static int Calibrate(TimedCandidate candidate, double slice, TimeSpan warmUp)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            candidate(1);
        }
        while (Stopwatch.GetElapsedTime(start) < warmUp);

        int repeat = 1;
        while (true)
        {
            double elapsed = Once(candidate, repeat).Seconds * repeat;
            if (elapsed >= slice || repeat >= 1 << 26)
            {
                return repeat;
            }

            repeat = (int)Math.Min(1 << 26, Math.Max(repeat + 1, repeat * Math.Min(10, 1.1 * slice / Math.Max(elapsed, 1e-7))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Seconds, double Bytes) Once(TimedCandidate candidate, int repeat)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        double elapsed = candidate(repeat);
        return (elapsed / repeat, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / repeat);
    }
}
