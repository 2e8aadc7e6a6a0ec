using FastRecurrent.Models;

namespace FastRecurrent.Tests.Models;

/// <summary>ONNX models that are cut, lie or are made to harm: refused with a message, never anything else.</summary>
public class HostileOnnxTests
{
    private static readonly byte[] _w = OnnxBytes.Tensor("W", [1, 3, 2], new float[6]), _r = OnnxBytes.Tensor("R", [1, 3, 3], new float[9]);

    /// <summary>What no tensor may say, and what is said of it.</summary>
    private static readonly (byte[] Tensor, string Message)[] _tensors =
    [
        (OnnxBytes.Tensor("a", [2], [1]), "'a' Float [2] takes 2 elements, but 4 bytes are there"),
        (OnnxBytes.Tensor("a", [], [1, 2]), "'a' Float [] takes 1 elements, but 8 bytes are there"),
        (OnnxBytes.Tensor("a", [-1], []), "'a' Float [-1] has a negative size"),
        (OnnxBytes.Tensor("a", [1L << 40, 1L << 40], []), "too large for any file"),
        (OnnxBytes.Tensor("a", [1L << 62], []), "takes 4611686018427387904 elements, but 0 bytes"),
        (OnnxBytes.Tensor("a", [0, -1], []), "negative size"),
        (OnnxBytes.Tensor("a", [.. Enumerable.Repeat(1L, 65)], [1]), "'a' has 65 dimensions; 64 are allowed"),
        (OnnxBytes.TypedTensor("a", OnnxBytes.Float, [2], [1f]), "takes 2 elements, but 1 numbers are there"),
        (OnnxBytes.TypedTensor("a", OnnxBytes.Float16, [1], [65536L]), "element 0 is 65536, not the 16 bits of a number"),
        (OnnxBytes.TypedTensor("a", OnnxBytes.BFloat16, [1], [-1L]), "element 0 is -1, not the 16 bits of a number"),
        ([.. OnnxBytes.Tensor("a", [1], [1]), .. new OnnxBytes().Packed(5, 1).ToArray()], "numbers in more than one place"),
        ([.. OnnxBytes.TypedTensor("a", OnnxBytes.Float, [1], [1f]), .. new OnnxBytes().Packed(7, 1).ToArray()],
            "numbers in more than one place"),
        ([.. OnnxBytes.Tensor("a", [1], [1]), .. new OnnxBytes().Number(14, 7).ToArray()], "unknown data location 7"),
        ([.. OnnxBytes.Tensor("a", [1], [1]), .. new OnnxBytes().Bytes(3, []).ToArray()], "is a segment"),
        (OnnxBytes.ExternalTensor("a", OnnxBytes.Float, [1]), "the external location '' is no plain path"),
        (OnnxBytes.ExternalTensor("a", OnnxBytes.Float, [1], ("location", "w"), ("length", "5")),
            "takes 4 bytes, but its external data has length '5'"),
    ];

