using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>Streams whose state moves, and pools of streams that step together: the bits of one stream by itself.</summary>
public class StreamTests
{
    private static Lstm<float> CreateLstm()
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = 5, HiddenSize = 19, Layers = 2 });
        lstm.Initialise(3);
        return lstm;
    }

    [Fact]
    public void A_saved_state_goes_on_in_another_stream_and_so_does_a_fork()
    {
        Lstm<float> lstm = CreateLstm();
        RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream(), other = lstm.CreateStream();
        float[] x = Numbers.Random<float>(1, 12 * 5), state = new float[stream.StateLength], expected = new float[19], y = new float[19];
        for (int t = 0; t < 7; t++)
        {
            stream.Step(x.AsSpan(t * 5, 5));
        }

        stream.Save(state);
        other.Restore(state);
        RecurrentStream<LstmCell<float>, float> fork = stream.Fork();
        for (int t = 7; t < 12; t++)
        {
            stream.Step(x.AsSpan(t * 5, 5), expected);
            other.Step(x.AsSpan(t * 5, 5), y);
            Numbers.AssertSameBits<float>(expected, y, "restored");
            fork.Step(x.AsSpan(t * 5, 5), y);
            Numbers.AssertSameBits<float>(expected, y, "forked");
        }

        fork.Reset();
        stream.Save(state);
        stream.WarmUp();
        float[] after = new float[state.Length];
        stream.Save(after);
        Numbers.AssertSameBits<float>(state, after, "warm-up changes nothing");
        Assert.Equal(2 * (19 + 19), stream.StateLength);
        Assert.Throws<ArgumentException>(() => stream.Save(new float[3]));
        Assert.Throws<ArgumentException>(() => stream.Restore(new float[3]));
    }

    [Fact]
    public void A_pool_gives_the_bits_of_streams_one_by_one() => RandomCases.Hold(
        NetworkCase.Cases(), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Bidirectional = false };
        switch (shape.Create<float>())
        {
            case Lstm<float> lstm: Compare(lstm, shape.Seed); break;
            case Gru<float> gru: Compare(gru, shape.Seed); break;
            case Srn<float> srn: Compare(srn, shape.Seed); break;
            case Jordan<float> jordan: Compare(jordan, shape.Seed); break;
            case PartLstm<float> part: Compare(part, shape.Seed); break;
        }
    }, count: 60);

    /// <summary>At these sizes steps read several copies of the recurrent weights in turns, on processors where that is faster.</summary>
    [Fact]
    public void Streams_and_runs_see_new_weights_in_every_copy()
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = 3, HiddenSize = 128, Forget = ForgetGate.Coupled });
        Gru<float> gru = new(new GruOptions { InputSize = 128, HiddenSize = 128, Layers = 2 });
        Compare(lstm);
        Compare(gru);

        static void Compare(RecurrentNetwork<float> network)
        {
            network.Initialise(9);
            RecurrentStream<float> stream = network.CreateStream();
            const int Steps = 11;
            Tape<float> one = network.CreateWorkspace(Steps, 1), two = network.CreateWorkspace(Steps, 2);
            int d = network.InputSize, h = network.HiddenSize;
            float[] x = Numbers.Random<float>(5, Steps * d), y = new float[Steps * h], streamed = new float[h],
                both = new float[Steps * 2 * h];
            float[] twice = [.. Enumerable.Range(0, Steps).SelectMany(t => x[(t * d)..((t + 1) * d)].Concat(x[(t * d)..((t + 1) * d)]))];
            for (int seed = 0; seed < 3; seed++)
            {
                network.Initialise(seed);
                network.Run(new SequenceInput<float> { X = x, Steps = Steps, Batch = 1 }, new SequenceOutput<float> { Y = y }, one);
                network.Run(new SequenceInput<float> { X = twice, Steps = Steps, Batch = 2 }, new SequenceOutput<float> { Y = both }, two);
                stream.Reset();
                for (int t = 0; t < Steps; t++)
                {
                    stream.Step(x.AsSpan(t * d, d), streamed);
                    Numbers.AssertSameBits<float>(y.AsSpan(t * h, h), streamed, $"step {t}");
                    Numbers.AssertSameBits<float>(y.AsSpan(t * h, h), both.AsSpan(t * 2 * h, h), $"row of two, step {t}");
                }
            }
        }
    }

    [Fact]
    public void A_stream_takes_its_own_output_as_input_and_writes_over_its_input()
    {
        foreach (int layers in new[] { 1, 2 })
        {
            Gru<float> gru = new(new GruOptions { InputSize = 35, HiddenSize = 35, Layers = layers });
            gru.Initialise(3);
            RecurrentStream<GruCell<float>, float> stream = gru.CreateStream(), own = gru.CreateStream(), same = gru.CreateStream();
            float[] x = Numbers.Random<float>(1, 35), y = new float[35], buffer = [.. x];
            own.Step(x);
            for (int t = 0; t < 6; t++, x = [.. y])
            {
                stream.Step(x, y);
                Numbers.AssertSameBits<float>(y, own.Output, $"output, {layers} layers");
                same.Step(buffer, buffer);
                Numbers.AssertSameBits<float>(y, buffer, $"buffer, {layers} layers");
                own.Step(own.Output);
            }
        }
    }

    [Fact]
    public void A_pool_is_filled_and_emptied()
    {
        StreamPool<LstmCell<float>, float> pool = CreateLstm().CreateStreamPool(2);
        int first = pool.Open(), second = pool.Open();
        Assert.Contains("All 2 sessions", Assert.Throws<InvalidOperationException>(() => pool.Open()).Message);
        float[] x = new float[10], y = new float[38];
        Assert.Contains($"Session {first} stands twice", Assert.Throws<ArgumentException>(() => pool.Step([first, first], x, y)).Message);
        pool.Step([first, second], x, y);
        pool.Close(first);
        Assert.Contains($"Session {first} is not open",
            Assert.Throws<ArgumentException>(() => pool.Step([first], x.AsSpan(5), y.AsSpan(19))).Message);
        Assert.Throws<ArgumentException>(() => pool.Close(first));
        Assert.Throws<ArgumentException>(() => pool.Reset(7));
        Assert.Equal(first, pool.Open());
        Assert.Equal("2 of 2 streams 5 → 19, 2 layers", pool.ToString());
    }

    [Fact]
    public void A_step_of_a_pool_allocates_nothing()
    {
        StreamPool<LstmCell<float>, float> pool = CreateLstm().CreateStreamPool(4);
        int[] sessions = [pool.Open(), pool.Open(), pool.Open()];
        float[] x = Numbers.Random<float>(1, 15), y = new float[57], state = new float[pool.StateLength];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            pool.Step(sessions, x, y);
            pool.Save(sessions[0], state);
            pool.Restore(sessions[1], state);
            pool.Close(sessions[2]);
            pool.Open();
        }));
    }

    [Fact]
    public void Many_streams_on_many_threads_share_weights()
    {
        Lstm<float> lstm = CreateLstm();
        float[] x = Numbers.Random<float>(1, 200 * 5);
        float[][] alone = [.. Enumerable.Range(0, 16).Select(Run)];
        float[][] together = new float[16][];
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => together[i] = Run(i));
        for (int i = 0; i < 16; i++)
        {
            Numbers.AssertSameBits<float>(alone[i], together[i], $"stream {i}");
        }

        float[] Run(int start)
        {
            RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream();
            for (int t = start; t < 200; t++)
            {
                stream.Step(x.AsSpan(t * 5, 5));
            }

            return stream.Output.ToArray();
        }
    }

    private static void Compare<TCell>(RecurrentNetwork<TCell, float> network, int seed)
        where TCell : struct, IRecurrentCell<float>
    {
        const int Capacity = 6;
        Random random = new(seed);
        StreamPool<TCell, float> pool = network.CreateStreamPool(Capacity);
        RecurrentStream<TCell, float>[] streams = [.. Enumerable.Range(0, Capacity).Select(_ => network.CreateStream())];
        int[] sessions = [.. Enumerable.Range(0, Capacity).Select(_ => pool.Open())];
        float[] y = new float[Capacity * network.HiddenSize], expected = new float[network.HiddenSize];
        for (int t = 0; t < 6; t++)
        {
            random.Shuffle(sessions);
            int count = random.Next(Capacity + 1);
            float[] x = Numbers.Random<float>(seed + t, count * network.InputSize);
            pool.Step(sessions.AsSpan(0, count), x, y.AsSpan(0, count * network.HiddenSize));
            for (int row = 0; row < count; row++)
            {
                streams[sessions[row]].Step(x.AsSpan(row * network.InputSize, network.InputSize), expected);
                Numbers.AssertSameBits<float>(expected, y.AsSpan(row * network.HiddenSize, network.HiddenSize),
                    $"step {t}, session {sessions[row]}");
            }
        }

        float[] state = new float[pool.StateLength], other = new float[state.Length];
        pool.Save(sessions[0], state);
        streams[sessions[0]].Save(other);
        Numbers.AssertSameBits<float>(other, state, "state");
        pool.Restore(sessions[1], state);
        pool.Save(sessions[1], other);
        Numbers.AssertSameBits<float>(state, other, "restored");
    }
}
