using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>Recurrent nodes of ONNX models against the published formulas.</summary>
public sealed class OnnxRecurrentTests : IDisposable
{
    private readonly WorkerPool _pool = new(2) { MinimumWork = 0 };

    public void Dispose() => _pool.Dispose();

    /// <summary>The shapes, inputs and attributes of the node tests that the ONNX project publishes for these operators.</summary>
    private static readonly OnnxCase[] _published =
    [
        new("LSTM", 1, 3, 2, 3),
        new("LSTM", 1, 3, 3, 4) { HasBias = true },
        new("LSTM", 1, 2, 4, 3) { HasBias = true, HasPeepholes = true, HasStates = true, Lengths = [1, 1] },
        new("LSTM", 1, 3, 2, 7) { Layout = 1 },
        new("GRU", 1, 3, 2, 5),
        new("GRU", 1, 3, 3, 3) { HasBias = true },
        new("GRU", 2, 3, 3, 5) { HasBias = true },
        new("GRU", 1, 3, 2, 6) { Layout = 1 },
        new("RNN", 1, 3, 2, 4),
        new("RNN", 1, 3, 3, 5) { HasBias = true },
        new("RNN", 2, 3, 3, 5) { HasBias = true },
        new("RNN", 1, 3, 2, 4) { Layout = 1 },
    ];

    private static readonly (string Name, OnnxCase Case)[] _activations =
    [
        ("Relu", Rnn(z => Math.Max(z, 0), "Relu")),
        ("sigmoid, in small letters", Rnn(z => 1 / (1 + Math.Exp(-z)), "sigmoid")),
        ("Affine by default", Rnn(z => z, "Affine")),
        ("Affine", Rnn(z => z, "Affine", 1, 0)),
        ("HardSigmoid", Rnn(z => Math.Clamp(z, 0, 1), "HardSigmoid", 1, 0)),
        ("LeakyRelu", Rnn(z => Math.Max(z, 0), "LeakyRelu", 0)),
        ("ScaledTanh", Rnn(Math.Tanh, "ScaledTanh", 1, 1)),
    ];

    [Fact]
    public void Published_node_tests_hold()
    {
        foreach (OnnxCase @case in _published)
        {
            Check<float>(@case, 2e-6);
            Check<double>(@case, 1e-13);
        }
    }

    /// <summary>Every operator in every direction and layout, with everything it can have, and with as little as possible.</summary>
    [Fact]
    public void All_variants_follow_the_formulas()
    {
        foreach (OnnxCase @case in Variants())
        {
            Check<float>(@case, 1e-5);
            Check<double>(@case, 1e-12);
        }
    }

    [Fact]
    public void Activations_of_an_rnn()
    {
        foreach ((_, OnnxCase @case) in _activations)
        {
            Check<double>(@case, 1e-12);
        }
    }