    /// <summary>Attributes and inputs that an LSTM, GRU or RNN node of one gate row, H = 3, D = 2, cannot have;
    /// the operator is RNN unless named.</summary>
    private static readonly (byte[] Node, string Message, bool IsValid)[] _nodes =
    [
        (Rnn(OnnxBytes.Attribute("hidden_size", 4)), "attribute 'hidden_size' is 4, but R is 'R' Float [1, 3, 3]", false),
        (Rnn(OnnxBytes.Attribute("hidden_size", "x")), "attribute 'hidden_size' is of type String, not Int", false),
        (Rnn(OnnxBytes.Attribute("hidden_size", 3), OnnxBytes.Attribute("hidden_size", 3)),
            "attribute 'hidden_size' is there twice", false),
        (Rnn(new OnnxBytes().Text(1, "hidden_size").Number(20, 2).ToArray()), "attribute 'hidden_size' has no value", false),
        (Rnn(OnnxBytes.Attribute("direction", "up")), "attribute 'direction' is 'up'", false),
        (Rnn(OnnxBytes.Attribute("direction", "bidirectional")), "R is 'R' Float [1, 3, 3], not [2, 3, 3]", false),
        (Rnn(OnnxBytes.Attribute("layout", 2)), "attribute 'layout' is 2", false),
        (Rnn(OnnxBytes.Attribute("activations", ["Tanh", "Tanh"])), "attribute 'activations' names 2 activations, not 1", false),
        (Rnn(OnnxBytes.Attribute("activations", ["Sine"])), "attribute 'activations' names 'Sine', which the format does not know", false),
        (Rnn(OnnxBytes.Attribute("activations", ["LeakyRelu"]), OnnxBytes.Attribute("activation_alpha", [0f, 0f])),
            "attribute 'activation_alpha' holds 2 numbers for 1", false),
        (Rnn(OnnxBytes.Attribute("activations", ["LeakyRelu"]), OnnxBytes.Attribute("activation_alpha", [float.NaN])),
            "attribute 'activation_alpha' holds NaN", false),
        (Rnn(OnnxBytes.Attribute("clip", 0f)), "attribute 'clip' is 0", false),
        (Rnn(OnnxBytes.Attribute("clip", float.NaN)), "attribute 'clip' is NaN", false),
        (Rnn(["X", "", "R"]), "RNN node 'n' has no W", false),
        (Rnn(["X", "W"]), "RNN node 'n' has no R", false),
        (Rnn(["X", "W", "flat"]), "R is 'flat' Float [9], not [1, 0, 0]", false),
        (Rnn(["X", "integers", "R"]), "does not hold Float", false),
        (Rnn(["X", "empty", "R"]), "sizes that no cell can have", false),
        (Rnn(["X", "W", "R", "flat"]), "B is 'flat' Float [9], not [1, 6]", false),
        (Rnn(["X", "W", "R", "", "W"]), "sequence_lens is 'W' Float [1, 3, 2], not [0]", false),
        (Rnn(["X", "W", "R", "", "flat"]), "does not hold Int", false),
        (Rnn(["X", "W", "R", "", "negative"]), "sequence_lens 'negative' Int64 [1] holds -1", false),
        (Rnn(["X", "W", "R", "", "", "R"]), "initial_h is 'R' Float [1, 3, 3], not", true),
        (Rnn(["X", "W", "R", "", "", "W"]), "initial_h is 'W' Float [1, 3, 2], not [1, 3, 3]", false),
        (Rnn(["X", "W", "computed"]), "input 2, 'computed', is computed and no constant", true),
        (Rnn(["X", "W", "R", "computed"]), "input 3, 'computed', is computed and no constant", true),
        (Rnn(OnnxBytes.Attribute("clip", 5f)), "attribute 'clip' is 5; these cells do not clip", true),
        (Rnn(OnnxBytes.Attribute("clip", 500f), OnnxBytes.Attribute("activations", ["Relu"])), "attribute 'clip' is 500", true),
        (Rnn(OnnxBytes.Attribute("activations", ["LeakyRelu"])), "attribute 'activations' asks for LeakyRelu, alpha 0.01", true),
        (Rnn(OnnxBytes.Attribute("activations", ["Affine"]), OnnxBytes.Attribute("activation_beta", [1f])),
            "asks for Affine, alpha 1, beta 1", true),
        (Rnn(OnnxBytes.Attribute("activations", ["Softsign"])), "asks for Softsign", true),
        (Rnn(OnnxBytes.Attribute("input_forget", 1)), "attribute 'input_forget' is unknown", true),
        (OnnxBytes.Node("LSTM", "n", ["X", "W4", "R4"], ["Y"], OnnxBytes.Attribute("activations", ["Tanh", "Tanh", "Tanh"])),
            "asks for Tanh where these cells compute Sigmoid", true),
        (OnnxBytes.Node("LSTM", "n", ["X", "W4", "R4", "", "", "", "", "flat"], ["Y"]), "P is 'flat' Float [9], not [1, 9]", false),
        (OnnxBytes.Node("LSTM", "n", ["X", "W", "R"], ["Y"]), "R is 'R' Float [1, 3, 3], not [1, 12, 3]", false),
        (OnnxBytes.Node("Neg", "n", ["X"], ["Y"]), "Neg node 'n' is no LSTM, GRU or RNN", true),
        ([.. OnnxBytes.Node("RNN", "n", ["X", "W", "R"], ["Y"]), .. new OnnxBytes().Text(7, "other").ToArray()],
            "belongs to the domain 'other'", true),
    ];

