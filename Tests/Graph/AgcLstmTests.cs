using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>A layer of the AGC-LSTM on random graphs in random partitions, with and without attention.</summary>
public class AgcLstmTests
{
    private static readonly string[] _inputs = ["x", "h0", "c0"];

    /// <summary>Units behind an infinite input saturate, whatever padding there is beside them.</summary>
    [Fact]
    public void An_infinite_input_gives_finite_outputs_and_gradients_at_every_size()
    {
        foreach (int hiddenSize in new[] { 5, 16, 21 })
        {
            foreach (int attentionSize in new[] { 0, 4 })
            {
                AgcCase shape = new(Steps: 3, Batch: 2, Joints: 3, Partitions: 1, InputSize: 2, hiddenSize, attentionSize, Seed: 7);
                AgcLstm<double> layer = shape.Create<double>();
                AgcRun<double> run = new(shape);
                AgcLstmTape<double> tape = layer.CreateTape(shape.Steps, shape.Batch);
                run.Inputs[0][1] = double.PositiveInfinity;
                run.Forward(layer, tape);
                run.Backward(layer, tape);
                Assert.All(run.Outputs.Concat(run.Gradients).SelectMany(values => values),
                    value => Assert.True(double.IsFinite(value), $"{hiddenSize} units, attention {attentionSize}: {value}"));
            }
        }
    }

    /// <summary>Any of the six outputs may have a gradient or none.</summary>
    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(AgcCase.Cases(), shape => shape.Shrink(), shape =>
    {
        AgcLstm<double> layer = shape.Create<double>();
        AgcLstmTape<double> tape = layer.CreateTape(shape.Steps + 1, shape.Batch + 1);
        AgcRun<double> run = new(shape);
        for (int output = 0; output < run.Upstream.Length; output++)
        {
            run.Upstream[output] = (shape.Seed >> output) % 4 == 0 ? [] : run.Upstream[output];
        }

        run.Forward(layer, tape);
        run.Backward(layer, tape);
        GradientCheck.Check(
            () =>
            {
                layer.Pack();
                run.Forward(layer, tape);
                return run.Outputs.Zip(run.Upstream, Layers.Dot).Sum();
            },
            [.. run.Inputs.Select((input, i) => Layers.Variable(_inputs[i], input, run.Gradients[i])),
                .. Layers.Variables(layer.Parameters)],
            shape.Seed);
    }, count: 80);