    [Fact]
    public void Default_activations_may_be_named()
    {
        byte[] lstm = OnnxBytes.Attribute("activations", ["SIGMOID", "tanh", "Tanh", "Sigmoid", "Tanh", "Tanh"]);
        Check<double>(new("LSTM", 3, 2, 2, 3) { Direction = "bidirectional", Activation = ([lstm], Math.Tanh) }, 1e-12);
        byte[] gru = OnnxBytes.Attribute("activations", ["Sigmoid", "Tanh"]), zeros = OnnxBytes.Attribute("activation_alpha", [0f, 0f, 0f]);
        Check<double>(new("GRU", 3, 2, 2, 3) { Activation = ([gru, zeros], Math.Tanh) }, 1e-12);
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.MaxValue)]
    [InlineData(100f)]
    public void A_clip_without_effect_is_none(float clip) =>
        Check<double>(new("LSTM", 3, 2, 2, 3) { Activation = ([OnnxBytes.Attribute("clip", clip)], Math.Tanh) }, 1e-12);

    [Fact]
    public void States_and_lengths_of_the_model_are_used_when_the_caller_brings_none()
    {
        OnnxCase @case = new("LSTM", 4, 3, 2, 3) { Direction = "bidirectional", Layout = 1, HasStates = true, Lengths = [2, 0, 4] };
        byte[] node = OnnxBytes.Node(
            "LSTM",
            "n",
            ["X", "W", "R", "", "lens", "h0", "c0"],
            ["Y"],
            OnnxBytes.Attribute("hidden_size", 3),
            OnnxBytes.Attribute("direction", @case.Direction),
            OnnxBytes.Attribute("layout", 1));
        byte[][] tensors =
        [
            OnnxBytes.Tensor("W", [2, 12, 2], @case.W), OnnxBytes.Tensor("R", [2, 12, 3], @case.R),
            OnnxBytes.Tensor("h0", [3, 2, 3], @case.H0),
            OnnxBytes.Tensor("c0", [3, 2, 3], @case.C0), OnnxBytes.Tensor<int>("lens", OnnxBytes.Int32, [3], @case.Lengths),
        ];
        OnnxRecurrent<double> network = OnnxRecurrent.Load<double>(OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph([node], tensors))), "n");
        OnnxWorkspace<double> workspace = network.CreateWorkspace(4, 4);
        double[] y = new double[4 * 2 * 3 * 3];
        network.Run(new OnnxInput<double> { Steps = 4, Batch = 3, X = Widen<double>(@case.X) },
            new OnnxOutput<double> { Y = y }, workspace);
        AssertClose(@case.Expected().Y, y, 1e-12, "Y");

        // For another batch they are of no use.
        ArgumentException error = Assert.Throws<ArgumentException>("input.InitialH", () => network.Run(
            new OnnxInput<double> { Steps = 4, Batch = 4, X = new double[32], SequenceLengths = [1, 1, 1, 1] }, default, workspace));
        Assert.Contains("initial state is for 3 sequences", error.Message);
        error = Assert.Throws<ArgumentException>("input.SequenceLengths", () => network.Run(
            new OnnxInput<double> { Steps = 4, Batch = 4, X = new double[32], InitialH = new double[24], InitialC = new double[24] },
            default, workspace));
        Assert.Contains("the model has lengths", error.Message);
    }

    [Fact]
    public void The_two_biases_stay_apart()
    {
        OnnxCase @case = new("GRU", 1, 1, 2, 3) { HasBias = true, Flag = true };
        RecurrentNetwork<double> network = Load<double>(@case).Network;
        double[] b = Widen<double>(@case.B);
        foreach ((string name, int first) in new[] { ("bias_ih_l0", 0), ("bias_hh_l0", 9) }) // z, r, h to r, z, n
        {
            Assert.Equal([.. b[(first + 3)..(first + 6)], .. b[first..(first + 3)], .. b[(first + 6)..(first + 9)]],
                network.Parameters[name].Value.ToArray());
        }
    }

    [Fact]
    public void Runs_allocate_nothing()
    {
        foreach (OnnxCase @case in Variants())
        {
            OnnxRecurrent<float> network = Load<float>(@case);
            OnnxWorkspace<float> workspace = network.CreateWorkspace(@case.Steps, @case.Batch);
            float[] x = @case.X, h0 = @case.H0, y = new float[@case.Steps * h0.Length];
            Assert.Equal(0, Numbers.AllocatedBytes(() => network.Run(
                new OnnxInput<float> { Steps = @case.Steps, Batch = @case.Batch, X = x, InitialH = h0, SequenceLengths = @case.Lengths },
                new OnnxOutput<float> { Y = y, YH = h0 },
                workspace)));
        }
    }

    [Fact]
    public void Arguments_are_checked_before_anything_is_written()
    {
        OnnxRecurrent<float> network = Load<float>(new("GRU", 3, 2, 2, 3) { Direction = "reverse" });
        OnnxWorkspace<float> workspace = network.CreateWorkspace(3, 2), other = Load<float>(new("GRU", 3, 2, 2, 3)).CreateWorkspace(3, 2);
        float[] x = new float[12], y = [.. Enumerable.Repeat(7f, 18)];
        Refused("input.X", new OnnxInput<float> { Steps = 3, Batch = 2, X = x.AsSpan(1) }, 18, workspace);
        Refused("input", new OnnxInput<float> { Steps = 4, Batch = 2, X = x }, 18, workspace);
        Refused("input", new OnnxInput<float> { Steps = 3, Batch = -1, X = x }, 18, workspace);
        Refused("input.SequenceLengths", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, SequenceLengths = [3] }, 18, workspace);
        Refused("input.SequenceLengths", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, SequenceLengths = [3, 4] }, 18, workspace);
        Refused("input.SequenceLengths", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, SequenceLengths = [3, -1] }, 18, workspace);
        Refused("input.InitialH", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, InitialH = new float[5] }, 18, workspace);
        Refused("input.InitialC", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, InitialC = new float[6] }, 18, workspace);
        Refused("output.Y", new OnnxInput<float> { Steps = 3, Batch = 2, X = x }, 17, workspace);
        Refused("output.Y", new OnnxInput<float> { Steps = 3, Batch = 2, X = y.AsSpan(6) }, 18, workspace);
        Refused("output.Y", new OnnxInput<float> { Steps = 3, Batch = 2, X = x, InitialH = y.AsSpan(0, 6) }, 18, workspace);
        Refused("workspace", new OnnxInput<float> { Steps = 3, Batch = 2, X = x }, 18, other);

        void Refused(string parameter, OnnxInput<float> input, int length, OnnxWorkspace<float> memory)
        {
            ArgumentException? error = null;
            try
            {
                network.Run(input, new OnnxOutput<float> { Y = y.AsSpan(0, length) }, memory);
            }
            catch (ArgumentException exception)
            {
                error = exception;
            }

            Assert.Equal(parameter, error?.ParamName);
            Assert.All(y, value => Assert.Equal(7f, value));
        }
    }

    internal static IEnumerable<OnnxCase> Variants()
    {
        foreach (string op in new[] { "LSTM", "GRU", "RNN" })
        {
            foreach (string direction in new[] { "forward", "reverse", "bidirectional" })
            {
                for (int bits = 0; bits < 16; bits++)
                {
                    bool all = (bits & 1) != 0, flag = (bits & 2) != 0;
                    int layout = bits >> 2 & 1, batch = (bits & 8) == 0 ? 3 : 1;
                    yield return new OnnxCase(op, 4, batch, 2, 5)
                    {
                        Direction = direction,
                        Layout = layout,
                        Flag = flag && op != "RNN",
                        HasBias = all,
                        HasStates = all,
                        HasPeepholes = all && op == "LSTM",
                        Lengths = all ? [.. new[] { 2, 4, 0 }.Take(batch)] : null,
                    };
                }
            }
        }
    }

    private static OnnxCase Rnn(Func<double, double> function, string name, params float[] arguments)
    {
        List<byte[]> attributes = [OnnxBytes.Attribute("activations", [name, name])];
        for (int i = 0; i < arguments.Length; i++)
        {
            attributes.Add(OnnxBytes.Attribute(i == 0 ? "activation_alpha" : "activation_beta", [arguments[i], arguments[i]]));
        }

        return new OnnxCase("RNN", 3, 2, 2, 3) { Direction = "bidirectional", Activation = ([.. attributes], function) };
    }

    private static OnnxRecurrent<T> Load<T>(OnnxCase @case)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => OnnxRecurrent.Load<T>(OnnxFile.Read(@case.Model()), 0);

    private void Check<T>(OnnxCase @case, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxRecurrent<T> network = Load<T>(@case);
        T[] h0 = @case.HasStates ? Widen<T>(@case.H0) : [], c0 = @case.HasStates && @case.Operator == "LSTM" ? Widen<T>(@case.C0) : [];
        (double[] expectedY, double[] expectedH, double[] expectedC) = @case.Expected();
        T[] y = new T[expectedY.Length], h = new T[expectedH.Length], c = new T[@case.Operator == "LSTM" ? expectedC.Length : 0];
        foreach (int slack in new[] { 0, 2 })
        {
            OnnxInput<T> input =
                new()
                {
                    Steps = @case.Steps,
                    Batch = @case.Batch,
                    X = Widen<T>(@case.X),
                    SequenceLengths = @case.Lengths,
                    InitialH = h0,
                    InitialC = c0
                };
            network.Run(input, new OnnxOutput<T> { Y = y, YH = h, YC = c },
                network.CreateWorkspace(@case.Steps + slack, @case.Batch + slack, slack == 0 ? null : _pool));
            AssertClose(expectedY, y, tolerance, $"{@case} Y");
            AssertClose(expectedH, h, tolerance, $"{@case} Y_h");
            AssertClose(c.Length == 0 ? [] : expectedC, c, tolerance, $"{@case} Y_c");
        }

        if (@case.HasStates)
        {
            network.Run(
                new OnnxInput<T>
                {
                    Steps = @case.Steps,
                    Batch = @case.Batch,
                    X = Widen<T>(@case.X),
                    SequenceLengths = @case.Lengths,
                    InitialH = h0,
                    InitialC = c0,
                },
                new OnnxOutput<T> { YH = h0, YC = c0 }, network.CreateWorkspace(@case.Steps, @case.Batch));
            Numbers.AssertSameBits<T>(h, h0, "Y_h over initial_h");
            Numbers.AssertSameBits<T>(c, c0, "Y_c over initial_c");
        }
    }

    private static T[] Widen<T>(float[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. values.Select(T.CreateTruncating)];

    private static void AssertClose<T>(double[] expected, T[] actual, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - double.CreateTruncating(actual[i]));
            Assert.True(error <= tolerance, $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
