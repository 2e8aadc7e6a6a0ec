using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Cells;

/// <summary>Runs, steps and gradients that threads share have the bits of one thread.</summary>
public sealed class SharedRunTests : IDisposable
{
    private readonly WorkerPool[] _pools = [new(2) { MinimumWork = 0 }, new(3) { MinimumWork = 0 }];

    public void Dispose() => Array.ForEach(_pools, pool => pool.Dispose());

    [Fact]
    public void A_run_and_its_gradients() => Hold(NetworkCase.Cases(), count: 60);

    /// <summary>More groups of sequences than threads, and more steps than a thread takes one through at a time.</summary>
    [Fact]
    public void A_run_of_groups_that_change_hands() => Hold(
        from @case in NetworkCase.Cases()
        from steps in Gen.Choose(9, 40)
        from batch in Gen.Choose(16, 70)
        select @case with { Steps = steps, Batch = batch },
        count: 30);

    /// <summary>Cells whose single sequences make products beside their steps, alone or shared.</summary>
    [Fact]
    public void A_run_of_a_few_sequences_of_large_cells() => Hold(
        from @case in NetworkCase.Cases()
        from hidden in Gen.Choose(50, 180)
        from steps in Gen.Choose(1, 30)
        from batch in Gen.Choose(1, 2)
        select @case with { HiddenSize = hidden, Steps = steps, Batch = batch },
        count: 40);

    private void Hold(Gen<NetworkCase> cases, int count) => RandomCases.Hold(cases, @case => @case.Shrink(), @case =>
    {
        NetworkRun<float> alone = new(@case) { Dropout = Dropout(@case) };
        alone.Forward();
        alone.Backward();
        foreach (WorkerPool? pool in _pools.Prepend(null))
        {
            NetworkRun<float> shared = new(@case, pool) { Dropout = Dropout(@case) };
            shared.Forward();
            shared.Backward();
            Numbers.AssertSameBits<float>(alone.Y, shared.Y, "y");
            Numbers.AssertSameBits<float>(alone.H, shared.H, "h");
            Numbers.AssertSameBits<float>(alone.C, shared.C, "c");
            Numbers.AssertSameBits<float>(alone.CellStates, shared.CellStates, "c of all steps");
            Numbers.AssertSameBits<float>(alone.DX, shared.DX, "dx");
            Numbers.AssertSameBits<float>(alone.DH0, shared.DH0, "dh0");
            Numbers.AssertSameBits<float>(alone.DC0, shared.DC0, "dc0");
            foreach ((string name, Parameter<float> parameter) in alone.Network.Parameters)
            {
                Numbers.AssertSameBits<float>(parameter.Gradient, shared.Network.Parameters[name].Gradient, name);
            }

            RecurrentNetwork<float> network = shared.Network;
            Tape<float> workspace = network.CreateWorkspace(@case.Steps, @case.Batch, workers: pool);
            float[] y = new float[alone.Y.Length], h = new float[alone.H.Length];
            network.Run(
                new()
                {
                    Steps = @case.Steps,
                    Batch = @case.Batch,
                    X = alone.X,
                    H0 = alone.H0,
                    C0 = alone.C0,
                    Lengths = alone.Lengths,
                    Dropout = alone.Dropout,
                },
                new() { Y = y, H = h },
                workspace);
            Numbers.AssertSameBits<float>(alone.Y, y, "y, nothing recorded");
            Numbers.AssertSameBits<float>(alone.H, h, "h, nothing recorded");
        }
    }, count);

    /// <summary>Cells so large that threads share the units of a single sequence, each with the products of later steps beside; more steps
    /// than have their gates at a time. It may end before the batch does that it is.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(17)]
    [InlineData(130)]
    [InlineData(299)]
    public void A_single_sequence(int steps)
    {
        const int Size = 40;
        LstmOptions lstm = new() { InputSize = Size, HiddenSize = 136, Layers = 2, Bidirectional = true };
        RecurrentNetwork<float>[] networks =
            [new Lstm<float>(lstm), new Gru<float>(new GruOptions { InputSize = Size, HiddenSize = 160, Bidirectional = true })];
        foreach (RecurrentNetwork<float> network in networks)
        {
            network.Initialise(steps);
            float[] x = Numbers.Random<float>(steps, steps * Size);
            x[^1] = float.Epsilon; // a row that is copied
            float[][] alone = Run(null, longest: steps);
            using WorkerPool asleep = new(2, TimeSpan.Zero);
            foreach (WorkerPool? pool in _pools.Append(asleep).Prepend(null))
            {
                foreach (int longest in new[] { steps, steps + 1, steps + 40 })
                {
                    Check(alone, Run(pool, longest), $"{network}, {pool}, {steps} of {longest} steps");
                    Check(alone, Run(pool, longest, isRagged: true), $"{network}, {pool}, {steps} of {longest} steps, ragged");
                }

                WithinWork within = new() { Do = () => Check(alone, Run(pool, steps), $"{network}, {pool} at work") };
                pool?.Run(ref within); // no worker takes a part of it
            }

            float[][] Run(WorkerPool? pool, int longest, bool isRagged = false)
            {
                int states = network.Layers * network.Directions * network.HiddenSize, rows = isRagged ? steps : longest;
                float[] y = new float[rows * network.OutputSize], h = new float[states],
                    c = new float[network.CellStateSize == 0 ? 0 : states], all = new float[c.Length == 0 ? 0 : y.Length];
                float[] padded = [.. x, .. Numbers.Random<float>(1, (rows - steps) * Size)];
                Tape<float> workspace = network.CreateWorkspace(longest, 1, workers: pool);
                for (int run = 0; run < 3; run++)
                {
                    network.Run(
                        new()
                        {
                            Steps = longest,
                            Batch = 1,
                            X = padded,
                            Lengths = isRagged || longest > steps ? [steps] : [],
                            IsRagged = isRagged,
                        },
                        new() { Y = y, H = h, C = c, CellStates = all }, workspace);
                }

                int written = steps * network.OutputSize;
                Assert.All(y[written..], value => Assert.Equal(0, value));
                return [y[..written], h, c, all[..Math.Min(all.Length, written)]];
            }
        }

        static void Check(float[][] expected, float[][] actual, string where)
        {
            string[] names = ["y", "h", "c", "c of all steps"];
            for (int i = 0; i < names.Length; i++)
            {
                Numbers.AssertSameBits<float>(expected[i], actual[i], $"{names[i]}, {where}");
            }
        }
    }

