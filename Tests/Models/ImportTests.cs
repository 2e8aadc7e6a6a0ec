using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>Weights under the names and in the orders of other frameworks, against those frameworks' formulas.</summary>
public class ImportTests
{
    private const int D = 3, H = 4, Steps = 3;

    [Theory]
    [InlineData(TensorType.F64)]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void PyTorch_names_in_any_type_under_any_prefix(TensorType type)
    {
        LstmOptions options = new() { InputSize = D, HiddenSize = H, Layers = 2, Bidirectional = true };
        Lstm<double> source = new(options);
        foreach ((_, Parameter<double> parameter) in source.Parameters)
        {
            for (int i = 0; i < parameter.Length; i++)
            {
                parameter.Value[i] = (i % 17 - 8) / 16.0; // exact in every type
            }
        }

        SafeTensorsFile file =
            SafeTensorsFile.Read(SafeTensorsTests.Bytes(new SafeTensorsWriter().Add(source.Parameters, "encoder.lstm.", type)));
        Lstm<double> wide = new(options);
        Lstm<float> narrow = new(options);
        wide.Parameters.Load(file, "encoder.lstm.");
        narrow.Parameters.Load(file, "encoder.lstm.");
        foreach ((string name, Parameter<double> parameter) in source.Parameters)
        {
            Numbers.AssertSameBits<double>(parameter.Value, wide.Parameters[name].Value, name);
            Numbers.AssertSameBits<float>([.. parameter.Value.ToArray().Select(v => (float)v)], narrow.Parameters[name].Value, name);
        }
    }

