using System.Diagnostics;
using System.Numerics;
using System.Runtime;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>After a warm-up nothing is left to compile: the first calls, in a process where nothing was called before.</summary>
public class WarmUpTests
{
    private static readonly NetworkCase _case =
        new("", InputSize: 9, HiddenSize: 37, Layers: 2, Bidirectional: false, Steps: 1, Batch: 1, Ragged: false, Seed: 1);

    public static TheoryData<string> Kinds =>
    [
        "srn Tanh", "residual-input", "jordan", "part-lstm", "gru After Keeps", "gru Before Takes", "lstm Standard None",
        "lstm Coupled Diagonal projected", "BFloat16", "Int8", "double", "large", "threads", "TDNN", "NARX",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void First_calls_after_a_warm_up_compile_nothing(string kind)
    {
        foreach (bool tiers in new[] { true, false })
        {
            ProcessStartInfo start = new("dotnet", [typeof(WarmUpTests).Assembly.Location, "first-calls", kind]);
            start.Environment["DOTNET_TieredCompilation"] = tiers ? "1" : "0";
            (int code, string output, string errors) = Programs.Run(start);
            Assert.True(code == 0, errors);
            Assert.Equal("", output);
        }
    }

    [Fact]
    public void A_warm_up_changes_no_state()
    {
        Gru<float> gru = new(new GruOptions { InputSize = 9, HiddenSize = 37, Layers = 2 });
        gru.Initialise(1);
        StreamPool<GruCell<float>, float> pool = gru.CreateStreamPool(3), other = gru.CreateStreamPool(3);
        TdnnStream<float> delayed = CreateTdnn().CreateStream(), otherDelayed = CreateTdnn().CreateStream();
        NarxStream<float> narx = CreateNarx().CreateStream(), otherNarx = CreateNarx().CreateStream();
        int[] sessions = [pool.Open(), pool.Open()];
        Assert.Equal<int[]>(sessions, [other.Open(), other.Open()]);
        float[] y = new float[2 * 37], expected = new float[y.Length], z = new float[4], expectedZ = new float[4];
        for (int t = 0; t < 6; t++)
        {
            float[] x = Numbers.Random<float>(t, 2 * 9);
            pool.WarmUp();
            delayed.WarmUp();
            narx.WarmUp();
            pool.Step(sessions, x, y);
            other.Step(sessions, x, expected);
            Numbers.AssertSameBits<float>(expected, y, "pool");
            delayed.Step(x.AsSpan(0, 9), z);
            otherDelayed.Step(x.AsSpan(0, 9), expectedZ);
            Numbers.AssertSameBits<float>(expectedZ, z, "TDNN");
            narx.Step(x.AsSpan(0, 9), z);
            otherNarx.Step(x.AsSpan(0, 9), expectedZ);
            Numbers.AssertSameBits<float>(expectedZ, z, "NARX");
        }

        Assert.Equal(2, pool.Count);
        Assert.Equal(other.Open(), pool.Open());
    }

    /// <summary>In a process of its own: a line a call that compiled a method.</summary>
    internal static int FirstCalls(string kind)
    {
        Report("", int.MaxValue); // is compiled itself
        switch (kind)
        {
            case "TDNN":
                Delayed(CreateTdnn());
                break;
            case "NARX":
                Autoregressive(CreateNarx());
                break;
            case "double":
                OfCell(Create<double>("lstm Standard None"), null);
                break;
            default:
                using (WorkerPool? workers = kind == "threads" ? new(2) : null)
                {
                    string variant = NetworkCase.Variants.Contains(kind) ? kind : "lstm Standard None";
                    RoundedWeights? rounded = Enum.TryParse(kind, out RoundedWeights format) ? format : null;
                    OfCell(Create<float>(variant, kind is "large" or "threads" ? 128 : 37, rounded), workers);
                }

                break;
        }

        return 0;
    }

    private static Tdnn<float> CreateTdnn()
    {
        Tdnn<float> tdnn = new(new TdnnOptions { InputSize = 9, OutputSize = 4, Delays = 2, Dilation = 2, Activation = Activation.Tanh });
        tdnn.Initialise(1);
        return tdnn;
    }

    private static Narx<float> CreateNarx()
    {
        Narx<float> narx = new(new NarxOptions { InputSize = 9, OutputSize = 4, HiddenSize = 37, InputDelays = 2, OutputDelays = 3 });
        narx.Initialise(1);
        return narx;
    }

    private static RecurrentNetwork<T> Create<T>(string variant, int hiddenSize = 37, RoundedWeights? rounded = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentNetwork<T> network = (_case with { Variant = variant, HiddenSize = hiddenSize }).Create<T>();
        if (rounded is { } format)
        {
            network.PackRounded(format);
        }

        return network;
    }

    private static void OfCell<T>(RecurrentNetwork<T> network, WorkerPool? workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (network)
        {
            case Lstm<T> lstm: Streams(lstm, workers); break;
            case Gru<T> gru: Streams(gru, workers); break;
            case Srn<T> srn: Streams(srn, workers); break;
            case Jordan<T> jordan: Streams(jordan, workers); break;
            case PartLstm<T> part: Streams(part, workers); break;
        }
    }

    // Everything that is called between two counts is called here itself: no delegate, which would be something to compile.
    private static void Streams<TCell, T>(RecurrentNetwork<TCell, T> network, WorkerPool? workers)
        where TCell : struct, IRecurrentCell<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int d = network.InputSize, h = network.HiddenSize;
        RecurrentStream<TCell, T> stream = network.CreateStream(workers);
        T[] x = new T[d], y = new T[h], state = new T[stream.StateLength];
        stream.WarmUp();
        int before = Compiled();
        stream.Step(x, y);
        Report("first step", before);
        x[d / 2] = T.CreateTruncating(1e-40);
        before = Compiled();
        stream.Step(x, y);
        Report("step with a tiny input", before);
        before = Compiled();
        for (int i = 0; i < 9; i++)
        {
            stream.Step(x);
        }

        Report("more steps", before);
        before = Compiled();
        stream.Output.CopyTo(y);
        Report("output", before);
        before = Compiled();
        stream.Save(state);
        Report("save", before);
        before = Compiled();
        stream.Restore(state);
        Report("restore", before);
        before = Compiled();
        stream.Reset();
        Report("reset", before);

        const int Capacity = 70;
        StreamPool<TCell, T> pool = network.CreateStreamPool(Capacity, workers);
        int[] sessions = new int[Capacity];
        T[] many = new T[Capacity * d], results = new T[Capacity * h];
        pool.WarmUp();
        before = Compiled();
        for (int i = 0; i < Capacity; i++)
        {
            sessions[i] = pool.Open();
        }

        Report("open", before);
        for (int rows = 1; rows <= Capacity; rows++)
        {
            before = Compiled();
            pool.Step(new ReadOnlySpan<int>(sessions, 0, rows), new ReadOnlySpan<T>(many, 0, rows * d), new Span<T>(results, 0, rows * h));
            Report("step of a pool", before, rows);
        }

        before = Compiled();
        pool.Save(sessions[1], state);
        pool.Restore(sessions[2], state);
        pool.Reset(sessions[1]);
        pool.Close(sessions[1]);
        Report("sessions", before);
    }

