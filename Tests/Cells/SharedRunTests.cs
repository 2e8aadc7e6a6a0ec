using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>Runs, steps and gradients that threads share have the bits of one thread.</summary>
public sealed class SharedRunTests : IDisposable
{
    private readonly WorkerPool[] _pools = [new(2) { MinimumWork = 0 }, new(3) { MinimumWork = 0 }];

    public void Dispose() => Array.ForEach(_pools, pool => pool.Dispose());

    [Fact]
    public void A_run_and_its_gradients() => RandomCases.Hold(NetworkCase.Cases(), @case => @case.Shrink(), @case =>
    {
        NetworkRun<float> alone = new(@case) { Dropout = Dropout(@case) };
        alone.Forward();
        alone.Backward();
        foreach (WorkerPool pool in _pools)
        {
            NetworkRun<float> shared = new(@case, pool) { Dropout = Dropout(@case) };
            shared.Forward();
            shared.Backward();
            Numbers.AssertSameBits<float>(alone.Y, shared.Y, "y");
            Numbers.AssertSameBits<float>(alone.H, shared.H, "h");
            Numbers.AssertSameBits<float>(alone.C, shared.C, "c");
            Numbers.AssertSameBits<float>(alone.DX, shared.DX, "dx");
            Numbers.AssertSameBits<float>(alone.DH0, shared.DH0, "dh0");
            Numbers.AssertSameBits<float>(alone.DC0, shared.DC0, "dc0");
            foreach ((string name, Parameter<float> parameter) in alone.Network.Parameters)
            {
                Numbers.AssertSameBits<float>(parameter.Gradient, shared.Network.Parameters[name].Gradient, name);
            }
        }
    }, count: 60);

    /// <summary>Layers take their memory in turns where nothing is recorded, and rows of x may be shorter than those of h.</summary>
    [Fact]
    public void A_thread_that_is_layers_ahead_writes_over_nothing_that_another_reads()
    {
        Gru<float> gru = new(new GruOptions { InputSize = 8, HiddenSize = 64, Layers = 3 });
        gru.Initialise(1);
        int[] lengths = [50, 50, 50, 50, 49, 49, 49, 49];
        float[] x = Numbers.Random<float>(1, lengths.Sum() * 8), alone = new float[lengths.Sum() * 64], shared = new float[alone.Length];
        using WorkerPool pool = new(2);
        Tape<float> one = gru.CreateWorkspace(50, 8), two = gru.CreateWorkspace(50, 8, workers: pool);
        Run(alone, one);
        for (int run = 0; run < 400; run++)
        {
            Run(shared, two);
            Numbers.AssertSameBits<float>(alone, shared, $"run {run}");
        }

        void Run(float[] y, Tape<float> workspace) => gru.Run(
            new SequenceInput<float> { X = x, Steps = 50, Batch = 8, Lengths = lengths, IsRagged = true },
            new SequenceOutput<float> { Y = y }, workspace);
    }

    [Fact]
    public void Streams_and_pools_of_streams() => RandomCases.Hold(NetworkCase.Cases(70), @case => @case.Shrink(), @case =>
    {
        @case = @case with { Bidirectional = false, Ragged = false };
        switch (@case.Create<float>())
        {
            case Lstm<float> lstm: Check(lstm); break;
            case Gru<float> gru: Check(gru); break;
            case Srn<float> srn: Check(srn); break;
            case Jordan<float> jordan: Check(jordan); break;
            case PartLstm<float> parts: Check(parts); break;
            default: Assert.Fail("a network without a stream"); break;
        }

        void Check<TCell>(RecurrentNetwork<TCell, float> network)
            where TCell : struct, IRecurrentCell<float>
        {
            foreach (WorkerPool pool in _pools)
            {
                RecurrentStream<TCell, float> alone = network.CreateStream(), shared = network.CreateStream(pool);
                StreamPool<TCell, float> sessions = network.CreateStreamPool(@case.Batch, pool);
                int[] open = [.. Enumerable.Range(0, @case.Batch).Select(_ => sessions.Open())];
                float[] y = new float[network.HiddenSize], z = new float[network.HiddenSize],
                    all = new float[@case.Batch * network.HiddenSize];
                for (int t = 0; t < Math.Min(4, @case.Steps); t++)
                {
                    float[] x = Numbers.Random<float>(@case.Seed + t, @case.InputSize);
                    alone.Step(x, y);
                    shared.Step(x, z);
                    sessions.Step(open, [.. Enumerable.Repeat(x, @case.Batch).SelectMany(row => row)], all);
                    Numbers.AssertSameBits<float>(y, z, $"stream, step {t}");
                    for (int b = 0; b < @case.Batch; b++)
                    {
                        Numbers.AssertSameBits<float>(y, all.AsSpan(b * y.Length, y.Length), $"session {b}, step {t}");
                    }
                }
            }
        }
    }, count: 60);

