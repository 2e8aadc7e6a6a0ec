using System.Reflection;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>Graphs, constants and layers of ONNX models.</summary>
public class OnnxFileTests
{
    private static readonly float[] _values = [1, -2, 0.5f, 3, float.PositiveInfinity, -0f];

    [Fact]
    public void What_a_model_says_can_be_read()
    {
        OnnxFile file = OnnxFile.Read(new OnnxCase("LSTM", 4, 2, 3, 5) { HasBias = true }.Model());
        Assert.Equal(8, file.IrVersion);
        Assert.Equal("tests 1", file.Producer);
        Assert.Equal(16, file.OperatorSets[""]);
        Assert.Null(file.Graph.Parent);
        OnnxValue x = Assert.Single(file.Graph.Inputs);
        Assert.Equal("'X' Float [4, 2, 3]", x.ToString());
        Assert.Equal(["Y", "Y_h", "Y_c"], file.Graph.Outputs.Select(output => output.Name));
        Assert.Equal(["W", "R", "B"], file.Tensors.Select(tensor => tensor.Name));
        OnnxNode node = Assert.Single(file.RecurrentNodes());
        Assert.Equal("LSTM node 'rnn'", node.ToString());
        Assert.Equal(["X", "W", "R", "B", "", "", "", ""], node.Inputs);
        Assert.Same(node, file.GetNode("rnn"));
        Assert.Same(node, file.GetNode("Y_h"));
        Assert.Equal(5, node.GetInteger("hidden_size", 0));
        Assert.Equal(7, node.GetInteger("nothing", 7));
        Assert.Equal("'R' Float [1, 20, 5]", file.GetTensor("R").ToString());
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => file.GetTensor("Rr"));
        Assert.Contains("no tensor 'Rr'; it has R", error.Message);
        Assert.Contains("no node ''; it has rnn", Assert.Throws<InvalidDataException>(() => file.GetNode("")).Message);
        Assert.Throws<ArgumentOutOfRangeException>("position", () => OnnxRecurrent.Load<float>(file, 1));
    }

    [Fact]
    public void A_wrong_name_is_answered_with_the_recurrent_nodes()
    {
        byte[][] nodes =
        [
            OnnxBytes.Node("Relu", "lstm_2", ["x"], ["a"]), OnnxBytes.Node("LSTM", "lstm_1", ["a", "W", "R"], ["b"]),
            OnnxBytes.Node("GRU", "", ["b", "W", "R"], ["", "last"]),
        ];
        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(nodes, [])));
        string message = Assert.Throws<InvalidDataException>(() => OnnxRecurrent.Load<float>(file, "lstm_3")).Message;
        Assert.Contains("no recurrent node 'lstm_3'; it has lstm_1, last.", message);
        Assert.Throws<NotSupportedException>(() => OnnxRecurrent.Load<float>(file, "lstm_2"));
    }

    [Fact]
    public void Floating_point_numbers_of_every_type_in_every_place()
    {
        (int Type, byte[] Raw, long[] Bits)[] stored =
        [
            (OnnxBytes.Float16, Cast(v => BitConverter.GetBytes((Half)v)),
                [.. _values.Select(v => (long)BitConverter.HalfToUInt16Bits((Half)v))]),
            (OnnxBytes.BFloat16, Cast(v => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))),
                [.. _values.Select(v => (long)BitConverter.SingleToUInt32Bits(v) >> 16)]),
        ];
        List<byte[]> tensors =
        [
            OnnxBytes.Tensor("raw-1", [2, 3], _values),
            OnnxBytes.Tensor<double>("raw-11", OnnxBytes.Double, [2, 3], [.. _values.Select(v => (double)v)]),
            OnnxBytes.TypedTensor("typed-1", OnnxBytes.Float, [2, 3], _values),
            OnnxBytes.TypedTensor("typed-11", OnnxBytes.Double, [2, 3], _values.Select(v => (double)v).ToArray()),
        ];
        foreach ((int type, byte[] raw, long[] bits) in stored)
        {
            tensors.Add(OnnxBytes.Tensor<byte>($"raw-{type}", type, [2, 3], raw));
            tensors.Add(OnnxBytes.TypedTensor($"typed-{type}", type, [2, 3], bits));
        }

        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph([], tensors)));
        Assert.Equal(8, file.Tensors.Count());
        foreach (OnnxTensor tensor in file.Tensors)
        {
            Assert.Equal(6, tensor.ElementCount);
            Numbers.AssertSameBits<float>(_values, tensor.ToArray<float>(), tensor.Name);
            Numbers.AssertSameBits<double>([.. _values.Select(v => (double)v)], tensor.ToArray<double>(), tensor.Name);
            Assert.Throws<ArgumentException>("destination", () => tensor.CopyTo<float>(new float[5]));
            Assert.Contains("does not hold Int32 or Int64", Assert.Throws<InvalidDataException>(() => tensor.ToIntegers()).Message);
        }

        static byte[] Cast(Func<float, byte[]> cast) => [.. _values.SelectMany(cast)];
    }

    [Fact]
    public void Whole_numbers_in_every_place()
    {
        long[] values = [1, -2, int.MaxValue];
        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            [],
            [
                OnnxBytes.Tensor<long>("a", OnnxBytes.Int64, [3], values), OnnxBytes.TypedTensor("b", OnnxBytes.Int64, [3], values),
                OnnxBytes.Tensor<int>("c", OnnxBytes.Int32, [3], [1, -2, int.MaxValue]),
                OnnxBytes.TypedTensor("d", OnnxBytes.Int32, [3], values),
                OnnxBytes.Tensor<long>("large", OnnxBytes.Int64, [], [1L << 31]),
                OnnxBytes.TypedTensor("large too", OnnxBytes.Int64, [], [1L << 31]),
            ])));
        foreach (OnnxTensor tensor in file.Tensors.Take(4))
        {
            int[] numbers = new int[3];
            tensor.CopyTo(numbers.AsSpan());
            Assert.Equal([1, -2, int.MaxValue], numbers);
            Assert.Equal(values, tensor.ToIntegers());
            Assert.Contains("does not hold Float", Assert.Throws<InvalidDataException>(() => tensor.ToArray<float>()).Message);
        }

        foreach (OnnxTensor tensor in file.Tensors.Skip(4))
        {
            Assert.Equal([1L << 31], tensor.ToIntegers());
            Assert.Contains("does not fit 32 bits", Assert.Throws<InvalidDataException>(() => tensor.CopyTo(new int[1].AsSpan())).Message);
        }
    }

    [Fact]
    public void Constants_and_the_graphs_within()
    {
        byte[] inner = OnnxBytes.Graph(
            [OnnxBytes.Node("Constant", "", [], ["k"], OnnxBytes.TensorAttribute("value", OnnxBytes.Tensor("", [2], [1, 2]))),
                OnnxBytes.Node("Neg", "n", ["outer"], ["y"])],
            [OnnxBytes.Tensor("shared", [1], [1])]);
        byte[] other = OnnxBytes.Graph([OnnxBytes.Node("Neg", "n", ["outer"], ["z"])], [OnnxBytes.Tensor("shared", [1], [2])]);
        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            [
                OnnxBytes.Node("Constant", "", [], ["a"], OnnxBytes.Attribute("value_float", 2.5f)),
                OnnxBytes.Node("Constant", "", [], ["b"], OnnxBytes.Attribute("value_floats", [1f, 2f])),
                OnnxBytes.Node("Constant", "", [], ["c"], OnnxBytes.Attribute("value_int", 3)),
                OnnxBytes.Node("Constant", "", [], ["d"], OnnxBytes.Attribute("value_ints", [4L, 5L])),
                OnnxBytes.Node("Constant", "", [], ["text"], OnnxBytes.Attribute("value_string", "x")),
                OnnxBytes.Node("If", "if", ["cond"], ["w"], OnnxBytes.GraphAttribute("then_branch", inner),
                    OnnxBytes.GraphAttribute("else_branch", other)),
            ],
            [OnnxBytes.Tensor("outer", [1], [7])])));
        Assert.Equal(["outer", "a", "b", "c", "d", "shared", "k", "shared"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([2.5f], file.GetTensor("a").ToArray<float>());
        Assert.Equal(0, file.GetTensor("a").Shape.Length);
        Assert.Equal([1f, 2f], file.GetTensor("b").ToArray<float>());
        Assert.Equal([3L], file.GetTensor("c").ToIntegers());
        Assert.Equal([4L, 5L], file.GetTensor("d").ToIntegers());
        Assert.Equal([1f, 2f], file.GetTensor("k").ToArray<float>());
        OnnxNode branch = file.GetNode("if"), negation = file.GetNode("y");
        Assert.Equal(2, branch.Graphs.Count);
        Assert.Equal(file.Graphs, [file.Graph, .. branch.Graphs]);
        Assert.Same(branch.Graphs[0], negation.Graph);
        Assert.Same(file.GetTensor("outer"), negation.Graph.FindTensor("outer"));
        Assert.Equal([1f], negation.Graph.FindTensor("shared")!.ToArray<float>());
        Assert.Null(file.Graph.FindTensor("shared"));
        Assert.Contains("more than one tensor 'shared'", Assert.Throws<InvalidDataException>(() => file.GetTensor("shared")).Message);
        Assert.Contains("more than one node 'n'", Assert.Throws<InvalidDataException>(() => file.GetNode("n")).Message);
    }

    [Fact]
    public void Tensors_in_other_files_of_the_folder()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}"), model = Path.Combine(folder, "in", "model.onnx");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "in", "data"));
            File.WriteAllBytes(Path.Combine(folder, "in", "data", "w.bin"), [9, 9, 9, 9, .. _values.SelectMany(BitConverter.GetBytes)]);
            File.WriteAllBytes(Path.Combine(folder, "secret"), new byte[24]);
            Write(("location", "data/w.bin"), ("offset", "4"), ("length", "24"), ("checksum", "x"));
            OnnxTensor tensor = OnnxFile.Open(model).GetTensor("w");
            Assert.True(tensor.IsExternal);
            Assert.Equal(_values, tensor.ToArray<float>());
            OnnxFile inMemory = OnnxFile.Read(File.ReadAllBytes(model));
            Assert.Contains("not opened from a folder",
                Assert.Throws<InvalidDataException>(() => inMemory.GetTensor("w").ToArray<float>()).Message);

            Write(("location", "data/w.bin"), ("offset", "5"));
            Refused("ends at byte 29 of the external file 'data/w.bin', which has 28");
            Write(("location", "data/none.bin"));
            Refused("cannot be opened");
            Write(("location", "data"));
            Refused("cannot be opened");
            foreach (
                string location in new[
                ] { "../secret", "data/../../secret", "/etc/passwd", "", ".", "data//w.bin", "data\\w.bin", "C:w.bin", "a\0b" })
            {
                Write(("location", location));
                Assert.Contains("no plain path", Assert.Throws<InvalidDataException>(() => OnnxFile.Open(model)).Message);
            }

            Write(("location", "w"), ("offset", "-1"));
            Assert.Contains("offset '-1' is no whole number", Assert.Throws<InvalidDataException>(() => OnnxFile.Open(model)).Message);
            Write(("location", "w"), ("offset", "9223372036854775800"));
            Assert.Contains("past any file", Assert.Throws<InvalidDataException>(() => OnnxFile.Open(model)).Message);
            Write(("location", "w"), ("length", "23"));
            Assert.Contains("takes 24 bytes, but its external data has length '23'",
                Assert.Throws<InvalidDataException>(() => OnnxFile.Open(model)).Message);

            if (!OperatingSystem.IsWindows()) // where making links needs a privilege
            {
                File.CreateSymbolicLink(Path.Combine(folder, "in", "file"), "../secret");
                Directory.CreateSymbolicLink(Path.Combine(folder, "in", "up"), folder);
                foreach (string location in new[] { "file", "up/secret" })
                {
                    Write(("location", location));
                    Refused("a link that leaves the model's folder");
                }

                // As a cache has it: the model is itself a link, and what lies beside its end is its data.
                Write(("location", "file"));
                File.Move(model, Path.Combine(folder, "blob"));
                File.CreateSymbolicLink(model, "../blob");
                Assert.Equal(new float[6], OnnxFile.Open(model).GetTensor("w").ToArray<float>());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Write(params (string, string)[] entries) => File.WriteAllBytes(
            model, OnnxBytes.Model(OnnxBytes.Graph([], [OnnxBytes.ExternalTensor("w", OnnxBytes.Float, [2, 3], entries)])));

        void Refused(string message)
        {
            OnnxTensor tensor = OnnxFile.Open(model).GetTensor("w");
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => tensor.ToArray<float>()).Message);
            Assert.Contains(message, Assert.Throws<InvalidDataException>(() => tensor.CopyTo<float>(new float[6])).Message);
        }
    }

    /// <summary>Tests have no root of their own to write to, so they ask what would lie in it.</summary>
    [Fact]
    public void A_models_folder_may_be_a_root()
    {
        MethodInfo isInside = typeof(OnnxFile).Assembly.GetType("FastRecurrent.Models.OnnxFolder")!
            .GetMethod("IsInside", BindingFlags.NonPublic | BindingFlags.Static)!;
        string root = Path.GetPathRoot(Path.GetTempPath())!, folder = Path.Combine(root, "ab");
        Assert.True(Ask(Path.Combine(root, "data.bin"), root));
        Assert.True(Ask(Path.Combine(folder, "data.bin"), folder));
        Assert.False(Ask(Path.Combine(root, "abc", "data.bin"), folder));
        Assert.False(Ask(Path.Combine(root, "data.bin"), folder));

        bool Ask(string path, string within) => (bool)isInside.Invoke(null, [path, within])!;
    }

    [Fact]
    public void Linear_layers()
    {
        float[] w = [1, 2, 3, 4, 5, 6], b = [10, 20];
        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            [
                OnnxBytes.Node("MatMul", "m", ["x", "in-out"], ["1"]), OnnxBytes.Node("Gemm", "g", ["x", "in-out", "b"], ["2"]),
                OnnxBytes.Node("Gemm", "t", ["x", "out-in", "row"], ["3"], OnnxBytes.Attribute("transB", 1),
                    OnnxBytes.Attribute("alpha", 2f), OnnxBytes.Attribute("beta", 0.5f)),
                OnnxBytes.Node("Gemm", "s", ["x", "in-out", "scalar"], ["4"]),
                OnnxBytes.Node("Gemm", "bad", ["x", "in-out", "column"], ["5"]),
                OnnxBytes.Node("Gemm", "a", ["x", "in-out"], ["6"], OnnxBytes.Attribute("transA", 1)),
                OnnxBytes.Node("MatMul", "computed", ["in-out", "x"], ["7"]), OnnxBytes.Node("MatMul", "vector", ["x", "b"], ["8"]),
            ],
            [
                OnnxBytes.Tensor("in-out", [3, 2], [1, 4, 2, 5, 3, 6]), OnnxBytes.Tensor("out-in", [2, 3], w),
                OnnxBytes.Tensor("b", [2], b),
                OnnxBytes.Tensor("row", [1, 2], b), OnnxBytes.Tensor("scalar", [], [7]), OnnxBytes.Tensor("column", [2, 1], b),
            ])));
        Check("m", w, null);
        Check("g", w, b);
        Check("t", [.. w.Select(v => 2 * v)], [5, 10]);
        Check("s", w, [7, 7]);
        Assert.Contains("Gemm node 'bad': C is 'column'",
            Assert.Throws<NotSupportedException>(() => OnnxLayers.LoadLinear<float>(file.GetNode("bad"))).Message);
        Assert.Contains("'transA'", Assert.Throws<NotSupportedException>(() => OnnxLayers.LoadLinear<float>(file.GetNode("a"))).Message);
        Assert.Contains("input 1, 'x', is computed",
            Assert.Throws<NotSupportedException>(() => OnnxLayers.LoadLinear<float>(file.GetNode("computed"))).Message);
        Assert.Contains("no matrix",
            Assert.Throws<InvalidDataException>(() => OnnxLayers.LoadLinear<float>(file.GetNode("vector"))).Message);

        void Check(string name, float[] weight, float[]? bias)
        {
            Linear<float> layer = OnnxLayers.LoadLinear<float>(file.GetNode(name));
            float[] y = new float[2];
            layer.Forward([1, 10, 100], y);
            Assert.Equal([weight[0] + 10 * weight[1] + 100 * weight[2] + (bias?[0] ?? 0),
                weight[3] + 10 * weight[4] + 100 * weight[5] + (bias?[1] ?? 0)], y);
        }
    }

    /// <summary>PyTorch exports <c>nn.Linear</c> on three dimensions as MatMul and Add.</summary>
    [Theory]
    [InlineData("m", "b", true, true)]
    [InlineData("b", "m", true, true)]
    [InlineData("m", "row", true, true)]
    [InlineData("m", "scalar", true, true)]
    [InlineData("m", "column", true, false)]
    [InlineData("m", "wide", true, false)]
    [InlineData("m", "other", true, false)]
    [InlineData("m", "m", true, false)]
    [InlineData("m", "b", false, false)]
    public void A_bias_may_be_added_by_a_node_of_its_own(string left, string right, bool alone, bool folds)
    {
        List<byte[]> nodes =
        [
            OnnxBytes.Node("MatMul", "linear", ["x", "w"], ["m"]), OnnxBytes.Node("Relu", "r", ["x"], ["other"]),
            OnnxBytes.Node("Add", "add", [left, right], ["y"]),
        ];
        if (!alone)
        {
            nodes.Add(OnnxBytes.Node("Relu", "too", ["m"], ["z"]));
        }

        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            nodes,
            [
                OnnxBytes.Tensor("w", [3, 2], [1, 4, 2, 5, 3, 6]), OnnxBytes.Tensor("b", [2], [10, 20]),
                OnnxBytes.Tensor("row", [1, 1, 2], [10, 20]),
                OnnxBytes.Tensor("scalar", [], [10]), OnnxBytes.Tensor("column", [2, 1], [10, 20]),
                OnnxBytes.Tensor("wide", [2, 2], [1, 2, 3, 4]),
            ])));
        Linear<float> layer = OnnxLayers.LoadLinear<float>(file.GetNode("linear"));
        Assert.Equal(folds, layer.Parameters.Contains("bias"));
        float[] y = new float[2];
        layer.Forward([1, 10, 100], y);
        Assert.Equal(folds ? [331, right == "scalar" ? 664 : 674] : [321, 654], y);
    }

    [Fact]
    public void What_a_graph_gives_or_a_graph_within_takes_keeps_its_bias_apart()
    {
        byte[] matMul = OnnxBytes.Node("MatMul", "linear", ["x", "w"], ["m"]), add = OnnxBytes.Node("Add", "add", ["m", "b"], ["y"]);
        byte[][] tensors = [OnnxBytes.Tensor("w", [3, 2], [1, 4, 2, 5, 3, 6]), OnnxBytes.Tensor("b", [2], [10, 20])];
        byte[] within = OnnxBytes.Graph([OnnxBytes.Node("Relu", "too", ["m"], ["z"])], []);
        byte[] given = OnnxBytes.Graph([matMul, add], tensors, [], [OnnxBytes.Value("m", 1, 2)]);
        byte[] taken =
            OnnxBytes.Graph(
                [matMul, add, OnnxBytes.Node("If", "if", ["c"], ["i"], OnnxBytes.GraphAttribute("then_branch", within))], tensors);
        foreach (byte[] graph in new[] { given, taken })
        {
            Assert.False(OnnxLayers.LoadLinear<float>(OnnxFile.Read(OnnxBytes.Model(graph)).GetNode("linear")).Parameters.Contains("bias"));
        }
    }

    [Fact]
    public void Convolutions()
    {
        OnnxFile file = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph(
            [
                OnnxBytes.Node("Conv", "plain", ["x", "w"], ["1"]),
                OnnxBytes.Node("Conv", "full", ["x", "w", "b"], ["2"], OnnxBytes.Attribute("strides", [2L]),
                    OnnxBytes.Attribute("pads", [1L, 0L]), OnnxBytes.Attribute("dilations", [3L]), OnnxBytes.Attribute("group", 2),
                    OnnxBytes.Attribute("kernel_shape", [3L])),
                OnnxBytes.Node("Conv", "kernel_shape", ["x", "w"], ["3"],
                    OnnxBytes.Attribute("kernel_shape", [.. Enumerable.Repeat(4L, 5000)])),
                OnnxBytes.Node("Conv", "strides", ["x", "w"], ["4"], OnnxBytes.Attribute("strides", [0L])),
                OnnxBytes.Node("Conv", "pads", ["x", "w"], ["5"], OnnxBytes.Attribute("pads", [1L])),
                OnnxBytes.Node("Conv", "group", ["x", "w"], ["6"], OnnxBytes.Attribute("group", 3)),
                OnnxBytes.Node("Conv", "auto_pad", ["x", "w"], ["7"], OnnxBytes.Attribute("auto_pad", "SOME")),
            ],
            [OnnxBytes.Tensor("w", [2, 1, 3], [1, 2, 3, 4, 5, 6]), OnnxBytes.Tensor("b", [2], [1, 2])])));
        OnnxConvolution<double> plain = OnnxLayers.LoadConvolution<double>(file.GetNode("plain")),
            full = OnnxLayers.LoadConvolution<double>(file.GetNode("full"));
        Assert.Equal([1, 2, 3, 4, 5, 6], plain.Weight);
        Assert.Equal([2, 1, 3], plain.Shape.ToArray());
        Assert.Equal("convolution [2, 1, 3], strides [1], dilations [1]", plain.ToString());
        Assert.Null(plain.Bias);
        Assert.Equal((1L, 1L, 0L, 0L, 1L), (plain.Strides[0], plain.Dilations[0], plain.Pads[0], plain.Pads[1], plain.Group));
        Assert.Equal([1, 2], full.Bias!);
        Assert.Equal((2L, 3L, 1L, 0L, 2L), (full.Strides[0], full.Dilations[0], full.Pads[0], full.Pads[1], full.Group));
        foreach (string bad in new[] { "kernel_shape", "strides", "pads", "group", "auto_pad" })
        {
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => OnnxLayers.LoadConvolution<float>(file.GetNode(bad)));
            Assert.Contains($"'{bad}': attribute '{bad}", error.Message);
            Assert.InRange(error.Message.Length, 20, 700);
        }
    }
}