    private struct WithinWork : IWorkerJob
    {
        public Action Do;

        public readonly void Run(int part, int parts)
        {
            if (part == 0)
            {
                Do();
            }
        }
    }

    /// <summary>Products read x where it is; rows with a number so small that it counts as zero are copied, whichever they are.</summary>
    [Fact]
    public void Denormal_inputs_count_as_zero_in_every_row()
    {
        const int Steps = 20, Batch = 18, Size = 8;
        Gru<float> gru = new(new GruOptions { InputSize = Size, HiddenSize = 16, Bidirectional = true });
        gru.Initialise(1);
        float[] x = Numbers.Random<float>(1, Steps * Batch * Size), expected = new float[Steps * Batch * 32];
        float[] y = new float[expected.Length];
        foreach (int at in new[] { 0, x.Length / 2, x.Length - 1 })
        {
            float[] zero = [.. x], tiny = [.. x];
            (zero[at], tiny[at]) = (0, float.Epsilon);
            gru.Run(new() { Steps = Steps, Batch = Batch, X = zero }, new() { Y = expected }, gru.CreateTape(Steps, Batch));
            foreach (WorkerPool? pool in _pools.Prepend(null))
            {
                Tape<float> workspace = gru.CreateWorkspace(Steps, Batch, workers: pool);
                gru.Run(new() { Steps = Steps, Batch = Batch, X = tiny }, new() { Y = y }, workspace);
                Numbers.AssertSameBits<float>(expected, y, $"element {at}, {pool}");
            }
        }
    }

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

    /// <summary>y may be written over x where rows are as long, h over h₀ and c over c₀; gradients likewise.</summary>
    [Fact]
    public void Results_take_the_place_of_what_they_come_from() => RandomCases.Hold(NetworkCase.Cases(), @case => @case.Shrink(), @case =>
    {
        @case = @case with { InputSize = @case.HiddenSize + 2 };
        @case = @case with { InputSize = @case.Create<float>().OutputSize };
        foreach (WorkerPool? pool in _pools.Prepend(null))
        {
            NetworkRun<float> apart = new(@case, pool) { Dropout = Dropout(@case) };
            RecurrentNetwork<float> network = apart.Network;
            Tape<float> tape = network.CreateTape(@case.Steps, @case.Batch, workers: pool),
                workspace = network.CreateWorkspace(@case.Steps, @case.Batch, workers: pool);
            apart.Forward();
            apart.Backward();
            int[] full = [.. Enumerable.Repeat(@case.Steps, @case.Batch)], lengths = @case.Ragged ? apart.Lengths : full;
            float[] ragged = new float[lengths.Sum() * network.OutputSize];
            network.Run(Input(apart.X[..ragged.Length], apart.H0, apart.C0, isRagged: true), new() { Y = ragged }, workspace);
            foreach (Tape<float> memory in new[] { workspace, tape })
            {
                float[] xy = apart.X[..ragged.Length], h = [.. apart.H0], c = [.. apart.C0];
                network.Run(Input(xy, h, c, isRagged: true), new() { Y = xy, H = h, C = c }, memory);
                Numbers.AssertSameBits<float>(ragged, xy, "ragged y over x");
                (xy, h, c) = ([.. apart.X], [.. apart.H0], [.. apart.C0]);
                network.Run(Input(xy, h, c, isRagged: false), new() { Y = xy, H = h, C = c }, memory);
                Numbers.AssertSameBits<float>(apart.Y, xy, "y over x");
                Numbers.AssertSameBits<float>(apart.H, h, "h over h0");
                Numbers.AssertSameBits<float>(apart.C, c, "c over c0");
            }

            float[] dxy = [.. apart.DY], dh = [.. apart.DH], dc = [.. apart.DC];
            network.Backward(
                new() { Y = dxy, H = dh, C = dc, CellStates = apart.DCellStates }, new() { X = dxy, H0 = dh, C0 = dc }, tape);
            Numbers.AssertSameBits<float>(apart.DX, dxy, "dx over dy");
            Numbers.AssertSameBits<float>(apart.DH0, dh, "dh0 over dh");
            Numbers.AssertSameBits<float>(apart.DC0, dc, "dc0 over dc");

            SequenceInput<float> Input(float[] x, float[] h0, float[] c0, bool isRagged) => new()
            {
                Steps = @case.Steps,
                Batch = @case.Batch,
                X = x,
                H0 = h0,
                C0 = c0,
                Lengths = isRagged ? lengths : apart.Lengths,
                IsRagged = isRagged,
                Dropout = apart.Dropout,
            };
        }
    }, count: 60);