    [Fact]
    public void Tensors_that_lie_are_refused()
    {
        foreach ((byte[] tensor, string message) in _tensors)
        {
            Refused(Model([], tensor), message);
            Refused(Model([OnnxBytes.Node("Constant", "", [], ["a"], OnnxBytes.TensorAttribute("value", tensor))]), message);
        }

        Refused(Model([], OnnxBytes.Tensor("a", [1], [1]), OnnxBytes.Tensor("a", [1], [1])), "Graph 'graph' has two constants named 'a'");
        Refused(Model([OnnxBytes.Node("Constant", "k", [], ["a"], OnnxBytes.Attribute("value", 1))]),
            "Constant node 'k': attribute 'value' is of type Int");
        Refused(new OnnxBytes().Number(1, 8).ToArray(), "The file has no graph");
        Refused([], "The file has no graph");
        Refused([0xFF, 0xFF, 0xFF], "no ONNX model");
    }

    [Fact]
    public void Types_that_cannot_be_read_are_in_nobodys_way()
    {
        OnnxFile file = OnnxFile.Read(Model([], OnnxBytes.Tensor<byte>("a", 99, [1L << 50], []), OnnxBytes.Tensor("b", [1], [1])));
        Assert.Contains("'a' 99 [1125899906842624] does not hold",
            Assert.Throws<InvalidDataException>(() => file.GetTensor("a").ToArray<float>()).Message);
        Assert.Throws<InvalidDataException>(() => file.GetTensor("a").ToIntegers());
        Assert.Equal([1f], file.GetTensor("b").ToArray<float>());
    }

    [Fact]
    public void Nodes_that_lie_or_ask_too_much_are_refused()
    {
        byte[][] tensors =
        [
            _w, _r, OnnxBytes.Tensor("flat", [9], new float[9]), OnnxBytes.Tensor("empty", [1, 3, 0], []),
            OnnxBytes.Tensor<long>("integers", OnnxBytes.Int64, [1, 3, 2], new long[6]),
            OnnxBytes.Tensor<long>("negative", OnnxBytes.Int64, [1], [-1]),
            OnnxBytes.Tensor("W4", [1, 12, 2], new float[24]), OnnxBytes.Tensor("R4", [1, 12, 3], new float[36]),
        ];
        foreach ((byte[] node, string message, bool isValid) in _nodes)
        {
            Exception? error = Record.Exception(() => OnnxRecurrent.Load<float>(OnnxFile.Read(Model([node], tensors)), "n"));
            Assert.True(error is null ? message.StartsWith("initial_h is 'R'") : isValid
                ? error is NotSupportedException
                : error is InvalidDataException, $"{message}: {error}");
            Assert.True(error is null || error.Message.Contains(message), $"{message}: {error}");
        }
    }

