namespace FastRecurrent.Tests.Support;

/// <summary>
/// A recurrent ONNX node with random weights and inputs: its model as bytes, and its outputs by the published formulas
/// (<see href="https://onnx.ai/onnx/operators/"/>), in double, one number at a time.
/// </summary>
internal sealed record OnnxCase(string Operator, int Steps, int Batch, int InputSize, int HiddenSize)
{
    public string Direction { get; init; } = "forward";

    public int Layout { get; init; }

    public bool HasBias { get; init; }

    public bool HasPeepholes { get; init; }

    public bool HasStates { get; init; }

    public int[]? Lengths { get; init; }

    /// <summary><c>input_forget</c> or <c>linear_before_reset</c>.</summary>
    public bool Flag { get; init; }

    /// <summary>The activation of an RNN, as the attribute and as a function.</summary>
    public (byte[][] Attributes, Func<double, double> Function)? Activation { get; init; }

    public int Directions => Direction == "bidirectional" ? 2 : 1;

    public int Gates => Operator switch { "LSTM" => 4, "GRU" => 3, _ => 1 };

    public float[] X => Random(1, Steps * Batch * InputSize);

    public float[] W => Random(2, Directions * Gates * HiddenSize * InputSize);

    public float[] R => Random(3, Directions * Gates * HiddenSize * HiddenSize);

    public float[] B => Random(4, Directions * 2 * Gates * HiddenSize, HasBias);

    public float[] H0 => Random(5, Directions * Batch * HiddenSize, HasStates);

    public float[] C0 => Random(6, Directions * Batch * HiddenSize, HasStates);

    public float[] P => Random(7, Directions * 3 * HiddenSize, HasPeepholes);

    /// <summary>The model: weights are initialisers, X, lengths and states come from the caller.</summary>
    public byte[] Model()
    {
        long d = Directions, gates = Gates * HiddenSize;
        long[] states = Layout == 0 ? [d, Batch, HiddenSize] : [Batch, d, HiddenSize];
        List<byte[]> tensors = [OnnxBytes.Tensor("W", [d, gates, InputSize], W), OnnxBytes.Tensor("R", [d, gates, HiddenSize], R)];
        List<byte[]> inputs = [OnnxBytes.Value("X", 1, Layout == 0 ? [Steps, Batch, InputSize] : [Batch, Steps, InputSize])];
        Add(HasBias, tensors, () => OnnxBytes.Tensor("B", [d, 2 * gates], B));
        Add(Lengths is not null, inputs, () => OnnxBytes.Value("lens", OnnxBytes.Int32, Batch));
        Add(HasStates, inputs, () => OnnxBytes.Value("h0", 1, states));
        Add(HasStates && Operator == "LSTM", inputs, () => OnnxBytes.Value("c0", 1, states));
        Add(HasPeepholes, tensors, () => OnnxBytes.Tensor("P", [d, 3 * HiddenSize], P));
        string h0 = HasStates ? "h0" : "", c0 = HasStates ? "c0" : "";
        string[] names = ["X", "W", "R", HasBias ? "B" : "", Lengths is null ? "" : "lens", h0,
            .. Operator == "LSTM" ? new[] { c0, HasPeepholes ? "P" : "" } : []];
        List<byte[]> attributes = [OnnxBytes.Attribute("hidden_size", HiddenSize)];
        Add(Direction != "forward", attributes, () => OnnxBytes.Attribute("direction", Direction));
        Add(Layout != 0, attributes, () => OnnxBytes.Attribute("layout", Layout));
        Add(Flag, attributes, () => OnnxBytes.Attribute(Operator == "LSTM" ? "input_forget" : "linear_before_reset", 1));
        attributes.AddRange(Activation?.Attributes ?? []);
        List<byte[]> outputs =
        [
            OnnxBytes.Value("Y", 1, Layout == 0 ? [Steps, d, Batch, HiddenSize] : [Batch, Steps, d, HiddenSize]),
            OnnxBytes.Value("Y_h", 1, states),
        ];
        Add(Operator == "LSTM", outputs, () => OnnxBytes.Value("Y_c", 1, states));
        byte[] node = OnnxBytes.Node(Operator, "rnn", names, Operator == "LSTM" ? ["Y", "Y_h", "Y_c"] : ["Y", "Y_h"], [.. attributes]);
        return OnnxBytes.Model(OnnxBytes.Graph([node], tensors, inputs, outputs));

        static void Add(bool wanted, List<byte[]> list, Func<byte[]> item)
        {
            if (wanted)
            {
                list.Add(item());
            }
        }
    }

