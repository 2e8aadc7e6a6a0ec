using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Tests.Bench;

/// <summary>The arithmetic of distributions, and that the measurement counts what it says.</summary>
public class LatencyTests
{
    private static readonly double[] _fractions = [1e-9, 0.01, 0.5, 0.9, 0.99, 0.999, 1];

    [Fact]
    public void A_percentile_is_the_smallest_time_that_so_many_do_not_exceed()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            long[] sorted = Sorted(seed);
            foreach (double fraction in _fractions)
            {
                long percentile = Distribution.Percentile(sorted, fraction);
                Assert.Contains(percentile, sorted);
                Assert.True(sorted.Count(ticks => ticks <= percentile) >= fraction * sorted.Length - 1e-6, $"seed {seed}, {fraction}");
                Assert.True(sorted.Count(ticks => ticks < percentile) < fraction * sorted.Length, $"seed {seed}, {fraction}");
            }
        }

        Assert.Equal(99, Distribution.Percentile([.. Enumerable.Range(0, 101).Select(i => (long)i).Skip(1)], 0.99));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Percentile([], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Percentile([1], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Distribution.Percentile([1], 1.01));
    }

    [Fact]
    public void A_histogram_has_every_step_once_and_the_percentiles_of_sorting()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            long[] sorted = Sorted(seed);
            IReadOnlyList<LatencyBin> bins = Distribution.Histogram(sorted, 1);
            Assert.Equal(sorted.Length, bins.Sum(bin => bin.Count));
            Assert.All(bins, bin => Assert.True(bin.Count > 0));
            Assert.Equal(bins.Select(bin => bin.UpTo).Distinct().Order(), bins.Select(bin => bin.UpTo));
            foreach (double fraction in _fractions)
            {
                long exact = Distribution.Percentile(sorted, fraction), seen = 0;
                LatencyBin holding = bins.First(bin => (seen += bin.Count) >= fraction * sorted.Length - 1e-6);
                Assert.True(exact <= holding.UpTo && holding.UpTo <= Math.Max(1, exact) * 1.06,
                    $"seed {seed}, {fraction}: {exact} in {holding}");
            }
        }
    }

    [Fact]
    public void Every_step_is_counted_and_late_ones_are_late_for_all_that_follow()
    {
        int calls = 0;
        object? kept = null;
        TimedStep step = new("me", "nothing", () =>
        {
            calls++;
            kept = new byte[1000];
            Thread.Sleep(3); // three times as long as there is at 1 kHz
        });
        IReadOnlyList<LatencyResult> results = LatencyMeasurement.Run([step], new LatencyPlan(5, 20));
        Assert.NotNull(kept);
        Assert.True(calls >= 2 * (5 + 20));
        Assert.Equal(
            [(LatencyMeasurement.BackToBack, 5), (LatencyMeasurement.Paced, 20), (LatencyMeasurement.PacedFromDue, 20)],
            results.Take(3).Select(result => (result.Pace, (int)result.Steps)));
        Assert.Equal([false, false, false, true, true, true], results.Select(result => result.Noisy));
        foreach (LatencyResult result in results)
        {
            Assert.True(result.P50 <= result.P99 && result.P99 <= result.P999 && result.P999 <= result.Max);
            Assert.Equal(result.Steps, result.Histogram.Sum(bin => bin.Count));
            Assert.InRange(result.AllocatedBytes, 1000 * result.Steps, 2000 * result.Steps);
        }

        // 20 steps of 3 ms, the last of them due 19 ms after the first: it ends more than 30 ms late, though it took but 3.
        Assert.True(results[2].Max > 0.03, results[2].ToString());
        Assert.True(results[2].P50 >= results[1].P50);
    }

    [Fact]
    public void Our_steps_allocate_nothing()
    {
        using FastRecurrentPeer ours = new();
        IReadOnlyList<TimedStep> steps = TimedStep.All([ours], out _);
        Assert.Equal([(TimedStep.Ours, "LSTM step, H=32"), (TimedStep.Ours, "LSTM step, H=128")],
            steps.Select(step => (step.Contestant, step.Work)));
        Assert.All(LatencyMeasurement.Run(steps, new LatencyPlan(2000, 5)), result => Assert.Equal(0, result.AllocatedBytes));
    }

    [Fact]
    public void Garbage_is_collected_until_it_ends()
    {
        int before = GC.CollectionCount(0);
        using (new Garbage())
        {
            Assert.True(GC.CollectionCount(0) > before);
        }
    }

    [Fact]
    public void A_cancelled_measurement_stops() => Assert.Throws<OperationCanceledException>(
        () => LatencyMeasurement.Run([new TimedStep("me", "nothing", () => { })], new LatencyPlan(1, 1),
        cancellation: new CancellationToken(canceled: true)));

    /// <summary>Times over many orders of magnitude, with repetitions.</summary>
    private static long[] Sorted(int seed)
    {
        Random random = new(seed);
        long[] ticks =
            [.. Enumerable.Range(0, random.Next(1, 2000)).Select(_ => (long)Math.Pow(10, random.NextDouble() * random.Next(1, 10)))];
        Array.Sort(ticks);
        return ticks;
    }
}
