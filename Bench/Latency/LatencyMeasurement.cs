using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Latency;

/// <summary>
/// Times single steps: back to back, one contestant after the other, and at 1 kHz from the step's begin and from when it was due, all
/// contestants in every millisecond at moments of their own, so that what disturbs the machine disturbs all of them alike. Quiet, and
/// beside a thread that allocates hard. A step that is late because one before it took long counts as late: nothing is left out.
/// </summary>
public static class LatencyMeasurement
{
    /// <summary>The paces as <see cref="LatencyResult.Pace"/> names them.</summary>
    public const string BackToBack = "back to back", Paced = "1 kHz", PacedFromDue = "1 kHz, from when due";

    private const int CheckEvery = 1024;
    private static readonly long _period = Stopwatch.Frequency / LatencyPlan.Rate;
    private static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(250); // default tiering compiles anew after some 100 ms

    /// <summary>Measures steps: of each three results quiet, then three noisy.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="plan">How many of each.</param>
    /// <param name="progress">Told from time to time what part of all is done, 0 … 1; null for no one. It may allocate,
    /// which then counts.</param>
    /// <param name="cancellation">Ends it.</param>
    public static IReadOnlyList<LatencyResult> Run(
        IReadOnlyList<TimedStep> steps, LatencyPlan plan, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.Steps, 1, nameof(plan));
        ArgumentOutOfRangeException.ThrowIfLessThan(plan.PacedSteps, 1, nameof(plan));
        long[] backToBack = new long[plan.Steps];
        PacedTicks[] paced = [.. steps.Select(_ => new PacedTicks(new long[plan.PacedSteps], new long[plan.PacedSteps]))];
        Action[] actions = [.. steps.Select(step => step.Step)];
        WarmUp(actions);
        List<LatencyResult> results = [];
        foreach (bool noisy in new[] { false, true })
        {
            GC.Collect();
            using Garbage? garbage = noisy ? new Garbage() : null;
            double before = noisy ? 0.5 : 0;
            for (int i = 0; i < actions.Length; i++)
            {
                Meanwhile meanwhile = Meanwhile.Start();
                StepBackToBack(actions[i], backToBack, cancellation);
                results.Add(Summarise(steps[i], BackToBack, noisy, backToBack, meanwhile.End()));
            }

            Array.ForEach(paced, ticks => ticks.AllocatedBytes = 0);
            Meanwhile all = Meanwhile.Start();
            long begin = Stopwatch.GetTimestamp() + _period;
            for (int done = 0; done < plan.PacedSteps;)
            {
                int count = Math.Min(LatencyPlan.Rate, plan.PacedSteps - done);
                StepPaced(actions, paced, begin, done, count, cancellation);
                done += count;
                progress?.Invoke(before + 0.5 * done / plan.PacedSteps);
            }

            all = all.End();
            for (int i = 0; i < actions.Length; i++)
            {
                Meanwhile own = all with { AllocatedBytes = paced[i].AllocatedBytes };
                results.Add(Summarise(steps[i], Paced, noisy, paced[i].Durations, own));
                results.Add(Summarise(steps[i], PacedFromDue, noisy, paced[i].FromDue, own));
            }
        }

        return [.. steps.SelectMany(step => results.Where(result => (result.Contestant, result.Work) == (step.Contestant, step.Work)))];
    }

    private static void WarmUp(Action[] steps)
    {
        foreach (Action step in steps)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < _warmUp)
            {
                step();
            }
        }

        Pacer.WarmUp(); // the step below may be due before there is time to sleep
        StepBackToBack(steps[0], new long[1], default);
        StepPaced([steps[0]], [new PacedTicks(new long[1], new long[1])], Stopwatch.GetTimestamp(), 0, 1, default);
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

    /// <summary>Some of the steps of every contestant, a millisecond apart;
    /// those of different contestants a part of a millisecond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepPaced(Action[] steps, PacedTicks[] ticks, long begin, int first, int count, CancellationToken cancellation)
    {
        for (int i = first; i < first + count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int j = 0; j < steps.Length; j++)
            {
                long due = begin + i * _period + j * _period / steps.Length;
                Pacer.WaitUntil(due);
                long allocated = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
                steps[j]();
                long end = Stopwatch.GetTimestamp();
                PacedTicks own = ticks[j];
                own.Durations[i] = end - start;
                own.FromDue[i] = end - due;
                own.AllocatedBytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            }
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

    /// <summary>One contestant's times at 1 kHz, in the order of the steps until they are summarised.</summary>
    private sealed record PacedTicks(long[] Durations, long[] FromDue)
    {
        public long AllocatedBytes { get; set; }
    }

    /// <summary>What happened between two moments on the calling thread.</summary>
    private readonly record struct Meanwhile(int Collections, long AllocatedBytes)
    {
        public static Meanwhile Start() => new(GC.CollectionCount(0), GC.GetAllocatedBytesForCurrentThread());

        public Meanwhile End() => new(GC.CollectionCount(0) - Collections, GC.GetAllocatedBytesForCurrentThread() - AllocatedBytes);
    }
}