    [Fact]
    public void A_claim_costs_no_memory()
    {
        byte[] longGraph = [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x0A];
        byte[] longRaw = Model([], [.. OnnxBytes.Tensor("a", [0], []), 0x4A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]);
        byte[] longFloats = Model([], [.. new OnnxBytes().Number(2, 1).ToArray(), 0x22, 0xFC, 0xFF, 0xFF, 0xFF, 0x07]);
        byte[] longName = Model([], OnnxBytes.Tensor(new string('x', 100_000), [2], [1]));
        byte[] largeShape = Model([Rnn()], OnnxBytes.Tensor("W", [1, 1L << 30, 0], []), OnnxBytes.Tensor("R", [1, 1L << 30, 0], []));
        OnnxFile.Read(Model([]));
        foreach (byte[] bytes in new[] { longGraph, longRaw, longFloats, longName, largeShape })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => OnnxRecurrent.Load<float>(OnnxFile.Read(bytes), 0));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
            Assert.InRange(error.Message.Length, 20, 400);
        }
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        byte[] graph = OnnxBytes.Graph([], []);
        int depth = 0;
        while (Record.Exception(() => OnnxFile.Read(OnnxBytes.Model(graph))) is not InvalidDataException)
        {
            Assert.True(++depth < 100, "A hundred graphs in one another are accepted.");
            graph = OnnxBytes.Graph([OnnxBytes.Node("If", "", [], [], OnnxBytes.GraphAttribute("then_branch", graph))], []);
        }

        Assert.InRange(depth, 20, 40);
        for (int i = 0; i < 2000; i++)
        {
            graph = OnnxBytes.Graph([OnnxBytes.Node("If", "", [], [], OnnxBytes.GraphAttribute("then_branch", graph))], []);
        }

        Refused(OnnxBytes.Model(graph), "");
    }

    [Fact]
    public void Every_cut_of_a_model_is_refused()
    {
        byte[] whole = Small();
        string path = Path.GetTempFileName();
        try
        {
            for (int length = 0; length < whole.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => OnnxFile.Read(whole.AsSpan(0, length)));
                Assert.Throws<InvalidDataException>(() => OnnxFile.Read(new MemoryStream(whole, 0, length)));
                File.WriteAllBytes(path, whole[..length]);
                Assert.Throws<InvalidDataException>(() => OnnxFile.Open(path));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Rnn(params byte[][] attributes) => OnnxBytes.Node("RNN", "n", ["X", "W", "R"], ["Y"], attributes);

    private static byte[] Rnn(string[] inputs) => OnnxBytes.Node("RNN", "n", inputs, ["Y"]);

    private static byte[] Model(byte[][] nodes, params byte[][] tensors) => OnnxBytes.Model(OnnxBytes.Graph(nodes, tensors));

    private static void Refused(byte[] bytes, string message)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => OnnxFile.Read(bytes));
        Assert.True(error.Message.Contains(message), error.Message);
        error = Assert.Throws<InvalidDataException>(() => OnnxFile.Read(new MemoryStream(bytes)));
        Assert.True(error.Message.Contains(message), error.Message);
    }

    /// <summary>A model with a bit of everything.</summary>
    private static byte[] Small()
    {
        byte[] inner = OnnxBytes.Graph([OnnxBytes.Node("Constant", "", [], ["k"], OnnxBytes.Attribute("value_floats", [1f, 2f]))], []);
        return OnnxBytes.Model(OnnxBytes.Graph(
            [
                OnnxBytes.Node("LSTM", "n", ["X", "W", "R", "B", "lens", "h0", "h0", "P"], ["Y"], OnnxBytes.Attribute("hidden_size", 1),
                    OnnxBytes.Attribute("activations", ["Sigmoid", "Tanh", "Tanh"]), OnnxBytes.Attribute("direction", "reverse")),
                OnnxBytes.Node("Gemm", "g", ["Y", "P"], ["Z"], OnnxBytes.Attribute("alpha", 2f)),
                OnnxBytes.Node("Conv", "c", ["Y", "W"], ["V"], OnnxBytes.Attribute("strides", [2L])),
                OnnxBytes.Node("If", "i", ["q"], [], OnnxBytes.GraphAttribute("then_branch", inner)),
            ],
            [
                OnnxBytes.Tensor("W", [1, 4, 1], [1, 2, 3, 4]), OnnxBytes.TypedTensor("R", OnnxBytes.Float, [1, 4, 1], [1f, 2f, 3f, 4f]),
                OnnxBytes.Tensor<Half>("B", OnnxBytes.Float16, [1, 8], new Half[8]),
                OnnxBytes.TypedTensor("P", OnnxBytes.BFloat16, [1, 3], [1L, 2L, 3L]),
                OnnxBytes.TypedTensor("lens", OnnxBytes.Int32, [1], [1L]),
                OnnxBytes.Tensor<double>("h0", OnnxBytes.Double, [1, 1, 1], [0.5]),
                OnnxBytes.ExternalTensor("e", OnnxBytes.Float, [1], ("location", "w"), ("offset", "4")),
            ],
            [OnnxBytes.Value("X", 1, 1, 1, 1)]));
    }
}
