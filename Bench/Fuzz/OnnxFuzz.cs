using FastRecurrent.Models;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>ONNX models: the protobuf message, its graphs and constants, and the layers that come out of it.</summary>
internal static class OnnxFuzz
{
    private const int MaxSteps = 2;

    public static FuzzTarget Create() => new("onnx", [.. Seeds()], Mutate, bytes => Read(() => OnnxFile.Read(bytes)), Memory: 1 << 14);

    /// <summary>Two changes field by field to one that does not know the format.</summary>
    public static byte[] Mutate(Random random, byte[] file, byte[] other) =>
        random.Next(3) == 0 ? ByteMutator.Mutate(random, file, other) : WireMutator.Mutate(random, file, other);

    /// <summary>Opens a model as it is said.</summary>
    public static Action? Read(Func<OnnxFile> open)
    {
        OnnxFile? file = null;
        return FuzzTarget.Allow<InvalidDataException>(() => file = open()) ? () => Use(file!) : null;
    }

    /// <summary>Everything that can be had of a model.</summary>
    private static void Use(OnnxFile file)
    {
        _ = file.ToString() + string.Concat(file.Graphs.SelectMany(graph => graph.Inputs.Concat(graph.Outputs)));
        foreach (OnnxTensor tensor in file.Tensors)
        {
            Allow(() => tensor.ToArray<float>());
            Allow(() => tensor.ToIntegers());
            Allow(() => file.GetTensor(tensor.Name));
        }

        foreach (OnnxNode node in file.Nodes)
        {
            foreach (string attribute in node.Attributes)
            {
                Allow(() => node.GetInteger(attribute, 0));
                Allow(() => node.GetFloats(attribute));
                Allow(() => node.GetTexts(attribute));
            }

            Allow(() => file.GetNode(node.Name));
            OnnxRecurrent<float>? layer = null;
            if (Allow(() => layer = OnnxRecurrent.Load<float>(node)))
            {
                Run(layer!);
            }

            Allow(() => OnnxLayers.LoadLinear<float>(node));
            Allow(() => OnnxLayers.LoadConvolution<float>(node));
        }
    }

    private static void Run(OnnxRecurrent<float> layer)
    {
        OnnxWorkspace<float> workspace = layer.CreateWorkspace(MaxSteps, 1);
        float[] x = new float[MaxSteps * layer.InputSize], y = new float[MaxSteps * layer.Directions * layer.HiddenSize];

        // The model's own lengths or states may be for another batch.
        FuzzTarget.Allow<ArgumentException>(() =>
            layer.Run(new OnnxInput<float> { Steps = MaxSteps, Batch = 1, X = x }, new OnnxOutput<float> { Y = y }, workspace));
    }

    /// <summary>Malformed, or valid and beyond this library.</summary>
    private static bool Allow(Action use) => FuzzTarget.Allow<InvalidDataException, NotSupportedException>(use);

    private static IEnumerable<byte[]> Seeds()
    {
        byte[] w = Floats("W", 1, 8, 3), r = OnnxBytes.TypedTensor("R", OnnxBytes.Float, [1, 8, 2], new float[16]);
        byte[] b = OnnxBytes.Tensor<Half>("B", OnnxBytes.Float16, [1, 16], new Half[16]),
            p = OnnxBytes.TypedTensor("P", OnnxBytes.BFloat16, [1, 6], new long[6]);
        yield return OnnxBytes.Model(OnnxBytes.Graph(
            [OnnxBytes.Node("LSTM", "rnn", ["X", "W", "R", "B", "", "", "", "P"], ["Y", "Y_h"], OnnxBytes.Attribute("hidden_size", 2),
                OnnxBytes.Attribute("activations", ["Sigmoid", "Tanh", "Tanh"]))],
            [w, r, b, p, OnnxBytes.ExternalTensor("e", OnnxBytes.Float, [1], ("location", "w"), ("offset", "4"))],
            [OnnxBytes.Value("X", OnnxBytes.Float, 2, 1, 3)],
            [OnnxBytes.Value("Y", OnnxBytes.Float, 2, 1, 1, 2)]));
        byte[] inner = OnnxBytes.Graph(
            [OnnxBytes.Node("GRU", "gru", ["X", "W6", "R6", "", "lengths"], ["Y"], OnnxBytes.Attribute("direction", "reverse"),
                OnnxBytes.Attribute("layout", 1), OnnxBytes.Attribute("linear_before_reset", 1))],
            [Floats("W6", 1, 6, 3), Floats("R6", 1, 6, 2), OnnxBytes.Tensor<int>("lengths", OnnxBytes.Int32, [1], [2])]);
        yield return OnnxBytes.Model(OnnxBytes.Graph(
            [OnnxBytes.Node("If", "if", ["c"], ["Y"], OnnxBytes.GraphAttribute("then_branch", inner),
                OnnxBytes.GraphAttribute("else_branch", inner))],
            [OnnxBytes.TypedTensor("half", OnnxBytes.Float16, [2], [15360L, 0L]),
            OnnxBytes.TypedTensor("d", OnnxBytes.Double, [1, 1], [1.0])]));
        yield return OnnxBytes.Model(OnnxBytes.Graph(
            [
                OnnxBytes.Node("Constant", "", [], ["k"], OnnxBytes.TensorAttribute("value", Floats("", 4, 3, 3))),
                OnnxBytes.Node("Conv", "conv", ["x", "k"], ["v"], OnnxBytes.Attribute("pads", [1L, 1L]),
                    OnnxBytes.Attribute("kernel_shape", [3L])),
                OnnxBytes.Node("Gemm", "linear", ["v", "m", "c"], ["u"], OnnxBytes.Attribute("transB", 1),
                    OnnxBytes.Attribute("alpha", 0.5f)),
                OnnxBytes.Node("RNN", "rnn", ["u", "W2", "R2", "", "", "h0"], ["Y"], OnnxBytes.Attribute("direction", "bidirectional"),
                    OnnxBytes.Attribute("activation_alpha", [1f, 1f])),
                OnnxBytes.Node("Constant", "", [], ["n"], OnnxBytes.Attribute("value_ints", [1L, 2L])),
            ],
            [Floats("m", 3, 4), Floats("c", 3), Floats("W2", 2, 2, 3), Floats("R2", 2, 2, 2), Floats("h0", 2, 1, 2)]));
    }

    private static byte[] Floats(string name, params long[] shape) =>
        OnnxBytes.Tensor(name, shape, new float[shape.Aggregate(1L, (a, b) => a * b)]);
}
