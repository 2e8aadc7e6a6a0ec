using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>Networks over sequences: <c>srn</c>, <c>residual</c>, <c>residual-input</c>, <c>lstm</c>, <c>gru</c>.</summary>
public sealed class RecurrentCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["srn", "residual", "residual-input", "lstm", "gru"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        RecurrentNetwork<T> network = Load<T>(golden);
        network.Pack();
        SequenceInput<T> input = Input<T>(golden);
        Tape<T> tape = network.CreateTape(input.Steps, input.Batch);
        (T[] y, T[] h, T[] c) = Forward(network, input, tape, comparison);
        T[] dy = golden.Optional<T>("upstream.y");
        if (golden.Has("param.weight_hy"))
        {
            ReadOut(golden, comparison, y, dy);
        }

        if (!golden.HasGradients)
        {
            return;
        }

        T[] dx = new T[input.X.Length], dh0 = new T[h.Length], dc0 = new T[c.Length];
        network.Backward(
            new SequenceOutputGradient<T> { Y = dy, H = golden.Optional<T>("upstream.h"), C = golden.Optional<T>("upstream.c") },
            new SequenceInputGradient<T> { X = dx, H0 = dh0, C0 = dc0 },
            tape);
        comparison.Add<T>("grad.in.x", dx);
        if (golden.Has("grad.in.h0"))
        {
            comparison.Add<T>("grad.in.h0", dh0);
        }

        if (golden.Has("grad.in.c0"))
        {
            comparison.Add<T>("grad.in.c0", dc0);
        }

        CompareParameterGradients(network.Parameters, comparison);
    }

    /// <summary>The largest error of the outputs in float, with weights as they are or rounded.</summary>
    internal static double OutputError(GoldenCase golden, RoundedWeights? weights)
    {
        RecurrentNetwork<float> network = Load<float>(golden);
        if (weights is { } format)
        {
            network.PackRounded(format);
        }
        else
        {
            network.Pack();
        }

        Comparison comparison = new(golden);
        SequenceInput<float> input = Input<float>(golden);
        Forward(network, input, network.CreateWorkspace(input.Steps, input.Batch), comparison);
        return comparison.OutputError;
    }

    private static RecurrentNetwork<T> Load<T>(GoldenCase golden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentNetwork<T> network = Create<T>(golden);
        LoadParameters(golden, network.Parameters);
        return network;
    }

    private static SequenceInput<T> Input<T>(GoldenCase golden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new()
        {
            Steps = golden.Shape("in.x", 3)[0],
            Batch = golden.Shape("in.x", 3)[1],
            X = golden.Values<T>("in.x"),
            Lengths = golden.Integers("in.lengths"),
            H0 = golden.Optional<T>("in.h0"),
            C0 = golden.Optional<T>("in.c0"),
        };

    private static (T[] Y, T[] H, T[] C) Forward<T>(RecurrentNetwork<T> network, scoped in SequenceInput<T> input, Tape<T> tape,
        Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int states = network.StateRows * input.Batch;
        T[] y = new T[input.Steps * input.Batch * network.OutputSize], h = new T[states * network.HiddenSize],
            c = new T[states * network.CellStateSize];
        network.Run(input, new SequenceOutput<T> { Y = y, H = h, C = c }, tape);
        comparison.Add<T>("out.y", y);
        comparison.Add<T>("out.h", h);
        if (network.CellStateSize > 0)
        {
            comparison.Add<T>("out.c", c);
        }

        return (y, h, c);
    }

    private static RecurrentNetwork<T> Create<T>(GoldenCase golden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight_ih_l0", 2);
        int layers = golden.Option("layers", 1);
        bool bidirectional = golden.Option("bidirectional", false);
        switch (golden.Cell)
        {
            case "lstm":
                ForgetGate forget = Enum.Parse<ForgetGate>(golden.Option("forget", "standard"), ignoreCase: true);
                return new Lstm<T>(new LstmOptions
                {
                    InputSize = weight[1],
                    HiddenSize = weight[0] / (forget == ForgetGate.Standard ? 4 : 3),
                    Layers = layers,
                    Bidirectional = bidirectional,
                    Forget = forget,
                    Peephole = Enum.Parse<Peephole>(golden.Option("peephole", "none"), ignoreCase: true),
                    ProjectionSize = golden.Has("param.weight_hr_l0") ? golden.Shape("param.weight_hr_l0", 2)[0] : 0,
                });
            case "gru":
                return new Gru<T>(new GruOptions
                {
                    InputSize = weight[1],
                    HiddenSize = weight[0] / 3,
                    Layers = layers,
                    Bidirectional = bidirectional,
                    Reset = Enum.Parse<ResetGate>(golden.Option("reset", "after"), ignoreCase: true),
                    Update = Enum.Parse<UpdateGate>(golden.Option("update", "keeps"), ignoreCase: true),
                });
            default:
                return new Srn<T>(new SrnOptions
                {
                    InputSize = weight[1],
                    HiddenSize = weight[0],
                    Layers = layers,
                    Bidirectional = bidirectional,
                    Activation = golden.Option("f", Activation.Tanh),
                    Recurrence = golden.Cell switch
                    {
                        "residual" => SrnRecurrence.Residual,
                        "residual-input" => SrnRecurrence.ResidualInput,
                        _ => SrnRecurrence.Elman,
                    },
                });
        }
    }

    /// <summary>g(V y + c) on top of the last layer, zero past a sequence's length; its gradient joins that of y.</summary>
    private static void ReadOut<T>(GoldenCase golden, Comparison comparison, T[] y, T[] dy)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] shape = golden.Shape("out.readout", 3);
        int batch = shape[1], size = shape[2];
        Activation g = golden.Option("g", Activation.Identity);
        Linear<T> linear = new(golden.Shape("param.weight_hy", 2)[1], size);
        LoadParameter(golden, "param.weight_hy", linear.Parameters["weight"]);
        LoadParameter(golden, "param.bias_y", linear.Parameters["bias"]);
        linear.Pack();
        T[] output = new T[shape[0] * batch * size];
        linear.Forward(y, output);
        NeuralPrimitives.Activate<T>(g, output, output);
        ClearPadding(output, size, batch, golden.Integers("in.lengths"));
        comparison.Add<T>("out.readout", output);
        if (!golden.HasGradients)
        {
            return;
        }

        T[] gradient = golden.Values<T>("upstream.readout"), added = new T[y.Length], workspace = new T[linear.WorkspaceLength];
        ClearPadding(gradient, size, batch, golden.Integers("in.lengths"));
        NeuralPrimitives.ActivateBackward<T>(g, output, gradient, gradient);
        linear.Backward(y, gradient, added, workspace);
        NeuralPrimitives.Add<T>(dy, added, dy);
        comparison.Add<T>("grad.param.weight_hy", linear.Parameters["weight"].Gradient);
        comparison.Add<T>("grad.param.bias_y", linear.Parameters["bias"].Gradient);
    }

    private static void ClearPadding<T>(T[] rows, int size, int batch, int[] lengths)
    {
        for (int row = 0; lengths.Length > 0 && row < rows.Length / size; row++)
        {
            if (row / batch >= lengths[row % batch])
            {
                rows.AsSpan(row * size, size).Clear();
            }
        }
    }
}
