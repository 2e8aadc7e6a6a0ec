using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>Other cells over sequences: <c>jordan</c>, <c>part-lstm</c>, <c>tdnn</c>, <c>ar</c>, <c>narx</c>,
/// <c>gradient-flow</c>.</summary>
public sealed class SequenceCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["jordan", "part-lstm", "tdnn", "ar", "narx", "gradient-flow"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            case "jordan": RunJordan<T>(golden, comparison); break;
            case "part-lstm": RunPartLstm<T>(golden, comparison); break;
            case "tdnn": RunTdnn<T>(golden, comparison); break;
            case "ar": RunAr<T>(golden, comparison); break;
            case "narx": RunNarx<T>(golden, comparison); break;
            default: RunGradientFlow<T>(golden, comparison); break;
        }
    }

    private static void RunJordan<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight_ih", 2);
        Jordan<T> network = new(new JordanOptions
        {
            InputSize = weight[1],
            HiddenSize = weight[0],
            OutputSize = golden.Shape("param.bias_y", 1)[0],
            Activation = golden.Option("f", Activation.Tanh),
            OutputActivation = golden.Option("g", Activation.Identity),
        });
        RunNetwork(golden, comparison, network, "y0", "y_last", "", "");
    }

    private static void RunPartLstm<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LstmPart[] parts = new LstmPart[golden.Option("parts", 0)];
        for (int p = 0; p < parts.Length; p++)
        {
            int[] weight = golden.Shape($"param.part.{p}.weight_ih", 2);
            parts[p] = new LstmPart(weight[1], weight[0] / 3);
        }

        RunNetwork(golden, comparison, new PartLstm<T>(parts), "h0", "h", "c0", "c");
    }

    /// <summary>A recurrent network of one layer, whose states have the names given.</summary>
    private static void RunNetwork<T>(
        GoldenCase golden, Comparison comparison, RecurrentNetwork<T> network, string initial, string final, string initialCell,
        string finalCell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LoadParameters(golden, network.Parameters);
        network.Pack();
        int steps = golden.Shape("in.x", 3)[0], batch = golden.Shape("in.x", 3)[1];
        Tape<T> tape = network.CreateTape(steps, batch);
        T[] x = golden.Values<T>("in.x"), y = new T[steps * batch * network.OutputSize];
        T[] h = new T[batch * network.HiddenSize], c = new T[batch * network.CellStateSize];
        network.Run(
            new SequenceInput<T>
            {
                Steps = steps,
                Batch = batch,
                X = x,
                Lengths = golden.Integers("in.lengths"),
                H0 = golden.Optional<T>("in." + initial),
                C0 = golden.Optional<T>("in." + initialCell),
            },
            new SequenceOutput<T> { Y = y, H = h, C = c },
            tape);
        comparison.Add<T>("out.y", y);
        comparison.Add<T>("out." + final, h);
        if (c.Length > 0)
        {
            comparison.Add<T>("out." + finalCell, c);
        }

        if (!golden.HasGradients)
        {
            return;
        }

        T[] dx = new T[x.Length], dh0 = new T[h.Length], dc0 = new T[c.Length];
        network.Backward(
            new SequenceOutputGradient<T>
            {
                Y = golden.Optional<T>("upstream.y"),
                H = golden.Optional<T>("upstream." + final),
                C = golden.Optional<T>("upstream." + finalCell),
            },
            new SequenceInputGradient<T> { X = dx, H0 = dh0, C0 = dc0 },
            tape);
        comparison.Add<T>("grad.in.x", dx);
        comparison.Add<T>("grad.in." + initial, dh0);
        if (c.Length > 0)
        {
            comparison.Add<T>("grad.in." + initialCell, dc0);
        }

        CompareParameterGradients(network.Parameters, comparison);
    }

    private static void RunTdnn<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight", 3);
        int steps = golden.Shape("in.x", 3)[0], batch = golden.Shape("in.x", 3)[1];
        Tdnn<T> network = new(new TdnnOptions
        {
            InputSize = weight[1],
            OutputSize = weight[0],
            Delays = weight[2] - 1,
            Dilation = golden.Option("dilation", 1),
            Activation = golden.Option("f", Activation.Tanh),
        });
        LoadParameters(golden, network.Parameters);
        network.Pack();
        network.Parameters.ZeroGradients();
        T[] x = golden.Values<T>("in.x"), y = new T[steps * batch * weight[0]], dx = new T[x.Length];
        network.Run(steps, batch, x, y);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            network.Backward(steps, batch, x, y, golden.Values<T>("upstream.y"), dx, new T[network.WorkspaceLength]);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(network.Parameters, comparison);
        }
    }

    private static void RunAr<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] series = golden.Values<T>("in.target");
        AutoRegressive model = AutoRegressive.Fit<T>(series, golden.Option("order", 1));
        T[] residual = new T[series.Length - model.Order];
        model.GetResiduals<T>(series, residual);
        comparison.Add("out.w", model.Weights);
        comparison.Add<T>("out.residual", residual);
    }

    private static void RunNarx<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] shape = golden.Shape("in.x", 3);
        int steps = shape[0], batch = shape[1], outputSize = golden.Shape("param.bias_2", 1)[0];
        NarxMode mode = golden.Option("mode", "") switch
        {
            "parallel" => NarxMode.Parallel,
            "series-parallel" => NarxMode.SeriesParallel,
            string other => throw new InvalidDataException($"Golden case {golden.Name}: narx has no mode '{other}'."),
        };
        Narx<T> network = new(new NarxOptions
        {
            InputSize = shape[2],
            OutputSize = outputSize,
            HiddenSize = golden.Shape("param.bias_1", 1)[0],
            InputDelays = golden.Option("x-delays", 0),
            OutputDelays = golden.Option("y-delays", 0),
            Activation = golden.Option("f", Activation.Tanh),
        });
        LoadParameters(golden, network.Parameters);
        network.Pack();
        NarxTape<T> tape = network.CreateTape(steps, batch);
        T[] x = golden.Values<T>("in.x"),
            truth = mode == NarxMode.SeriesParallel ? golden.Values<T>("in.y") : [], y = new T[steps * batch * outputSize];
        network.Run(mode, steps, batch, x, truth, y, tape);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            T[] dx = new T[x.Length], dtruth = new T[truth.Length];
            network.Backward(golden.Values<T>("upstream.y"), dx, dtruth, tape);
            comparison.Add<T>("grad.in.x", dx);
            if (truth.Length > 0)
            {
                comparison.Add<T>("grad.in.y", dtruth);
            }

            CompareParameterGradients(network.Parameters, comparison);
        }
    }

    private static void RunGradientFlow<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight_ih_l0", 2);
        Srn<T> network =
            new(new SrnOptions { InputSize = weight[1], HiddenSize = weight[0], Activation = golden.Option("f", Activation.Tanh) });
        LoadParameters(golden, network.Parameters);
        network.Pack();
        GradientFlow flow = GradientFlow.Measure<T>(network, golden.Values<T>("in.x"), golden.Optional<T>("in.h0"));
        comparison.Add<double>("out.flow_spectral", [.. flow.Flow.Select(norm => norm.Spectral)]);
        comparison.Add<double>("out.flow_frobenius", [.. flow.Flow.Select(norm => norm.Frobenius)]);
        comparison.Add<double>("out.factor_spectral", [.. flow.Factors.Select(norm => norm.Spectral)]);
        comparison.Add<double>("out.factor_frobenius", [.. flow.Factors.Select(norm => norm.Frobenius)]);
    }
}
