using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Latency;

/// <summary>
/// Times single steps: back to back, and at 1 kHz from the step's begin and from when it was due; each alone, and beside a thread that
/// allocates hard. A step that is late because the one before it took long counts as late: nothing is left out.
/// </summary>
public static class LatencyMeasurement
{
    /// <summary>The paces as <see cref="LatencyResult.Pace"/> names them.</summary>
    public const string BackToBack = "back to back", Paced = "1 kHz", PacedFromDue = "1 kHz, from when due";

    private const int CheckEvery = 1024;
    private static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(250); // default tiering compiles anew after some 100 ms

    /// <summary>Measures one step: three results quiet, then three noisy.</summary>
    public static IReadOnlyList<LatencyResult> Run(TimedStep step, LatencyPlan plan, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.Steps, 1, nameof(plan));
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.PacedSteps, 1, nameof(plan));
        long[] durations = new long[Math.Max(plan.Steps, plan.PacedSteps)], fromDue = new long[plan.PacedSteps];
        WarmUp(step.Step, durations, fromDue);
        List<LatencyResult> results = [];
        foreach (bool noisy in new[] { false, true })
        {
            GC.Collect();
            using Garbage? garbage = noisy ? new Garbage() : null;
            Span<long> ticks = durations.AsSpan(0, plan.Steps);
            Meanwhile meanwhile = Meanwhile.Start();
            StepBackToBack(step.Step, ticks, cancellation);
            meanwhile = meanwhile.End();
            results.Add(Summarise(step, BackToBack, noisy, ticks, meanwhile));

            ticks = durations.AsSpan(0, plan.PacedSteps);
            meanwhile = Meanwhile.Start();
            StepPaced(step.Step, ticks, fromDue, cancellation);
            meanwhile = meanwhile.End();
            results.Add(Summarise(step, Paced, noisy, ticks, meanwhile));
            results.Add(Summarise(step, PacedFromDue, noisy, fromDue, meanwhile));
        }

        return results;
    }

    private static void WarmUp(Action step, long[] durations, long[] fromDue)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < _warmUp)
        {
            step();
        }

        Pacer.WarmUp(); // the step below may be due before there is time to sleep
        StepBackToBack(step, durations.AsSpan(0, 1), default);
        StepPaced(step, durations.AsSpan(0, 1), fromDue.AsSpan(0, 1), default);
        _ = Meanwhile.Start().End();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepBackToBack(Action step, Span<long> durations, CancellationToken cancellation)
    {
        for (int i = 0; i < durations.Length; i++)
        {
            if (i % CheckEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            long start = Stopwatch.GetTimestamp();
            step();
            durations[i] = Stopwatch.GetTimestamp() - start;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepPaced(Action step, Span<long> durations, Span<long> fromDue, CancellationToken cancellation)
    {
        long period = Stopwatch.Frequency / LatencyPlan.Rate, due = Stopwatch.GetTimestamp() + period;
        for (int i = 0; i < durations.Length; i++, due += period)
        {
            cancellation.ThrowIfCancellationRequested();
            Pacer.WaitUntil(due);
            long start = Stopwatch.GetTimestamp();
            step();
            long end = Stopwatch.GetTimestamp();
            durations[i] = end - start;
            fromDue[i] = end - due;
        }
    }

    private static LatencyResult Summarise(TimedStep step, string pace, bool noisy, Span<long> ticks, Meanwhile meanwhile)
    {
        double tick = 1.0 / Stopwatch.Frequency;
        ticks.Sort();
        return new LatencyResult(
            step.Contestant, step.Work, pace, noisy, ticks.Length,
            Percentile(ticks, 0.5), Percentile(ticks, 0.99), Percentile(ticks, 0.999), Percentile(ticks, 1),
            meanwhile.Collections, meanwhile.AllocatedBytes, Distribution.Histogram(ticks, tick));

        double Percentile(ReadOnlySpan<long> sorted, double fraction) => Distribution.Percentile(sorted, fraction) * tick;
    }

    /// <summary>What happened between two moments on the calling thread.</summary>
    private readonly record struct Meanwhile(int Collections, long AllocatedBytes)
    {
        public static Meanwhile Start() => new(GC.CollectionCount(0), GC.GetAllocatedBytesForCurrentThread());

        public Meanwhile End() => new(GC.CollectionCount(0) - Collections, GC.GetAllocatedBytesForCurrentThread() - AllocatedBytes);
    }
}