    [Fact]
    public void The_units_of_a_layer_do_not_write_over_the_layer_below_that_the_other_units_read()
    {
        WorkerPool pool = new(2);
        pool.Dispose(); // the calling thread takes one share after the other
        Gru<float> gru = new(new GruOptions { InputSize = 128, HiddenSize = 128, Layers = 3 });
        gru.Initialise(1);
        RecurrentStream<GruCell<float>, float> alone = gru.CreateStream();
        StreamPool<GruCell<float>, float> sessions = gru.CreateStreamPool(2, pool);
        int session = sessions.Open();
        float[] x = Numbers.Random<float>(1, 128), y = new float[128], z = new float[128];
        for (int t = 0; t < 3; t++)
        {
            alone.Step(x, y);
            sessions.Step([session], x, z);
            Numbers.AssertSameBits<float>(y, z, $"step {t}");
        }
    }

    [Fact]
    public void Weights_larger_than_caches_give_the_same_bits_from_whichever_end_they_are_read()
    {
        // Weights of 1.3 MB: every other step reads them from the end, shared or not.
        Lstm<float> lstm = new(new LstmOptions { InputSize = 200, HiddenSize = 200 });
        lstm.Initialise(1);
        Gru<float> gru = new(new GruOptions { InputSize = 232, HiddenSize = 232 });
        gru.Initialise(2);
        Check(lstm);
        Check(gru);

        void Check<TCell>(RecurrentNetwork<TCell, float> network)
            where TCell : struct, IRecurrentCell<float>
        {
            const int Steps = 5;
            int size = network.HiddenSize;
            float[] x = Numbers.Random<float>(3, Steps * size), run = new float[Steps * size], y = new float[size];
            network.Run(new() { Steps = Steps, Batch = 1, X = x }, new() { Y = run }, network.CreateWorkspace(Steps, 1));
            foreach (WorkerPool? pool in _pools.Prepend(null))
            {
                RecurrentStream<TCell, float> stream = network.CreateStream(pool);
                for (int t = 0; t < Steps; t++)
                {
                    stream.Step(x.AsSpan(t * size, size), y);
                    Numbers.AssertSameBits<float>(run.AsSpan(t * size, size), y, $"{network}, {pool}, step {t}");
                }
            }
        }
    }

    [Fact]
    public void Shared_runs_allocate_nothing()
    {
        using WorkerPool pool = new(2);
        Lstm<float> lstm = new(new LstmOptions { InputSize = 128, HiddenSize = 128 });
        lstm.Initialise(1);
        RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream(pool);
        Tape<float> tape = lstm.CreateTape(3, 16, workers: pool);
        float[] x = Numbers.Random<float>(1, 3 * 16 * 128), y = new float[x.Length], dx = new float[x.Length];
        long bytes = Numbers.AllocatedBytes(() =>
        {
            stream.Step(x.AsSpan(0, 128), y.AsSpan(0, 128));
            lstm.Run(new() { Steps = 3, Batch = 16, X = x }, new() { Y = y }, tape);
            lstm.Backward(new() { Y = y }, new() { X = dx }, tape);
        });
        Assert.Equal(0, bytes);
    }

    private static SequenceDropout Dropout(NetworkCase @case) =>
        @case.Seed % 2 == 0 ? default : new SequenceDropout { State = 0.3, Seed = 3 };
}
