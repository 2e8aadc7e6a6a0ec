using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Cells;

/// <summary>TDNN, NARX and AR: gradients, streams, memory, arguments.</summary>
public class DelayLineTests
{
    private sealed record Shape(int InputSize, int OutputSize, int HiddenSize, int Delays, int OtherDelays, int Steps, int Batch,
        Activation Activation, int Seed);

    private static readonly Gen<Shape> _shapes =
        from inputSize in RandomCases.Size(20)
        from outputSize in RandomCases.Size(20)
        from hiddenSize in RandomCases.Size(20)
        from delays in Gen.Choose(0, 3)
        from otherDelays in Gen.Choose(1, 3)
        from steps in Gen.Choose(0, 8)
        from batch in Gen.Choose(1, 4)
        from activation in Gen.Elements(Enum.GetValues<Activation>())
        from seed in Gen.Choose(0, 1000)
        select new Shape(inputSize, outputSize, hiddenSize, delays, otherDelays, steps, batch, activation, seed);

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.InputSize).Select(n => shape with { InputSize = n })
            .Concat(RandomCases.Smaller(shape.OutputSize).Select(n => shape with { OutputSize = n }))
            .Concat(RandomCases.Smaller(shape.HiddenSize).Select(n => shape with { HiddenSize = n }))
            .Concat(RandomCases.Smaller(shape.Delays, 0).Select(n => shape with { Delays = n }))
            .Concat(RandomCases.Smaller(shape.Steps, 0).Select(n => shape with { Steps = n }))
            .Concat(RandomCases.Smaller(shape.Batch).Select(n => shape with { Batch = n }));

    [Fact]
    public void Tdnn_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Tdnn<double> network = CreateTdnn<double>(shape);
        double[] x = Numbers.Random<double>(1, shape.Steps * shape.Batch * shape.InputSize),
            y = new double[shape.Steps * shape.Batch * shape.OutputSize];
        double[] dy = Numbers.Random<double>(2, y.Length), dx = new double[x.Length];
        network.Parameters.ZeroGradients();
        network.Run(shape.Steps, shape.Batch, x, y);
        network.Backward(shape.Steps, shape.Batch, x, y, dy, dx, new double[network.WorkspaceLength]);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Run(shape.Steps, shape.Batch, x, y);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(network.Parameters)],
            shape.Seed);
    }, count: 60);

    [Fact]
    public void A_tdnn_stream_equals_a_run() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Tdnn<float> network = CreateTdnn<float>(shape);
        TdnnStream<float> stream = network.CreateStream();
        float[] x = Numbers.Random<float>(1, shape.Steps * shape.InputSize), y = new float[shape.Steps * shape.OutputSize],
            step = new float[shape.OutputSize];
        network.Run(shape.Steps, 1, x, y);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int t = 0; t < shape.Steps; t++)
            {
                stream.Step(x.AsSpan(t * shape.InputSize, shape.InputSize), step);
                Numbers.AssertSameBits<float>(y.AsSpan(t * shape.OutputSize, shape.OutputSize), step, $"step {t}");
            }

            stream.Reset();
        }
    });

    [Fact]
    public void A_narx_stream_equals_a_run_in_either_mode() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Narx<float> network = CreateNarx<float>(shape);
        NarxStream<float> stream = network.CreateStream();
        NarxTape<float> tape = network.CreateTape(Math.Max(1, shape.Steps), 1);
        int d = shape.InputSize, o = shape.OutputSize;
        float[] x = Numbers.Random<float>(1, shape.Steps * d), y = new float[shape.Steps * o], step = new float[o];
        float[] past = Numbers.Random<float>(2, stream.StateLength), truth = Numbers.Random<float>(3, y.Length);
        float[] pastX = past[..(shape.Delays * d)], pastY = past[pastX.Length..];
        foreach (NarxMode mode in Enum.GetValues<NarxMode>())
        {
            foreach (bool goesOn in new[] { false, true })
            {
                stream.Reset();
                if (goesOn)
                {
                    stream.Restore(past);
                }

                float[] trueY = mode == NarxMode.Parallel ? [] : truth, from = goesOn ? pastY : new float[pastY.Length];
                network.Run(mode, shape.Steps, 1, x, trueY, y, tape, goesOn ? pastX : default, from);
                for (int t = 0; t < shape.Steps; t++)
                {
                    if (mode == NarxMode.Parallel)
                    {
                        stream.Step(x.AsSpan(t * d, d), step);
                    }
                    else
                    {
                        stream.Step(x.AsSpan(t * d, d), t == 0 ? from.AsSpan(from.Length - o) : truth.AsSpan((t - 1) * o, o), step);
                    }

                    Numbers.AssertSameBits<float>(y.AsSpan(t * o, o), step, $"{mode}, step {t}");
                }
            }
        }
    });

    /// <summary>At any moment, also before all delays have come.</summary>
    [Fact]
    public void Saved_states_and_forks_of_delay_lines_go_on() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Tdnn<float> tdnn = CreateTdnn<float>(shape);
        Narx<float> narx = CreateNarx<float>(shape);
        int d = shape.InputSize, o = shape.OutputSize, at = shape.Seed % (shape.Steps + 1);
        float[] x = Numbers.Random<float>(1, shape.Steps * d), expected = new float[o], y = new float[o];
        TdnnStream<float> line = tdnn.CreateStream(), otherLine = tdnn.CreateStream(), lineFork = line;
        NarxStream<float> fed = narx.CreateStream(), otherFed = narx.CreateStream(), fedFork = fed;
        for (int t = 0; t < shape.Steps; t++)
        {
            ReadOnlySpan<float> sample = x.AsSpan(t * d, d);
            if (t == at)
            {
                float[] state = new float[line.StateLength], past = new float[fed.StateLength];
                line.Save(state);
                otherLine.Step(sample, y); // forgotten by what comes next
                otherLine.Restore(state);
                lineFork = line.Fork();
                fed.Save(past);
                otherFed.Step(sample, y);
                otherFed.Restore(past);
                fedFork = fed.Fork();
            }

            line.Step(sample, expected);
            if (t >= at)
            {
                otherLine.Step(sample, y);
                Numbers.AssertSameBits<float>(expected, y, $"restored TDNN, step {t}");
                lineFork.Step(sample, y);
                Numbers.AssertSameBits<float>(expected, y, $"forked TDNN, step {t}");
            }

            fed.Step(sample, expected);
            if (t >= at)
            {
                otherFed.Step(sample, y);
                Numbers.AssertSameBits<float>(expected, y, $"restored NARX, step {t}");
                fedFork.Step(sample, y);
                Numbers.AssertSameBits<float>(expected, y, $"forked NARX, step {t}");
            }
        }
    });

    /// <summary>−0 stays −0 only where nothing is added, and 0·∞ is NaN: samples there have not been must not count as zeros.</summary>
    [Fact]
    public void A_restored_tdnn_stream_knows_how_many_samples_there_were()
    {
        Tdnn<float> tdnn = new(new TdnnOptions { InputSize = 1, OutputSize = 1, Delays = 2, Activation = Activation.Identity });
        (tdnn.Parameters["weight"].Value[0], tdnn.Parameters["weight"].Value[2]) = (float.PositiveInfinity, 1);
        tdnn.Pack();
        TdnnStream<float> stream = tdnn.CreateStream(), other = tdnn.CreateStream();
        float[] state = new float[stream.StateLength], y = new float[1];
        stream.Step([3], y);
        stream.Save(state);
        Assert.Equal([0, 3, 1], state);
        other.Restore(state);
        other.Step([4], y);
        Assert.Equal(4, y[0]);
        other.Step([5], y);
        Assert.Equal(float.PositiveInfinity, y[0]);
    }

    [Fact]
    public void Streams_of_delay_lines_write_over_what_they_have_read()
    {
        Shape shape = new(6, 6, 7, 2, 2, 5, 1, Activation.Tanh, 1);
        Tdnn<float> tdnn = CreateTdnn<float>(shape);
        Narx<float> narx = CreateNarx<float>(shape);
        TdnnStream<float> line = tdnn.CreateStream(), sameLine = tdnn.CreateStream();
        NarxStream<float> fed = narx.CreateStream(), sameFed = narx.CreateStream();
        float[] y = new float[6];
        for (int t = 0; t < 5; t++)
        {
            float[] x = Numbers.Random<float>(t, 6), buffer = [.. x];
            line.Step(x, y);
            sameLine.Step(buffer, buffer);
            Numbers.AssertSameBits<float>(y, buffer, $"TDNN, step {t}");
            fed.Step(x, x, y);
            buffer = [.. x];
            sameFed.Step(buffer, buffer, buffer);
            Numbers.AssertSameBits<float>(y, buffer, $"NARX, step {t}");
        }
    }

    [Theory]
    [InlineData(NarxMode.SeriesParallel)]
    [InlineData(NarxMode.Parallel)]
    public void Narx_gradients_equal_central_differences(NarxMode mode) => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Narx<double> network = CreateNarx<double>(shape);
        int rows = shape.Steps * shape.Batch;
        double[] x = Numbers.Random<double>(1, rows * shape.InputSize), dx = new double[x.Length], y = new double[rows * shape.OutputSize];
        double[] truth = mode == NarxMode.Parallel ? [] : Numbers.Random<double>(2, y.Length), dtruth = new double[truth.Length];
        double[] dy = Numbers.Random<double>(3, y.Length);
        NarxTape<double> tape = network.CreateTape(Math.Max(1, shape.Steps), shape.Batch);
        network.Run(mode, shape.Steps, shape.Batch, x, truth, y, tape);
        network.Backward(dy, dx, dtruth, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Run(mode, shape.Steps, shape.Batch, x, truth, y, tape);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), Layers.Variable("truth", truth, dtruth), .. Layers.Variables(network.Parameters)],
            shape.Seed);
    }, count: 40);

    [Fact]
    public void Both_modes_agree_when_the_truth_is_what_the_network_says() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Narx<float> network = CreateNarx<float>(shape);
        int rows = shape.Steps * shape.Batch;
        float[] x = Numbers.Random<float>(1, rows * shape.InputSize), own = new float[rows * shape.OutputSize], y = new float[own.Length];
        NarxTape<float> tape = network.CreateTape(Math.Max(1, shape.Steps), shape.Batch);
        network.Run(NarxMode.Parallel, shape.Steps, shape.Batch, x, [], own, tape);
        network.Run(NarxMode.SeriesParallel, shape.Steps, shape.Batch, x, own, y, tape);
        Numbers.AssertSameBits<float>(own, y, "y");
    });

    [Fact]
    public void Nothing_is_allocated()
    {
        Shape shape = new(5, 6, 7, 2, 2, 9, 3, Activation.Tanh, 1);
        Tdnn<float> tdnn = CreateTdnn<float>(shape);
        TdnnStream<float> stream = tdnn.CreateStream();
        Narx<float> narx = CreateNarx<float>(shape);
        NarxTape<float> tape = narx.CreateTape(9, 3);
        NarxStream<float> fed = narx.CreateStream();
        float[] state = new float[stream.StateLength], past = new float[fed.StateLength];
        float[] x = Numbers.Random<float>(1, 135), y = new float[162], dy = Numbers.Random<float>(2, 162), dx = new float[135],
            step = new float[6];
        float[] truth = Numbers.Random<float>(3, 162), dtruth = new float[162], workspace = new float[tdnn.WorkspaceLength];
        tdnn.Parameters.ZeroGradients();
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            tdnn.Run(9, 3, x, y);
            tdnn.Backward(9, 3, x, y, dy, dx, workspace);
            tdnn.Pack();
            stream.Step(x.AsSpan(0, 5), step);
            stream.Save(state);
            stream.Restore(state);
            stream.Reset();
        }));
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            narx.Run(NarxMode.SeriesParallel, 9, 3, x, truth, y, tape);
            narx.Backward(dy, dx, dtruth, tape);
            narx.Run(NarxMode.Parallel, 9, 3, x, [], y, tape);
            narx.Backward(dy, dx, [], tape);
            fed.Step(x.AsSpan(0, 5), step);
            fed.Step(x.AsSpan(0, 5), truth.AsSpan(0, 6), step);
            fed.Save(past);
            fed.Restore(past);
            fed.Reset();
        }));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        Shape shape = new(5, 6, 7, 2, 2, 9, 3, Activation.Tanh, 1);
        Tdnn<float> tdnn = CreateTdnn<float>(shape);
        Narx<float> narx = CreateNarx<float>(shape);
        NarxTape<float> tape = narx.CreateTape(9, 3);
        Assert.Contains("x needs 10 elements (T·B·In), but has 9",
            Assert.Throws<ArgumentException>(() => tdnn.Run(2, 1, new float[9], new float[12])).Message);
        Assert.Contains("y needs 12 elements (T·B·Out), but has 13",
            Assert.Throws<ArgumentException>(() => tdnn.Run(2, 1, new float[10], new float[13])).Message);
        Assert.Throws<ArgumentException>(() => tdnn.CreateStream().Step(new float[4], new float[6]));
        Assert.Contains("source needs 21 elements, but has 20",
            Assert.Throws<ArgumentException>(() => tdnn.CreateStream().Restore(new float[20])).Message);
        Assert.Contains("previousTruth needs 6 elements, but has 5", Assert.Throws<ArgumentException>(
            () => narx.CreateStream().Step(new float[5], new float[5], new float[6])).Message);
        Assert.Contains("destination needs 22 elements, but has 23",
            Assert.Throws<ArgumentException>(() => narx.CreateStream().Save(new float[23])).Message);
        Assert.Equal("stream 5 → 6, 2 delays of 2", tdnn.CreateStream().ToString());
        Assert.Equal("stream 5 (+2 delays) → 6 (2 delays)", narx.CreateStream().ToString());
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(
            () => narx.Run(NarxMode.Parallel, 10, 3, new float[150], [], new float[180], tape)).Message);
        Assert.Contains("truth needs 0 elements", Assert.Throws<ArgumentException>(
            () => narx.Run(NarxMode.Parallel, 1, 1, new float[5], new float[6], new float[6], tape)).Message);
        Assert.Throws<InvalidOperationException>(() => narx.Backward(new float[6], [], [], narx.CreateTape(1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tdnn<float>(new TdnnOptions { InputSize = 1, OutputSize = 1, Delays = -1 }));
    }

    [Fact]
    public void An_ar_fit_finds_the_process_and_agrees_with_the_normal_equations()
    {
        // y_t = 0.5 + 0.6 y_{t−1} − 0.3 y_{t−2} + ε
        Random random = new(1);
        double[] series = new double[20_000];
        for (int t = 2; t < series.Length; t++)
        {
            series[t] = 0.5 + 0.6 * series[t - 1] - 0.3 * series[t - 2] + (random.NextDouble() - 0.5);
        }

        AutoRegressive model = AutoRegressive.Fit<double>(series, 2);
        Assert.Equal(0.5, model.Weights[0], 0.02);
        Assert.Equal(0.6, model.Weights[1], 0.02);
        Assert.Equal(-0.3, model.Weights[2], 0.02);

        // Residuals of a least-squares fit are orthogonal to what was fitted to.
        double[] residual = new double[series.Length - 2];
        model.GetResiduals<double>(series, residual);
        Assert.Equal(0, residual.Sum(), 1e-8);
        Assert.Equal(0, residual.Zip(series.Skip(1), (e, y) => e * y).Sum(), 1e-7);
        Assert.Equal(0, residual.Zip(series, (e, y) => e * y).Sum(), 1e-7);
    }

    [Fact]
    public void A_narx_goes_on_from_the_past_it_is_given()
    {
        const int Steps = 9, First = 4, Batch = 2;
        NarxOptions options = new() { InputSize = 2, OutputSize = 1, HiddenSize = 5, InputDelays = 1, OutputDelays = 3 };
        Narx<float> network = new(options);
        network.Initialise(2);
        NarxTape<float> tape = network.CreateTape(Steps, Batch);
        float[] x = Numbers.Random<float>(1, Steps * Batch * 2), y = new float[Steps * Batch], rest = new float[(Steps - First) * Batch];
        network.Run(NarxMode.Parallel, Steps, Batch, x, default, y, tape);
        ReadOnlySpan<float> pastX = x.AsSpan((First - options.InputDelays) * Batch * 2, options.InputDelays * Batch * 2);
        ReadOnlySpan<float> pastY = y.AsSpan((First - options.OutputDelays) * Batch, options.OutputDelays * Batch);
        network.Run(NarxMode.Parallel, Steps - First, Batch, x.AsSpan(First * Batch * 2), default, rest, tape, pastX, pastY);
        Numbers.AssertSameBits<float>(y.AsSpan(First * Batch), rest, "forecast");
        network.Run(NarxMode.SeriesParallel, Steps - First, Batch, x.AsSpan(First * Batch * 2), y.AsSpan(First * Batch), rest, tape,
            pastX, pastY);
        Numbers.AssertSameBits<float>(y.AsSpan(First * Batch), rest, "the same as the truth");
        Assert.Contains("pastY needs 6 elements (Ky·B·O), but has 5", Assert.Throws<ArgumentException>(
            () => network.Run(NarxMode.Parallel, 1, Batch, x.AsSpan(0, 4), default, new float[2], tape, default, new float[5])).Message);
        Assert.Contains("dx needs 4 elements", Assert.Throws<ArgumentException>(() =>
        {
            network.Run(NarxMode.Parallel, 1, Batch, x.AsSpan(0, 4), default, new float[2], tape);
            network.Backward(new float[2], new float[3], default, tape);
        }).Message);
    }

    [Fact]
    public void A_tdnn_refuses_to_write_over_what_it_reads()
    {
        Tdnn<float> layer = new(new TdnnOptions { InputSize = 2, OutputSize = 2, Delays = 1 });
        layer.Initialise(1);
        float[] both = [1, 2, 3, 4];
        Assert.Throws<ArgumentException>(() => layer.Run(2, 1, both, both));
        layer.Parameters.ZeroGradients();
        float[] y = [1, 1, 1, 1], workspace = new float[layer.WorkspaceLength];
        Assert.Throws<ArgumentException>(() => layer.Backward(2, 1, both, y, both, both, workspace));
        Assert.Throws<ArgumentException>(() => layer.Backward(2, 1, both, y, both, y, workspace));
        Assert.Equal([1f, 2, 3, 4], both);
        Assert.Equal([1f, 1, 1, 1], y);
    }

    [Fact]
    public void A_narx_writes_gradients_over_those_they_come_from_and_nothing_over_what_is_still_read()
    {
        Narx<float> narx = new(new NarxOptions { InputSize = 2, OutputSize = 2, HiddenSize = 3, InputDelays = 1, OutputDelays = 1 });
        narx.Initialise(1);
        NarxTape<float> tape = narx.CreateTape(3, 1);
        float[] x = Numbers.Random<float>(1, 6), y = new float[6], dy = Numbers.Random<float>(2, 6), dx = new float[6], both = [.. dy];
        Backward(dy, dx);
        float[] bias = narx.Parameters["bias_2"].Gradient.ToArray();
        Backward(both, both);
        Numbers.AssertSameBits<float>(dx, both, "dx over dy");
        Numbers.AssertSameBits<float>(bias, narx.Parameters["bias_2"].Gradient, "bias_2");
        narx.Run(NarxMode.SeriesParallel, 3, 1, x, y, y, tape);
        Assert.Throws<ArgumentException>(() => narx.Backward(dy, dx, dx, tape));
        float[] before = [.. x];
        Assert.Throws<ArgumentException>(() => narx.Run(NarxMode.Parallel, 3, 1, x, [], x, tape));
        Assert.Throws<ArgumentException>(() => narx.Run(NarxMode.Parallel, 1, 1, x.AsSpan(0, 2), [], y.AsSpan(0, 2), tape, y.AsSpan(0, 2)));
        Assert.Equal(before, x);

        void Backward(float[] upstream, float[] gradient)
        {
            narx.Parameters.ZeroGradients();
            narx.Run(NarxMode.Parallel, 3, 1, x, [], y, tape);
            narx.Backward(upstream, gradient, [], tape);
        }
    }

    /// <summary>y = 0.9 y⁻ + x, an impulse and then silence.</summary>
    [Fact]
    public void What_a_narx_feeds_back_fades_to_zero()
    {
        const int Steps = 2000;
        Narx<float> narx = new(new NarxOptions
        {
            InputSize = 1,
            OutputSize = 1,
            HiddenSize = 1,
            InputDelays = 0,
            OutputDelays = 1,
            Activation = Activation.Identity,
        });
        (narx.Parameters["weight_1"].Value[0], narx.Parameters["weight_1"].Value[1]) = (1, 0.9f);
        narx.Parameters["weight_2"].Value[0] = 1;
        narx.Pack();
        float[] x = new float[Steps], y = new float[Steps];
        x[0] = 1;
        narx.Run(NarxMode.Parallel, Steps, 1, x, [], y, narx.CreateTape(Steps, 1));
        Assert.All(y, value => Assert.False(float.IsSubnormal(value)));
        Assert.Equal(0, y[^1]);
        Assert.InRange(y[600], 1e-30f, 1e-25f);
    }

    [Fact]
    public void Delays_that_nothing_can_hold_are_named()
    {
        const int Most = int.MaxValue;
        Named("Dilation", () => new Tdnn<float>(new TdnnOptions { InputSize = 1, OutputSize = 1, Delays = 3, Dilation = 1 << 30 }));
        Named("Dilation", () => new Tdnn<float>(new TdnnOptions { InputSize = 1, OutputSize = 1, Delays = Most }));
        Named("options", () => CreateNarx(1 << 16, (1 << 16) - 1));
        Named("options", () => CreateNarx(1 << 16, 1 << 16));
        Named("options", () => CreateNarx(Most, Most));
        Named("maxSteps", () => CreateNarx(1, 1).CreateTape(1 << 30, 1 << 20));
        Named("maxSteps", () => CreateNarx(1, 9).CreateTape(1 << 28, 1));
        Assert.Contains($"needs at least {2L * Most + 1}",
            Assert.Throws<ArgumentException>(() => AutoRegressive.Fit<double>(new double[5], Most)).Message);
        Named("order", () => AutoRegressive.Fit<double>(new double[200_000], 99_000));

        static Narx<float> CreateNarx(int inputSize, int delays) =>
            new(new NarxOptions { InputSize = inputSize, HiddenSize = 1, OutputSize = 1, InputDelays = delays, OutputDelays = 3 });

        static void Named(string parameter, Func<object> create) =>
            Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(create).ParamName);
    }

    [Fact]
    public void An_ar_forecast_feeds_its_predictions_back()
    {
        double[] wave = [.. Enumerable.Range(0, 60).Select(t => Math.Sin(0.3 * t))], forecast = new double[20];
        AutoRegressive model = AutoRegressive.Fit<double>(wave.AsSpan(0, 40), 2); // a sine is an AR(2) without noise
        model.Forecast<double>(wave.AsSpan(0, 40), forecast);
        Assert.All(forecast.Zip(wave.Skip(40)), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
        double[] both = [.. wave];
        model.Forecast<double>(both.AsSpan(0, 40), both.AsSpan(40)); // beside the past, or over what of it is not seen
        Assert.Equal(forecast, both[40..]);
        model.Forecast<double>(both.AsSpan(0, 40), both.AsSpan(18, 20));
        Assert.Equal(forecast, both[18..38]);
        Assert.Contains("forecast lies in memory of past",
            Assert.Throws<ArgumentException>(() => model.Forecast<double>(both.AsSpan(0, 40), both.AsSpan(39, 20))).Message);
        Assert.Equal(wave[38..40], both[38..40]);
        Assert.Throws<ArgumentException>(() => AutoRegressive.Fit<double>(new double[50], 2));
        Assert.Throws<ArgumentException>(() => AutoRegressive.Fit<double>(wave.AsSpan(0, 4), 2));
        Assert.Contains("holds NaN", Assert.Throws<ArgumentException>(() => AutoRegressive.Fit<double>([.. wave, double.NaN], 2)).Message);
    }

    [Theory]
    [InlineData(1e13)]
    [InlineData(1e-13)]
    [InlineData(1e-300)]
    public void An_ar_fit_does_not_depend_on_the_unit(double unit)
    {
        double[] series = Numbers.Random<double>(4, 200), scaled = [.. series.Select(value => value * unit)];
        double[] expected = AutoRegressive.Fit<double>(series, 3).Weights.ToArray(),
            weights = AutoRegressive.Fit<double>(scaled, 3).Weights.ToArray();
        Assert.Equal(expected[0] * unit, weights[0], Math.Abs(expected[0] * unit) * 1e-9);
        Assert.All(expected.Skip(1).Zip(weights.Skip(1)), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.SaturatedLinear)]
    public void Gradient_flow_equals_differences_of_the_last_state(Activation activation)
    {
        Srn<double> network = new(new SrnOptions { InputSize = 3, HiddenSize = 5, Activation = activation });
        network.Initialise(1);
        double[] x = Numbers.Random<double>(2, 4 * 3), h0 = Numbers.Random<double>(3, 5);
        GradientFlow flow = GradientFlow.Measure<double>(network, x, h0);
        double sum = 0;
        for (int i = 0; i < 5; i++)
        {
            double[] above = Last(1e-6, i), below = Last(-1e-6, i);
            sum += above.Zip(below, (a, b) => (a - b) / 2e-6 * ((a - b) / 2e-6)).Sum();
        }

        Assert.Equal(Math.Sqrt(sum), flow.Flow[0].Frobenius, 1e-8);
        Assert.Equal(1, flow.Flow[4].Spectral);
        Assert.All(flow.Flow, norm => Assert.InRange(norm.Spectral, norm.Frobenius / Math.Sqrt(5) - 1e-12, norm.Frobenius + 1e-12));
        Assert.InRange(flow.Flow[0].Spectral, 0, flow.Factors.Aggregate(1.0, (product, factor) => product * factor.Spectral) + 1e-12);

        double[] Last(double step, int i)
        {
            double[] start = [.. h0], h = new double[5];
            start[i] += step;
            network.Run(
                new SequenceInput<double> { Steps = 4, Batch = 1, X = x, H0 = start }, new SequenceOutput<double> { H = h },
                network.CreateWorkspace(4, 1));
            return h;
        }
    }

    private static Tdnn<T> CreateTdnn<T>(Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tdnn<T> network = new(new TdnnOptions
        {
            InputSize = shape.InputSize,
            OutputSize = shape.OutputSize,
            Delays = shape.Delays,
            Dilation = shape.OtherDelays,
            Activation = shape.Activation,
        });
        network.Initialise(shape.Seed);
        return network;
    }

    private static Narx<T> CreateNarx<T>(Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Narx<T> network = new(new NarxOptions
        {
            InputSize = shape.InputSize,
            OutputSize = shape.OutputSize,
            HiddenSize = shape.HiddenSize,
            InputDelays = shape.Delays,
            OutputDelays = shape.OtherDelays,
            Activation = shape.Activation,
        });
        network.Initialise(shape.Seed);
        return network;
    }
}
