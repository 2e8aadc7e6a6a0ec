using System.Diagnostics;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Soak;

/// <summary>Millions of steps of one stream: whether anything piles up.</summary>
internal static class LongRun
{
    private const int Size = 64, Samples = 64, PoolSize = 8, Blocks = 1000;

    /// <summary>What can step: a stream a cell, a pool and a delay line. A call of the pool is a step of every session.</summary>
    public static IEnumerable<(string Name, int StepsACall, Func<Candidate> Create)> All() =>
    [
        ($"LSTM stream, H={Size}", 1, () => Stream(BenchNetworks.Lstm(Size))),
        ($"GRU stream, H={Size}", 1, () => Stream(BenchNetworks.Gru(Size))),
        ($"SRN stream, H={Size}", 1, () => Stream(BenchNetworks.Srn(Size))),
        ($"delay line, 4 delays, {Size} to {Size}", 1, DelayLine),
        ($"pool of {PoolSize} LSTM streams, H={Size}", PoolSize, Pool),
    ];

    /// <summary>Takes the steps and counts.</summary>
    /// <param name="name">What steps.</param>
    /// <param name="step">Takes as many calls as it is told.</param>
    /// <param name="stepsACall">Steps of a call.</param>
    /// <param name="steps">How many to take: rounded up to a thousand blocks of calls.</param>
    public static LongRunResult Run(string name, Candidate step, int stepsACall, long steps)
    {
        int calls = (int)((steps + (long)Blocks * stepsACall - 1) / ((long)Blocks * stepsACall));
        double[] seconds = new double[Blocks];
        using Process process = Process.GetCurrentProcess();
        WarmUp(step, calls);
        long memory = PrivateBytes(process), bytes = GC.GetAllocatedBytesForCurrentThread();
        int collections = GC.CollectionCount(0);
        for (int block = 0; block < Blocks; block++)
        {
            long start = Stopwatch.GetTimestamp();
            step(calls);
            seconds[block] = Stopwatch.GetElapsedTime(start).TotalSeconds / ((double)calls * stepsACall);
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        collections = GC.CollectionCount(0) - collections;
        memory = PrivateBytes(process) - memory;
        return new LongRunResult(
            name, (long)Blocks * calls * stepsACall, Median(seconds[..(Blocks / 10)]), Median(seconds[^(Blocks / 10)..]), bytes,
            collections, memory);
    }

    /// <summary>Until the runtime has compiled anew what it compiles anew.</summary>
    private static void WarmUp(Candidate step, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            step(calls);
        }
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(300));
    }

    private static long PrivateBytes(Process process)
    {
        process.Refresh();
        return process.PrivateMemorySize64;
    }

    private static double Median(double[] values) => Measurement.Summarise(values, 0).Median;

    private static Candidate Stream<TCell>(RecurrentNetwork<TCell, float> network)
        where TCell : struct, IRecurrentCell<float>
    {
        RecurrentStream<TCell, float> stream = network.CreateStream();
        return Over((x, y) => stream.Step(x, y), rows: 1);
    }

    private static Candidate DelayLine()
    {
        Tdnn<float> layer = new(new TdnnOptions { InputSize = Size, OutputSize = Size, Delays = 4 });
        layer.Initialise(1);
        TdnnStream<float> stream = layer.CreateStream();
        return Over(stream.Step, rows: 1);
    }

    private static Candidate Pool()
    {
        StreamPool<LstmCell<float>, float> pool = BenchNetworks.Lstm(Size).CreateStreamPool(PoolSize);
        int[] sessions = [.. Enumerable.Range(0, PoolSize).Select(_ => pool.Open())];
        return Over((x, y) => pool.Step(sessions, x, y), PoolSize);
    }

    /// <summary>Samples in turn: sound for half of them, then silence.</summary>
    private static Candidate Over(StepOver step, int rows)
    {
        float[] x = BenchGraphs.Values(Samples * rows * Size), y = new float[rows * Size];
        x.AsSpan(x.Length / 2).Clear();
        int sample = 0;
        return repeat =>
        {
            for (int i = 0; i < repeat; i++)
            {
                step(x.AsSpan(sample * rows * Size, rows * Size), y);
                sample = (sample + 1) % Samples;
            }
        };
    }

    private delegate void StepOver(ReadOnlySpan<float> x, Span<float> y);
}