    private static void Delayed(Tdnn<float> tdnn)
    {
        TdnnStream<float> stream = tdnn.CreateStream();
        float[] x = new float[9], y = new float[4], state = new float[stream.StateLength];
        stream.WarmUp();
        int before = Compiled();
        for (int t = 0; t < 6; t++)
        {
            stream.Step(x, y);
        }

        Report("step", before);
        before = Compiled();
        stream.Save(state);
        stream.Restore(state);
        stream.Reset();
        Report("state", before);
    }

    private static void Autoregressive(Narx<float> narx)
    {
        NarxStream<float> stream = narx.CreateStream();
        float[] x = new float[9], y = new float[4], state = new float[stream.StateLength];
        stream.WarmUp();
        int before = Compiled();
        for (int t = 0; t < 6; t++)
        {
            stream.Step(x, y);
        }

        Report("step", before);
        before = Compiled();
        stream.Step(x, y, y);
        Report("step with the truth", before);
        before = Compiled();
        stream.Save(state);
        stream.Restore(state);
        stream.Reset();
        Report("state", before);
    }

    private static int Compiled() => (int)JitInfo.GetCompiledMethodCount(currentThread: true);

    private static void Report(string what, int before, int sessions = 1)
    {
        int compiled = Compiled() - before;
        if (compiled > 0)
        {
            Console.WriteLine($"{what}, {sessions} at a time: {compiled} methods compiled");
        }
    }
}