    /// <summary>Spans of one array that share elements, where anything else would be read after it was written.</summary>
    [Theory]
    [InlineData("Y", "X", true)]
    [InlineData("Y", "H0")]
    [InlineData("Y", "C0")]
    [InlineData("Y", "H")]
    [InlineData("Y", "C")]
    [InlineData("H", "X")]
    [InlineData("H", "H0", true)]
    [InlineData("H", "C0")]
    [InlineData("H", "C")]
    [InlineData("C", "X")]
    [InlineData("C", "H0")]
    [InlineData("C", "C0", true)]
    public void Other_memory_that_overlaps_is_refused_and_nothing_is_written(string written, string other, bool mayBeSame = false)
    {
        const int Steps = 3, Batch = 2, Size = 4, Rows = Steps * Batch;
        Lstm<float> lstm = new(new LstmOptions { InputSize = Size, HiddenSize = Size });
        lstm.Initialise(1);
        Tape<float> tape = lstm.CreateTape(Steps, Batch);
        foreach (int shift in new[] { 1, 0 })
        {
            float[] memory = Numbers.Random<float>(5, 100), before = [.. memory];
            foreach (Action run in new Action[] { Forward, Backward })
            {
                if (shift == 0 && mayBeSame)
                {
                    run();
                }
                else
                {
                    Assert.Contains("lies in memory of", Assert.Throws<ArgumentException>(run).Message);
                    Assert.Equal(before, memory);
                }
            }

            Span<float> Of(string name)
            {
                int length = name is "X" or "Y" ? Rows * Size : Batch * Size;
                return name == written ? memory.AsSpan(0, length) : name == other ? memory.AsSpan(shift, length) : new float[length];
            }

            void Forward() => lstm.Run(
                new() { Steps = Steps, Batch = Batch, X = Of("X"), H0 = Of("H0"), C0 = Of("C0") },
                new() { Y = Of("Y"), H = Of("H"), C = Of("C") }, tape);

            void Backward()
            {
                lstm.Run(new() { Steps = Steps, Batch = Batch, X = new float[Rows * Size] }, default, tape);
                lstm.Backward(
                    new() { Y = Of("X"), H = Of("H0"), C = Of("C0") }, new() { X = Of("Y"), H0 = Of("H"), C0 = Of("C") }, tape);
            }
        }
    }

    [Theory]
    [InlineData("X")]
    [InlineData("H0")]
    [InlineData("C0")]
    [InlineData("Y", false)]
    [InlineData("H", false)]
    [InlineData("C", false)]
    public void Cell_states_of_all_steps_are_apart_from_all_that_is_written_or_read(string other, bool isWrittenBackward = true)
    {
        const int Steps = 3, Batch = 2, Size = 4, Rows = Steps * Batch;
        Lstm<float> lstm = new(new LstmOptions { InputSize = Size, HiddenSize = Size });
        lstm.Initialise(1);
        Tape<float> tape = lstm.CreateTape(Steps, Batch);
        float[] memory = Numbers.Random<float>(5, 100), before = [.. memory];
        Refused(() => lstm.Run(
            new() { Steps = Steps, Batch = Batch, X = Of("X"), H0 = Of("H0"), C0 = Of("C0") },
            new() { Y = Of("Y"), H = Of("H"), C = Of("C"), CellStates = memory.AsSpan(0, Rows * Size) }, tape));
        if (isWrittenBackward)
        {
            lstm.Run(new() { Steps = Steps, Batch = Batch, X = new float[Rows * Size] }, default, tape);
            Refused(() => lstm.Backward(
                new() { CellStates = memory.AsSpan(0, Rows * Size) }, new() { X = Of("X"), H0 = Of("H0"), C0 = Of("C0") }, tape));
        }

        Span<float> Of(string name)
        {
            int length = name is "X" or "Y" ? Rows * Size : Batch * Size;
            return name == other ? memory.AsSpan(0, length) : new float[length];
        }

        void Refused(Action run)
        {
            Assert.Matches($@"CellStates lies in memory of \w+\.{other}, ", Assert.Throws<ArgumentException>(run).Message);
            Assert.Equal(before, memory);
        }
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
