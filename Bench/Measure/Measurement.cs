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
public sealed record Timing(double Median, double LowerQuartile, double UpperQuartile, double Minimum, double AllocatedBytes)
{
    /// <summary>Rounds in all.</summary>
    public int Rounds { get; init; }

    /// <summary>Rounds that the times are those of: all, or those that nothing disturbed.</summary>
    public int Counted { get; init; }
}

/// <summary>
/// Times candidates side by side: rounds of A B C C B A …, each candidate a time slice a round, so that a machine whose speed drifts
/// slows all of them alike. Medians over the rounds are to be quoted, and ratios of medians of one measurement.
/// </summary>
public static class Measurement
{
    /// <summary>Rounds that are to count, at least.</summary>
    public const int MinimumRounds = 5;

    private const int MaximumRounds = 400;
    private const int Patience = 4; // budgets after which rounds that nothing disturbed are no longer waited for

    // Default tiering compiles a method anew some 100 ms after its first calls; a rival must not be timed before that.
    private static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(220);
    private static readonly TimeSpan _warmUpOfKnown = TimeSpan.FromMilliseconds(30); // caches and the core's clock

    /// <summary>Measures for about <paramref name="budget"/>, at least five rounds.</summary>
    /// <param name="candidates">What is timed.</param>
    /// <param name="budget">How long, apart from warming up.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="isKnown">Whether the same code has been measured before, on other sizes, so that it is compiled for good.</param>
    /// <param name="slice">How long a candidate runs at a time; 2 to 20 ms, by the budget, if not given.</param>
    /// <param name="isUndisturbed">Looks, without regard to what is timed, whether the machine is fit at the moment: asked before and after
    /// every slice. Rounds with a no do not count; for five that do, up to four budgets are spent. Where there is none, all count.</param>
    public static Timing[] Run(ReadOnlySpan<Candidate> candidates, TimeSpan budget, CancellationToken cancellation = default,
        bool isKnown = false, TimeSpan? slice = null, Func<bool>? isUndisturbed = null)
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

        return Run(timed, budget, cancellation, isKnown, slice, isUndisturbed);
    }

    /// <summary>Measures for about <paramref name="budget"/>, at least five rounds.</summary>
    /// <param name="candidates">What is timed.</param>
    /// <param name="budget">How long, apart from warming up.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="isKnown">Whether the same code has been measured before, on other sizes, so that it is compiled for good.</param>
    /// <param name="slice">How long a candidate runs at a time; 2 to 20 ms, by the budget, if not given.</param>
    /// <param name="isUndisturbed">Looks, without regard to what is timed, whether the machine is fit at the moment: asked before and after
    /// every slice. Rounds with a no do not count; for five that do, up to four budgets are spent. Where there is none, all count.</param>
    public static Timing[] Run(ReadOnlySpan<TimedCandidate> candidates, TimeSpan budget, CancellationToken cancellation = default,
        bool isKnown = false, TimeSpan? slice = null, Func<bool>? isUndisturbed = null)
    {
        double seconds = slice?.TotalSeconds ?? Math.Clamp(budget.TotalSeconds / 60 / candidates.Length, 0.002, 0.02);
        int[] repeats = new int[candidates.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            repeats[i] = Calibrate(candidates[i], seconds, isKnown ? _warmUpOfKnown : _warmUp);
        }

        // The rounds that count come first, the others from the end.
        double[][] times = [.. repeats.Select(_ => new double[MaximumRounds])];
        double[] round = new double[candidates.Length], bytes = new double[candidates.Length];
        long start = Stopwatch.GetTimestamp();
        int rounds = 0, counted = 0;
        bool before = isUndisturbed is null || isUndisturbed();
        while (rounds < MaximumRounds && (rounds < MinimumRounds || Stopwatch.GetElapsedTime(start) < budget
            || (counted < MinimumRounds && Stopwatch.GetElapsedTime(start) < Patience * budget)))
        {
            cancellation.ThrowIfCancellationRequested();
            bool counts = before;
            for (int turn = 0; turn < candidates.Length; turn++)
            {
                int i = rounds % 2 == 0 ? turn : candidates.Length - 1 - turn;
                (round[i], double allocated) = Once(candidates[i], repeats[i]);
                bytes[i] += allocated;
                before = isUndisturbed is null || isUndisturbed();
                counts &= before;
            }

            int place = counts ? counted++ : MaximumRounds - 1 - (rounds - counted);
            rounds++;
            for (int i = 0; i < round.Length; i++)
            {
                times[i][place] = round[i];
            }
        }

        Range kept = counted > 0 ? ..counted : (MaximumRounds - rounds)..;
        return
        [
            .. times.Select((of, i) => Summarise(of.AsSpan(kept), bytes[i] / rounds) with { Rounds = rounds, Counted = counted }),
        ];
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