    [Fact]
    public void PyTorch_cells_have_no_layer_in_their_names()
    {
        (string Name, long[] Shape)[] names = [("weight_ih", [3 * H, D]), ("weight_hh", [3 * H, H]), ("bias_ih", [3 * H]),
            ("bias_hh", [3 * H])];
        SafeTensorsWriter writer = new();
        List<byte[]> tensors = [];
        foreach ((string name, long[] shape) in names)
        {
            float[] values = Numbers.Random<float>(name.Length, shape.Aggregate(1L, (a, b) => a * b));
            writer.Add<float>("a.rnn." + name, shape, values);
            tensors.Add(OnnxBytes.Tensor("a.rnn." + name, shape, values));
        }

        SafeTensorsFile file = SafeTensorsFile.Read(SafeTensorsTests.Bytes(writer));
        OnnxFile model = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph([], tensors)));
        Gru<double> gru = new(new GruOptions { InputSize = D, HiddenSize = H }), fromModel = new(gru.Options);
        gru.Parameters.LoadCell(file, "a.rnn.");
        fromModel.Parameters.LoadCell(model, "a.rnn.");
        foreach ((string name, long[] shape) in names)
        {
            double[] expected = new double[gru.Parameters[name + "_l0"].Length];
            file.CopyTo<double>("a.rnn." + name, expected);
            Numbers.AssertSameBits<double>(expected, gru.Parameters[name + "_l0"].Value, name);
            Numbers.AssertSameBits<double>(expected, fromModel.Parameters[name + "_l0"].Value, name);
        }

        Assert.Contains("no tensor 'a.rnn.weight_ih_l0'",
            Assert.Throws<InvalidDataException>(() => fromModel.Parameters.Load(model, "a.rnn.")).Message);
        foreach (Action load in new[] { () => fromModel.Parameters.Load(model, "a.rnn."), () => gru.Parameters.Load(file, "a.rnn.") })
        {
            string message = Assert.Throws<InvalidDataException>(load).Message;
            Assert.Contains("'a.rnn.weight_ih'", message);
            Assert.Contains("LoadCell", message);
        }

        Gru<double> deep = new(gru.Options with { Layers = 2 }), wide = new(gru.Options with { HiddenSize = H + 1 });
        Assert.Throws<ArgumentException>("parameters", () => deep.Parameters.LoadCell(file, "a.rnn."));
        Assert.Contains("[12, 3] in the file, but the network has",
            Assert.Throws<InvalidDataException>(() => wide.Parameters.LoadCell(model, "a.rnn.")).Message);
    }

    [Theory]
    [InlineData(2, false, "a.weight_ih_l1'")]
    [InlineData(1, true, "a.weight_ih_l0_reverse'")]
    public void A_file_of_more_layers_or_directions_is_refused(int layers, bool bidirectional, string first)
    {
        Gru<float> source = new(new GruOptions { InputSize = D, HiddenSize = H, Layers = layers, Bidirectional = bidirectional });
        source.Initialise(1);
        SequenceClassifier<float> target = new(new Gru<float>(new GruOptions { InputSize = D, HiddenSize = H }), 2,
            SequencePooling.LastState);
        SafeTensorsWriter writer = new SafeTensorsWriter().Add(source.Parameters, "a.").Add(source.Parameters, "recurrent.");
        writer.Add<float>("classifier.weight", [2, H], new float[2 * H]).Add<float>("classifier.bias", [2], new float[2]);
        SafeTensorsFile file = SafeTensorsFile.Read(SafeTensorsTests.Bytes(writer));
        OnnxFile model = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            [], source.Parameters.Select(
                item => OnnxBytes.Tensor("a." + item.Key, [.. item.Value.Shape.ToArray()], item.Value.Value.ToArray())))));
        ParameterSet<float> gru = new Gru<float>(new GruOptions { InputSize = D, HiddenSize = H }).Parameters;
        foreach ((Action load, string name) in new (Action, string)[]
        {
            (() => gru.Load(file, "a."), first), (() => gru.Load(model, "a."), first),
            (() => target.Parameters.Load(file), first.Replace("a.", "recurrent.")),
        })
        {
            string message = Assert.Throws<InvalidDataException>(load).Message;
            Assert.Contains($"'{name} too", message);
            Assert.Contains("more layers or directions", message);
        }

        Assert.All(gru.Concat(target.Parameters), item => Assert.All(item.Value.Value.ToArray(), value => Assert.Equal(0, value)));
    }

    [Fact]
    public void A_file_may_hold_more_of_all_else()
    {
        Gru<float> gru = new(new GruOptions { InputSize = D, HiddenSize = H });
        gru.Initialise(1);
        SafeTensorsWriter writer = new SafeTensorsWriter().Add(gru.Parameters, "a.");
        foreach (
            string name in new[] { "a.other_l1", "weight_ih_l1", "b.weight_ih_l1", "a.weight_ih_lx", "a.weight_ih_l", "a.weight_ih",
            "a.weight_ih_l1_other", "a.1" })
        {
            writer.Add<float>(name, [1], [1]);
        }

        Gru<float> loaded = new(gru.Options);
        loaded.Parameters.Load(SafeTensorsFile.Read(SafeTensorsTests.Bytes(writer)), "a.");
        Numbers.AssertSameBits<float>(gru.Parameters["weight_hh_l0"].Value, loaded.Parameters["weight_hh_l0"].Value, "weight_hh_l0");
    }

    [Fact]
    public void Keras_lstm()
    {
        SafeTensorsFile file = Keras(4, [4 * H], out float[] w, out float[] u, out float[] b);
        Lstm<double> network = new(new LstmOptions { InputSize = D, HiddenSize = H });
        network.LoadKeras(file, "layer.");
        Check(network, (x, h, c) =>
        {
            double[] z = [.. Enumerable.Range(0, 4 * H).Select(j => Column(w, j, 4, x) + Column(u, j, 4, h) + b[j])];
            for (int k = 0; k < H; k++) // i, f, c, o
            {
                c[k] = Sigmoid(z[H + k]) * c[k] + Sigmoid(z[k]) * Math.Tanh(z[2 * H + k]);
                h[k] = Sigmoid(z[3 * H + k]) * Math.Tanh(c[k]);
            }
        });
        Assert.Throws<ArgumentException>("network", () => new Lstm<float>(network.Options with { Peephole = Peephole.Full })
            .LoadKeras(file, "layer."));
        Assert.Throws<ArgumentException>("reverse", () => network.LoadKeras(file, "layer.", reverse: true));
        Assert.Throws<ArgumentOutOfRangeException>("layer", () => network.LoadKeras(file, "layer.", layer: 1));
        Assert.Contains("kernel F32 [3, 16] in the file, but the network needs [4, 16]", Assert.Throws<InvalidDataException>(
            () => new Lstm<float>(network.Options with { InputSize = 4 }).LoadKeras(file, "layer.")).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Keras_gru(bool resetAfter)
    {
        SafeTensorsFile file = Keras(3, resetAfter ? [2, 3 * H] : [3 * H], out float[] w, out float[] u, out float[] b);
        GruOptions options = new() { InputSize = D, HiddenSize = H, Reset = resetAfter ? ResetGate.After : ResetGate.Before };
        Gru<double> network = new(options);
        network.LoadKeras(file, "layer.");
        Check(network, (x, h, _) =>
        {
            double[] old = [.. h];
            double[] z = [.. Enumerable.Range(0, H).Select(k => Gate(k))], r = [.. Enumerable.Range(H, H).Select(k => Gate(k))]; // z, r, h
            for (int k = 0; k < H; k++)
            {
                int j = 2 * H + k;
                double recurrent = resetAfter
                    ? r[k] * (Column(u, j, 3, old) + b[3 * H + j])
                    : Column(u, j, 3, [.. old.Select((value, i) => r[i] * value)]);
                h[k] = z[k] * old[k] + (1 - z[k]) * Math.Tanh(Column(w, j, 3, x) + b[j] + recurrent);
            }

            double Gate(int j) => Sigmoid(Column(w, j, 3, x) + b[j] + Column(u, j, 3, old) + (resetAfter ? b[3 * H + j] : 0));
        });

        // The bias tells which of the two a file was made for.
        Gru<double> other = new(options with { Reset = resetAfter ? ResetGate.Before : ResetGate.After });
        Assert.Contains("bias F32", Assert.Throws<InvalidDataException>(() => other.LoadKeras(file, "layer.")).Message);
        Assert.All(other.Parameters["weight_ih_l0"].Value.ToArray(), value => Assert.Equal(0, value));
        Assert.Throws<ArgumentException>("network", () => new Gru<float>(options with { Update = UpdateGate.Takes })
            .LoadKeras(file, "layer."));
    }

    [Fact]
    public void Keras_simple_rnn()
    {
        SafeTensorsFile file = Keras(1, null, out float[] w, out float[] u, out _);
        Srn<double> network = new(new SrnOptions { InputSize = D, HiddenSize = H, Bidirectional = true });
        network.LoadKeras(file, "layer.", reverse: true);
        Assert.All(network.Parameters["weight_ih_l0"].Value.ToArray(), value => Assert.Equal(0, value));
        Srn<double> forward = new(new SrnOptions { InputSize = D, HiddenSize = H });
        forward.LoadKeras(file, "layer.");
        Numbers.AssertSameBits<double>(forward.Parameters["weight_hh_l0"].Value,
            network.Parameters["weight_hh_l0_reverse"].Value, "reverse");
        Check(forward, (x, h, _) =>
        {
            double[] old = [.. h];
            for (int k = 0; k < H; k++)
            {
                h[k] = Math.Tanh(Column(w, k, 1, x) + Column(u, k, 1, old));
            }
        });
        Assert.Throws<ArgumentException>("network", () => new Srn<float>(forward.Options with { Recurrence = SrnRecurrence.Residual })
            .LoadKeras(file, "layer."));
    }

    /// <summary>A layer's arrays as Keras holds them.</summary>
    private static SafeTensorsFile Keras(int gates, long[]? bias, out float[] w, out float[] u, out float[] b)
    {
        (w, u, b) = (Numbers.Random<float>(1, D * gates * H), Numbers.Random<float>(2, H * gates * H),
            Numbers.Random<float>(3, bias?.Aggregate((x, y) => x * y) ?? 0));
        SafeTensorsWriter writer = new SafeTensorsWriter().Add<float>("layer.kernel", [D, gates * H], w)
            .Add<float>("layer.recurrent_kernel", [H, gates * H], u);
        return SafeTensorsFile.Read(SafeTensorsTests.Bytes(bias is null ? writer : writer.Add<float>("layer.bias", bias, b)));
    }

    /// <summary>Runs a network and, beside it, a step of plain formulas that change h and c.</summary>
    private static void Check(RecurrentNetwork<double> network, Action<double[], double[], double[]> step)
    {
        network.Pack();
        double[] x = Numbers.Random<double>(9, Steps * D), y = new double[Steps * H], h = new double[H], c = new double[H];
        network.Run(new SequenceInput<double> { Steps = Steps, Batch = 1, X = x }, new SequenceOutput<double> { Y = y },
            network.CreateWorkspace(Steps, 1));
        for (int t = 0; t < Steps; t++)
        {
            step(x[(t * D)..((t + 1) * D)], h, c);
            for (int k = 0; k < H; k++)
            {
                Assert.Equal(h[k], y[t * H + k], 1e-12);
            }
        }
    }

    /// <summary>A column of a kernel [v, gates · H] times a vector.</summary>
    private static double Column(float[] kernel, int column, int gates, double[] v) =>
        v.Select((value, i) => value * kernel[i * gates * H + column]).Sum();

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
