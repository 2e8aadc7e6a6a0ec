using FastRecurrent.Bench.Soak;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Bench;

/// <summary>The soak command for seconds in place of minutes, and that it would notice.</summary>
public class SoakTests
{
    [Fact]
    public void Threads_share_weights_bit_for_bit_and_steps_leave_no_trace()
    {
        // In a process of its own: other tests, which run beside this one, allocate and collect.
        (int exitCode, string output, string errors) = BenchProcess.Run(["soak", "--minutes", "0.025", "--steps", "20000"]);
        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("64 streams, 8 wide ones with workers, 8 forests and 8 graphs on 8 threads", output);
        Assert.Contains(" 0 with other bits than alone", output);
        Assert.Equal(LongRun.All().Count(), output.Split('\n').Count(line => line.TrimEnd().EndsWith("clean", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_step_with_other_bits_is_counted()
    {
        int calls = 0;
        float[] y = new float[1], steady = new float[1];
        SoakStream faulty = new(3, () => { }, _ => y[0] = ++calls, y), good = new(3, () => { }, t => steady[0] = t, steady);
        faulty.Record();
        good.Record();
        SharedWeightsResult result = SharedWeights.Run([[faulty], [good]], TimeSpan.Zero, default);
        Assert.Equal(new SharedWeightsResult(Steps: 6, Differences: 3), result);
    }

    [Fact]
    public void A_step_that_throws_ends_it()
    {
        SoakStream throws = new(1, () => { }, _ => throw new InvalidOperationException("broken"), []),
            good = new(1, () => { }, _ => { }, []);
        AggregateException exception =
            Assert.Throws<AggregateException>(() => SharedWeights.Run([[throws], [good]], TimeSpan.FromMinutes(1), default));
        Assert.Contains("broken", exception.Message);
    }

    [Fact]
    public void A_step_that_allocates_is_not_clean()
    {
        object? kept = null;
        LongRunResult result = LongRun.Run("allocates", repeat => kept = new byte[100 * repeat], stepsACall: 2, steps: 2500);
        Assert.NotNull(kept);
        Assert.Equal(4000, result.Steps); // two calls of two steps in each of the thousand blocks
        Assert.True(result.AllocatedBytes >= 200_000);
        Assert.False(result.IsClean);
    }

    [Theory]
    [InlineData(0, 0, 0, 1.9, true, true)]
    [InlineData(1, 0, 0, 1, false, true)]
    [InlineData(0, 1, 0, 1, false, true)]
    [InlineData(0, 0, 5 << 20, 1, false, true)]
    [InlineData(0, 0, 0, 2.1, true, false)]
    public void Bytes_collections_growth_and_pace_are_judged(long bytes, int collections, long growth, double slowdown, bool isClean,
        bool isSteady)
    {
        LongRunResult result = new("", 10_000_000, 1e-6, 1e-6 * slowdown, bytes, collections, growth);
        Assert.Equal((isClean, isSteady), (result.IsClean, result.IsSteady));
        Assert.True((result with { Steps = 20_000 }).IsSteady);
    }
}