    [Fact]
    public void A_batch_gives_the_bits_of_its_sequences_one_by_one() => RandomCases.Hold(AgcCase.Cases(), shape => shape.Shrink(), shape =>
    {
        AgcLstm<float> layer = shape.Create<float>();
        AgcRun<float> batch = new(shape);
        batch.Forward(layer, layer.CreateTape(shape.Steps, shape.Batch));
        AgcRun<float> one = new(shape with { Batch = 1 });
        AgcLstmTape<float> tape = layer.CreateTape(shape.Steps + 2, 2);
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            for (int input = 0; input < _inputs.Length; input++)
            {
                SequenceOf(batch.Inputs[input], input == 0 ? shape.Steps : 1, shape.Batch, sequence).CopyTo(one.Inputs[input], 0);
            }

            one.Forward(layer, tape);
            for (int output = 0; output < batch.Outputs.Length; output++)
            {
                float[] expected = SequenceOf(batch.Outputs[output], output is 1 or 2 ? 1 : shape.Steps, shape.Batch, sequence);
                Numbers.AssertSameBits<float>(expected, one.Outputs[output], $"output {output} of sequence {sequence}");
            }
        }
    }, count: 50);

    [Fact]
    public void A_run_in_two_parts_gives_the_bits_of_the_whole() => RandomCases.Hold(AgcCase.Cases(), shape => shape.Shrink(), shape =>
    {
        AgcLstm<float> layer = shape.Create<float>();
        AgcRun<float> whole = new(shape with { Steps = 2 * shape.Steps }), part = new(shape);
        AgcLstmTape<float> tape = layer.CreateTape(2 * shape.Steps, shape.Batch);
        whole.Forward(layer, tape);
        int x = part.Inputs[0].Length, y = part.Outputs[0].Length;
        for (int half = 0; half < 2; half++)
        {
            whole.Inputs[0].AsSpan(half * x, x).CopyTo(part.Inputs[0]);
            (half == 0 ? whole.Inputs : part.Outputs)[1].CopyTo(part.Inputs[1], 0);
            (half == 0 ? whole.Inputs : part.Outputs)[2].CopyTo(part.Inputs[2], 0);
            part.Forward(layer, tape);
            Numbers.AssertSameBits<float>(whole.Outputs[0].AsSpan(half * y, y), part.Outputs[0], $"half {half}");
        }

        Numbers.AssertSameBits<float>(whole.Outputs[2], part.Outputs[2], "c");
    }, count: 30);

    [Fact]
    public void No_steps_and_no_sequences_are_runs_too()
    {
        AgcCase shape = new(0, 2, 3, 2, 4, 5, 6, 1);
        AgcLstm<double> layer = shape.Create<double>();
        AgcLstmTape<double> tape = layer.CreateTape(1, 2);
        AgcRun<double> none = new(shape), empty = new(shape with { Steps = 1, Batch = 0 });
        none.Forward(layer, tape);
        Assert.Equal(none.Inputs[1], none.Outputs[1]);
        Assert.Equal(none.Inputs[2], none.Outputs[2]);
        none.Backward(layer, tape);
        Assert.Equal(none.Upstream[1], none.Gradients[1]);
        Assert.Equal(none.Upstream[2], none.Gradients[2]);
        empty.Forward(layer, tape);
        empty.Backward(layer, tape);
        Assert.All(layer.Parameters, parameter => Assert.Equal(0, parameter.Value.Gradient.ToArray().Sum(Math.Abs)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Nothing_is_allocated(int attentionSize)
    {
        AgcCase shape = new(4, 2, 5, 3, 9, 20, attentionSize, 3);
        AgcLstm<float> layer = shape.Create<float>();
        AgcLstmTape<float> tape = layer.CreateTape(4, 2);
        AgcRun<float> run = new(shape);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            run.Forward(layer, tape);
            run.Backward(layer, tape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        AgcCase shape = new(2, 2, 3, 1, 4, 5, 6, 1);
        AgcLstm<float> layer = shape.Create<float>(), other = shape.Create<float>(),
            plain = (shape with { AttentionSize = 0 }).Create<float>();
        AgcLstmTape<float> tape = layer.CreateTape(2, 2);
        AgcRun<float> run = new(shape);
        Assert.Throws<InvalidOperationException>(() => run.Backward(layer, tape));
        Assert.Throws<ArgumentException>(() => run.Forward(other, tape));
        Assert.Throws<ArgumentException>(() => run.Forward(layer, layer.CreateTape(1, 2)));
        Assert.Throws<ArgumentException>(() => run.Forward(layer, layer.CreateTape(2, 1)));
        Assert.Contains("no attention", Assert.Throws<ArgumentException>(() => run.Forward(plain, plain.CreateTape(2, 2))).Message);
        run.Outputs[4] = new float[3];
        Assert.Contains("T·B·H", Assert.Throws<ArgumentException>(() => run.Forward(layer, tape)).Message);
        run.Outputs[4] = [];
        run.Inputs[0] = run.Inputs[0][1..];
        Assert.Contains("T·B·N·D", Assert.Throws<ArgumentException>(() => run.Forward(layer, tape)).Message);
        Assert.All(run.Outputs, output => Assert.Equal(0, output.Sum()));
        AgcRun<float> good = new(shape);
        good.Forward(layer, tape);
        good.Upstream[3] = new float[5];
        Assert.Contains("T·B·N", Assert.Throws<ArgumentException>(() => good.Backward(layer, tape)).Message);
        good.Upstream[3] = [];
        good.Backward(layer, tape);
        Assert.Throws<InvalidOperationException>(() => good.Backward(layer, tape));
    }

    [Fact]
    public void Partitions_of_unequal_graphs_are_refused()
    {
        CsrGraph one = new([0, 1], [0]), two = new([0, 1, 2], [1, 0]);
        Assert.Throws<ArgumentException>(() => new GraphPartitions<float>());
        Assert.Contains("same nodes", Assert.Throws<ArgumentException>(() => new GraphPartitions<float>((one, []), (two, []))).Message);
        Assert.Throws<ArgumentException>(() => new GraphPartitions<float>((two, [1f])));
        Assert.Throws<ArgumentException>(() => new GraphPartitions<float>((new CsrGraph([0], []), [])));
        Assert.Throws<ArgumentNullException>(() => new GraphPartitions<float>((null!, [])));
    }

    private static T[] SequenceOf<T>(T[] values, int steps, int batch, int sequence)
    {
        int size = values.Length / (steps * batch);
        return [.. Enumerable.Range(0, steps).SelectMany(t => values.AsSpan((t * batch + sequence) * size, size).ToArray())];
    }
}
