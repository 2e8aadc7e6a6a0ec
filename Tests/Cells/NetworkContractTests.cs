using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Cells;

/// <summary>What holds beside the values: no allocation, no denormals, NaN comes out, wrong arguments change nothing.</summary>
public class NetworkContractTests
{
    public static TheoryData<string> Variants() => new(NetworkCase.Variants);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Nothing_is_allocated_after_construction(string variant)
    {
        NetworkCase @case = new(variant, 9, 21, 2, Bidirectional: true, Steps: 6, Batch: 5, Ragged: true, Seed: 1);
        NetworkRun<float> run = new(@case);
        Tape<float> workspace = run.Network.CreateWorkspace(@case.Steps, @case.Batch);
        Assert.Equal(0, Numbers.AllocatedBytes(() => run.Forward(workspace)));
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            run.Forward();
            run.Backward();
            run.Network.Pack();
            run.Network.Parameters.ZeroGradients();
        }));
        RecurrentStream<float> stream = (@case with { Bidirectional = false }).Create<float>().CreateStream();
        float[] y = new float[stream.HiddenSize];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            stream.Step(run.X.AsSpan(0, 9), y);
            stream.SetState(0, stream.GetHidden(stream.Layers - 1), stream.GetCellState(stream.Layers - 1));
            stream.Reset();
        }));
    }

    [Theory]
    [InlineData("lstm Standard None")]
    [InlineData("lstm Coupled Diagonal")]
    [InlineData("gru After Keeps")]
    [InlineData("gru Before Takes")]
    [InlineData("srn Tanh")]
    [InlineData("srn Identity")]
    [InlineData("residual", 100_000)]
    [InlineData("jordan", 100_000)]
    [InlineData("part-lstm", 100_000)]
    [InlineData("lstm Standard None projected", 100_000)]
    [InlineData("lstm Standard Full", 100_000)]
    [InlineData("lstm Coupled Full projected", 100_000)]
    public void A_million_steps_of_silence_leave_no_denormals(string variant, int steps = 1_000_000)
    {
        foreach (double decay in new[] { 0.0, 0.9 })
        {
            NetworkCase @case = new(variant, 3, 7, 1, false, 1, 1, false, 1);
            // The Jordan network of the cases has a sigmoid at its end, which is never zero.
            RecurrentNetwork<float> network = variant == "jordan"
                ? new Jordan<float>(new JordanOptions { InputSize = 3, HiddenSize = 7, OutputSize = 4 })
                : @case.Create<float>();
            network.Initialise(1);
            foreach ((string name, Parameter<float> parameter) in network.Parameters)
            {
                // Without biases and with a contracting U the state decays towards zero for ever.
                for (int i = 0; i < parameter.Length; i++)
                {
                    parameter.Value[i] *= name.Contains("bias", StringComparison.Ordinal) ? 0 : 0.3f;
                }
            }

            if (variant == "residual")
            {
                Span<float> u = network.Parameters["weight_hh_l0"].Value; // h = h⁻ + tanh(−h⁻ / 2)
                u.Clear();
                for (int unit = 0; unit < network.HiddenSize; unit++)
                {
                    u[unit * network.HiddenSize + unit] = -0.5f;
                }
            }

            network.Pack();
            Check(network.CreateStream(), decay);
        }

        void Check(RecurrentStream<float> stream, double decay)
        {
            double level = 1;
            float[] x = [1, -1, 1];
            for (int step = 0; step < steps; step++)
            {
                stream.Step(x);
                level *= decay;
                x.AsSpan().Fill((float)level);
                foreach (float value in stream.Output)
                {
                    Assert.False(float.IsSubnormal(value));
                }

                if (stream.CellStateSize > 0)
                {
                    foreach (float value in stream.GetCellState(0))
                    {
                        Assert.False(float.IsSubnormal(value));
                    }
                }
            }

            Assert.All(stream.Output.ToArray(), value => Assert.Equal(0f, value));
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Denormal_and_vanishing_gradients_are_flushed(string variant)
    {
        NetworkRun<float> run = new(new NetworkCase(variant, 3, 5, 1, false, 40, 2, false, 1));
        run.Forward();
        run.DY.AsSpan().Clear();
        run.DH.AsSpan().Fill(1e-30f);
        run.DC.AsSpan().Fill(1e-40f);
        run.Backward();
        Assert.All(run.Network.Parameters,
            item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.False(float.IsSubnormal(value))));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Nan_comes_out_and_stays_in_its_sequence(string variant)
    {
        NetworkRun<float> run = new(new NetworkCase(variant, 4, 5, 1, false, 3, 3, false, 1));
        run.X[(1 * 3 + 1) * 4 + 2] = float.NaN; // step 1 of sequence 1
        run.Forward();
        int size = run.Network.OutputSize;
        for (int row = 0; row < 9; row++)
        {
            bool poisoned = row / 3 >= 1 && row % 3 == 1;
            Assert.Equal(poisoned, run.Y.AsSpan(row * size, size).ToArray().Any(float.IsNaN));
        }
    }

    [Fact]
    public void Infinite_inputs_saturate()
    {
        NetworkRun<float> run = new(new NetworkCase("lstm Standard None", 4, 5, 1, false, 2, 1, false, 1));
        run.X[1] = float.PositiveInfinity;
        run.Forward();
        Assert.All(run.Y, value => Assert.InRange(value, -1, 1));
    }

    [Fact]
    public void Gradients_behind_infinite_inputs_equal_central_differences() => RandomCases.Hold(
        NetworkCase.Cases().Where(item => item.Variant is "jordan" or "srn Tanh" or "srn Sigmoid" || item.Variant[..3] is "lst" or "gru"),
        item => item.Shrink(),
        item =>
        {
            NetworkRun<double> run = new(item);
            int infinite = item.Seed % run.X.Length;
            run.X[infinite] = item.Seed % 2 == 0 ? double.PositiveInfinity : double.NegativeInfinity;
            run.Pack();
            run.Forward();
            run.Backward();
            Assert.All(run.DX, value => Assert.True(double.IsFinite(value)));
            GradientCheck.Check(
                run.Loss,
                [
                    Layers.Variable("h0", run.H0, run.DH0), Layers.Variable("c0", run.C0, run.DC0),
                    .. Layers.Variables(run.Network.Parameters)
                        .Where(variable => variable.Item1.Contains("bias", StringComparison.Ordinal)),
                ],
                item.Seed);
        });

    [Theory]
    [InlineData(1, 9)]
    [InlineData(3, 17)]
    [InlineData(4, 31)]
    public void Padding_of_gradients_may_hold_anything(int gates, int hiddenSize)
    {
        const int Depth = 5, Rows = 3;
        GateLayout layout = new(gates, hiddenSize);
        Parameter<double> weight = new("weight", layout.Rows, Depth);
        Numbers.Random<double>(1, weight.Length).CopyTo(weight.Value);
        PackedLinear<double> linear = new(weight, layout, bias: false);
        linear.Pack();
        double[] dy = Numbers.Random<double>(2, Rows * layout.Width), expected = new double[Rows * Depth], dx = new double[Rows * Depth];
        linear.Backward(dy, layout.Width, Rows, expected, Depth, accumulate: false);
        for (int gate = 0; gate < gates; gate++)
        {
            for (int unit = hiddenSize; unit < layout.PaddedHiddenSize; unit++)
            {
                double[] poisoned = [.. dy];
                poisoned[layout.Width + layout.IndexOf(gate, unit)] = unit % 2 == 0 ? double.NaN : double.PositiveInfinity;
                linear.Backward(poisoned, layout.Width, Rows, dx, Depth, accumulate: false);
                Numbers.AssertSameBits<double>(expected, dx, $"gate {gate}, unit {unit}");
            }
        }
    }

    [Fact]
    public void Empty_batches_and_empty_sequences_pass_states_on()
    {
        NetworkRun<double> run = new(new NetworkCase("gru After Keeps", 4, 5, 2, true, 3, 2, true, 1));
        Tape<double> tape = run.Network.CreateTape(3, 2);
        run.Network.Run(
            new SequenceInput<double> { Steps = 0, Batch = 2, X = [], H0 = run.H0 }, new SequenceOutput<double> { H = run.H }, tape);
        Assert.Equal(run.H0, run.H);
        run.Network.Backward(new SequenceOutputGradient<double> { H = run.DH }, new SequenceInputGradient<double> { H0 = run.DH0 }, tape);
        Assert.Equal(run.DH, run.DH0);
        run.Network.Run(
            new SequenceInput<double> { Steps = 3, Batch = 2, X = run.X, Lengths = [0, 0], H0 = run.H0 },
            new SequenceOutput<double> { Y = run.Y, H = run.H },
            tape);
        Assert.Equal(run.H0, run.H);
        Assert.All(run.Y, value => Assert.Equal(0, value));
        run.Network.Run(new SequenceInput<double> { Steps = 3, Batch = 0, X = [] }, new SequenceOutput<double>(), tape);
    }

    [Fact]
    public void Wrong_arguments_are_named_and_nothing_is_written()
    {
        NetworkRun<float> run = new(new NetworkCase("lstm Standard None", 4, 5, 1, false, 3, 2, false, 1));
        RecurrentNetwork<float> network = run.Network;
        Tape<float> tape = network.CreateTape(3, 2);
        float[] y = Enumerable.Repeat(7f, 30).ToArray(), x = run.X;

        Fails<ArgumentException>("input.X needs 24 elements (T·B·D), but has 23", () => Run(3, 2, x[..23], y, [], []));
        Fails<ArgumentException>("input has 4 steps × 2 sequences, the tape takes 0 … 3 × 0 … 2", () => Run(4, 2, x, y, [], []));
        Fails<ArgumentException>("output.Y needs rows·directions·H = 6·5 elements, but has 29", () => Run(3, 2, x, y[..29], [], []));
        Fails<ArgumentException>("input.Lengths needs 2 elements (B), but has 1", () => Run(3, 2, x, y, [1], []));
        Fails<ArgumentException>("input.Lengths holds 4, but sequences have 0 … 3 steps", () => Run(3, 2, x, y, [1, 4], []));
        Fails<ArgumentException>("input.H0 needs layers·directions·B·size = 2·5 elements, but has 9",
            () => Run(3, 2, x, y, [], new float[9]));
        Fails<InvalidOperationException>("The tape holds no run", () => network.Backward(default, default, tape));
        Fails<ArgumentException>("another network", () => network.Backward(default, default, run.Case.Create<float>().CreateTape(1, 1)));
        Assert.All(y, value => Assert.Equal(7f, value));

        Run(3, 2, x, y, [], []);
        float[] dx = Enumerable.Repeat(7f, 23).ToArray();
        Fails<ArgumentException>(
            "gradient.X needs rows·D = 6·4 elements, but has 23",
            () => network.Backward(new SequenceOutputGradient<float> { Y = y }, new SequenceInputGradient<float> { X = dx }, tape));
        Assert.All(dx, value => Assert.Equal(7f, value));
        network.Backward(new SequenceOutputGradient<float> { Y = y }, default, tape);
        Fails<InvalidOperationException>("The tape holds no run", () => network.Backward(default, default, tape));
        Fails<InvalidOperationException>("records nothing", () =>
        {
            Tape<float> workspace = network.CreateWorkspace(3, 2);
            network.Run(new SequenceInput<float> { Steps = 3, Batch = 2, X = x }, default, workspace);
            network.Backward(default, default, workspace);
        });

        void Run(int steps, int batch, float[] input, float[] output, int[] lengths, float[] h0) => network.Run(
            new SequenceInput<float> { Steps = steps, Batch = batch, X = input, Lengths = lengths, H0 = h0 },
            new SequenceOutput<float> { Y = output },
            tape);
    }

    [Fact]
    public void Weights_that_were_never_packed_are_noticed()
    {
        Gru<float> gru = new(new GruOptions { InputSize = 2, HiddenSize = 3 });
        Tape<float> tape = gru.CreateTape(1, 1);
        Fails<InvalidOperationException>("never been packed", () => gru.CreateStream());
        Fails<InvalidOperationException>("never been packed", () => gru.CreateStreamPool(2));
        Fails<InvalidOperationException>("never been packed",
            () => gru.Run(new SequenceInput<float> { Steps = 1, Batch = 1, X = new float[2] }, default, tape));
        gru.Pack();
        gru.Run(new SequenceInput<float> { Steps = 1, Batch = 1, X = new float[2] }, default, tape);
    }

    [Fact]
    public void Options_that_are_none_are_refused()
    {
        Fails<ArgumentNullException>("options", () => new Lstm<float>(null!));
        Fails<ArgumentNullException>("options", () => new Gru<float>(null!));
        Fails<ArgumentNullException>("options", () => new Srn<float>(null!));
        Fails<ArgumentNullException>("options", () => new Jordan<float>(null!));
        Fails<ArgumentNullException>("options", () => new Narx<float>(null!));
        Fails<ArgumentNullException>("options", () => new Tdnn<float>(null!));
        Fails<ArgumentOutOfRangeException>("Activation must be one of Tanh",
            () => new Srn<float>(new SrnOptions { InputSize = 1, HiddenSize = 1, Activation = (Activation)99 }));
        Fails<ArgumentOutOfRangeException>("Peephole",
            () => new Lstm<float>(new LstmOptions { InputSize = 1, HiddenSize = 1, Peephole = (Peephole)9 }));
        Fails<ArgumentOutOfRangeException>("Reset",
            () => new Gru<float>(new GruOptions { InputSize = 1, HiddenSize = 1, Reset = (ResetGate)9 }));
        Fails<ArgumentOutOfRangeException>("format", () => new Gru<float>(new GruOptions { InputSize = 1, HiddenSize = 1 })
            .PackRounded((RoundedWeights)9));
        Fails<ArgumentOutOfRangeException>("inputSize", () => new Linear<float>(-1, 5));
        Fails<ArgumentOutOfRangeException>("outputSize", () => new Linear<float>(5, 0));
        Fails<ArgumentException>("must be a matrix", () => new Linear<float>(new Parameter<float>("weight", 5), null));
        Fails<ArgumentException>("must be [5]",
            () => new Linear<float>(new Parameter<float>("weight", 5, 2), new Parameter<float>("bias", 4)));
    }

    [Fact]
    public void Wrong_stream_arguments_leave_the_state()
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = 4, HiddenSize = 5 });
        lstm.Initialise(1);
        RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream();
        stream.Step([1, 2, 3, 4]);
        float[] before = stream.Output.ToArray();
        Fails<ArgumentException>("x needs 4 elements, but has 3", () => stream.Step([1, 2, 3]));
        Fails<ArgumentException>("y needs 5 elements, but has 4", () => stream.Step([1, 2, 3, 4], new float[4]));
        Fails<ArgumentException>("h needs 5 elements, but has 4", () => stream.SetState(0, new float[4], new float[5]));
        Fails<ArgumentException>("c needs 5 elements, but has 0", () => stream.SetState(0, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.SetState(1, new float[5], new float[5]));
        Fails<ArgumentOutOfRangeException>("layer must be 0 … 0", () => stream.GetHidden(1));
        Fails<ArgumentOutOfRangeException>("layer must be 0 … 0", () => stream.GetCellState(-1));
        Assert.Equal(before, stream.Output.ToArray());
        Lstm<float> both = new(new LstmOptions { InputSize = 4, HiddenSize = 5, Bidirectional = true });
        Fails<InvalidOperationException>("cannot stream", () => both.CreateStream());
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(4, 0)]
    [InlineData(-1, 5)]
    public void Sizes_must_be_positive(int inputSize, int hiddenSize)
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new Lstm<float>(new LstmOptions { InputSize = inputSize, HiddenSize = hiddenSize }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Gru<float>(new GruOptions { InputSize = inputSize, HiddenSize = hiddenSize }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Srn<float>(new SrnOptions { InputSize = inputSize, HiddenSize = hiddenSize }));
    }

    [Fact]
    public void Sizes_that_no_array_has_are_named()
    {
        const int Huge = 1 << 29, Most = int.MaxValue;
        Named("HiddenSize", () => new Lstm<float>(new LstmOptions { InputSize = 1, HiddenSize = Huge }));
        Named("HiddenSize", () => new Lstm<float>(new LstmOptions { InputSize = 1, HiddenSize = Most, ProjectionSize = 1 }));
        Named("HiddenSize", () => new Gru<float>(new GruOptions { InputSize = 1, HiddenSize = Huge }));
        Named("HiddenSize", () => new Srn<float>(new SrnOptions { InputSize = 1, HiddenSize = Huge }));
        Named("HiddenSize", () => new Srn<float>(new SrnOptions { InputSize = Most, HiddenSize = Most }));
        Named("HiddenSize", () => new Jordan<float>(new JordanOptions { InputSize = 1, HiddenSize = Most, OutputSize = 2 }));
        Named("parts", () => new PartLstm<float>(new LstmPart(1, Most), new LstmPart(1, Most)));
        Named("shape", () => new Parameter<float>("a", 1 << 22, 1 << 21, 1 << 21));
        Assert.Equal(0, new Parameter<float>("a", Most, Most, Most, 0).Length);
        Gru<float> gru = new(new GruOptions { InputSize = 2, HiddenSize = 3 });
        gru.Pack();
        Named("maxSteps", () => gru.CreateTape(1 << 30, 1 << 20));
        Named("maxSteps", () => gru.CreateWorkspace(Most, 1));
        Named("maxSteps", () => gru.CreateWorkspace(Most, 1, maxRows: 1));
        Named("maxSteps", () => gru.CreateTape(1 << 27, 1));
        Named("maxRows", () => gru.CreateTape(1, 1, maxRows: 1 << 27));
        Named("maxBatch", () => gru.CreateWorkspace(1, Most, maxRows: 1));
        Named("capacity", () => gru.CreateStreamPool(Most));
        Named("capacity", () => gru.CreateStreamPool(1 << 27));

        static void Named(string parameter, Func<object> create) =>
            Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(create).ParamName);
    }

    /// <summary>States after a step are those that another stream takes over, and a run in windows is one run.</summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Fading_states_are_handed_over_to_the_bit(string variant)
    {
        const int Steps = 300;
        RecurrentNetwork<float> network = new NetworkCase(variant, 2, 20, 1, false, 1, 1, false, 3).Create<float>();
        foreach ((string name, Parameter<float> parameter) in network.Parameters)
        {
            foreach (ref float value in parameter.Value)
            {
                value *= name.Contains("bias", StringComparison.Ordinal) ? 0 : 0.5f;
            }
        }

        network.Pack();
        int size = network.OutputSize;
        float[] x = new float[Steps * 2], y = new float[Steps * size], windows = new float[y.Length];
        (x[0], x[1]) = (1, -1);
        network.Run(new() { Steps = Steps, Batch = 1, X = x }, new() { Y = y }, network.CreateWorkspace(Steps, 1));
        float[] h = new float[network.HiddenSize], c = new float[network.CellStateSize];
        Tape<float> one = network.CreateWorkspace(1, 1);
        RecurrentStream<float> stream = network.CreateStream(), other = network.CreateStream();
        float[] saved = new float[stream.StateLength], again = new float[stream.StateLength];
        for (int t = 0; t < Steps; t++)
        {
            network.Run(
                new() { Steps = 1, Batch = 1, X = x.AsSpan(t * 2, 2), H0 = h, C0 = c },
                new() { Y = windows.AsSpan(t * size, size), H = h, C = c }, one);
            stream.Step(x.AsSpan(t * 2, 2));
            stream.Save(saved);
            other.Restore(saved);
            other.Save(again);
            Numbers.AssertSameBits<float>(saved, again, $"state after step {t}");
        }

        Numbers.AssertSameBits<float>(y, windows, "a run in windows");
    }

    private static void Fails<TException>(string message, Action action)
        where TException : Exception => Assert.Contains(message, Assert.Throws<TException>(action).Message);

    /// <summary>Products read x where it is, unless it is written meanwhile or has values to flush.</summary>
    [Fact]
    public void Input_may_be_the_memory_of_the_output_and_tiny_values_count_as_zero()
    {
        const int Steps = 5, Batch = 3, Size = 20;
        Gru<float> gru = new(new GruOptions { InputSize = Size, HiddenSize = Size / 2, Bidirectional = true, Layers = 2 });
        gru.Initialise(2);
        Tape<float> tape = gru.CreateWorkspace(Steps, Batch);
        float[] x = Numbers.Random<float>(1, Steps * Batch * Size), y = new float[x.Length];
        x[7] = 0;
        Run(x, y);
        float[] both = [.. x];
        Run(both, both);
        Numbers.AssertSameBits<float>(y, both, "x and y in one memory");
        float[] tiny = [.. x], other = new float[x.Length];
        tiny[7] = 1e-38f;
        Run(tiny, other);
        Numbers.AssertSameBits<float>(y, other, "a tiny value");
        int[] lengths = [2, 5, 3];
        Run(x, y, lengths);
        both = [.. x];
        Run(both, both, lengths);
        Numbers.AssertSameBits<float>(y, both, "x and y in one memory, padded");

        void Run(float[] input, float[] output, int[]? lengths = null) => gru.Run(
            new SequenceInput<float> { X = input, Steps = Steps, Batch = Batch, Lengths = lengths },
            new SequenceOutput<float> { Y = output }, tape);
    }

    /// <summary>Products write dx where the caller wants it, unless dy, which backward reads where it is, lies there.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void Gradient_of_the_input_may_be_the_memory_of_that_of_the_output(int layers, bool bidirectional)
    {
        const int Steps = 4, Batch = 3;
        Gru<float> gru =
            new(new GruOptions { InputSize = 10, HiddenSize = bidirectional ? 5 : 10, Bidirectional = bidirectional, Layers = layers });
        gru.Initialise(3);
        Tape<float> tape = gru.CreateTape(Steps, Batch);
        float[] x = Numbers.Random<float>(1, Steps * Batch * 10), dy = Numbers.Random<float>(2, x.Length), dx = new float[x.Length],
            both = [.. dy];
        Backward(dy, dx);
        Backward(both, both);
        Numbers.AssertSameBits<float>(dx, both, "dx and dy in one memory");

        void Backward(float[] upstream, float[] gradient)
        {
            gru.Run(new SequenceInput<float> { X = x, Steps = Steps, Batch = Batch }, default, tape);
            gru.Backward(new SequenceOutputGradient<float> { Y = upstream }, new SequenceInputGradient<float> { X = gradient }, tape);
        }
    }
}