    /// <summary>Y, Y_h and Y_c.</summary>
    public (double[] Y, double[] H, double[] C) Expected()
    {
        (double[] y, double[] lastH, double[] lastC) = (new double[Steps * Directions * Batch * HiddenSize], Widen(H0), Widen(C0));
        float[] x = X;
        for (int d = 0; d < Directions; d++)
        {
            for (int b = 0; b < Batch; b++)
            {
                double[] h = [.. Enumerable.Range(0, HiddenSize).Select(u => lastH[State(d, b, u)])];
                double[] c = [.. Enumerable.Range(0, HiddenSize).Select(u => lastC[State(d, b, u)])];
                int length = Lengths is null ? Steps : Lengths[b];
                for (int i = 0; i < length; i++)
                {
                    int t = Direction == "reverse" || d == 1 ? length - 1 - i : i;
                    int row = Layout == 0 ? t * Batch + b : b * Steps + t;
                    Step(d, x.AsSpan(row * InputSize, InputSize), ref h, ref c);
                    int first = Layout == 0 ? (t * Directions + d) * Batch + b : (b * Steps + t) * Directions + d;
                    h.CopyTo(y, first * HiddenSize);
                }

                for (int u = 0; u < HiddenSize; u++)
                {
                    (lastH[State(d, b, u)], lastC[State(d, b, u)]) = (h[u], c[u]);
                }
            }
        }

        return (y, lastH, lastC);
    }

    public override string ToString() =>
        $"{Operator} {Steps}×{Batch}×{InputSize}→{HiddenSize} {Direction} layout {Layout}"
        + (HasBias ? " B" : "") + (HasPeepholes ? " P" : "") + (HasStates ? " states" : "")
        + (Lengths is null ? "" : $" [{string.Join(",", Lengths)}]") + (Flag ? " flag" : "");

    private int State(int d, int b, int u) => (Layout == 0 ? d * Batch + b : b * Directions + d) * HiddenSize + u;

    private void Step(int d, ReadOnlySpan<float> x, ref double[] h, ref double[] c)
    {
        (double[] newH, double[] newC) = (new double[HiddenSize], new double[HiddenSize]);
        float[] w = W, r = R, b = B, p = P;
        double[] old = h, input = Widen(x.ToArray());
        for (int u = 0; u < HiddenSize; u++)
        {
            if (Operator == "LSTM") // i, o, f, c
            {
                double i = Sigmoid(Input(0, u) + Recurrent(0, u, old) + Peep(0, u) * c[u]);
                double f = Flag ? 1 - i : Sigmoid(Input(2, u) + Recurrent(2, u, old) + Peep(2, u) * c[u]);
                newC[u] = f * c[u] + i * Math.Tanh(Input(3, u) + Recurrent(3, u, old));
                newH[u] = Sigmoid(Input(1, u) + Recurrent(1, u, old) + Peep(1, u) * newC[u]) * Math.Tanh(newC[u]);
            }
            else if (Operator == "GRU") // z, r, h
            {
                double z = Sigmoid(Input(0, u) + Recurrent(0, u, old));
                double[] reset = [.. Enumerable.Range(0, HiddenSize).Select(v => Sigmoid(Input(1, v) + Recurrent(1, v, old)))];
                double n = Flag
                    ? Math.Tanh(Input(2, u) + reset[u] * Recurrent(2, u, old))
                    : Math.Tanh(Input(2, u) + Recurrent(2, u, [.. old.Select((value, v) => value * reset[v])]));
                newH[u] = (1 - z) * n + z * old[u];
            }
            else
            {
                newH[u] = (Activation?.Function ?? Math.Tanh)(Input(0, u) + Recurrent(0, u, old));
            }
        }

        (h, c) = (newH, newC);

        double Input(int gate, int u) =>
            Product(w, (d * Gates + gate) * HiddenSize + u, input) + b[(d * 2 * Gates + gate) * HiddenSize + u];
        double Recurrent(int gate, int u, double[] state) =>
            Product(r, (d * Gates + gate) * HiddenSize + u, state) + b[(d * 2 * Gates + Gates + gate) * HiddenSize + u];
        double Peep(int gate, int u) => p[(d * 3 + gate) * HiddenSize + u];
    }

    private static double Product(float[] matrix, int row, double[] vector)
    {
        double sum = 0;
        for (int k = 0; k < vector.Length; k++)
        {
            sum += matrix[row * vector.Length + k] * vector[k];
        }

        return sum;
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];

    private static float[] Random(int seed, int count, bool isThere = true) =>
        isThere ? Numbers.Random<float>(seed, count) : new float[count];
}
