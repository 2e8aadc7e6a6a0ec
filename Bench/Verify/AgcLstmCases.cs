using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>The attention-enhanced graph convolutional LSTM: <c>agc-lstm</c>.</summary>
public sealed class AgcLstmCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["agc-lstm"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        bool attention = golden.Option("attention", false), features = golden.Option("features", false);
        int[] shape = golden.Shape("in.x", 4);
        int steps = shape[0], batch = shape[1], hidden = golden.Shape("param.weight_h.0", 2)[1];
        (CsrGraph, T[])[] partitions = new (CsrGraph, T[])[golden.Names("param.weight_x.").Count()];
        for (int k = 0; k < partitions.Length; k++)
        {
            partitions[k] = (GraphOf(golden, $"{k}."), golden.Values<T>($"graph.{k}.weights"));
        }

        AgcLstmOptions options = new()
        {
            InputSize = shape[3],
            HiddenSize = hidden,
            AttentionSize = attention ? golden.Shape("param.att.weight_h", 2)[0] : 0,
        };
        AgcLstm<T> cell = new(options, new GraphPartitions<T>(partitions));
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        Require.Length(shape[2], cell.Partitions.NodeCount, "in.x", "joints");
        AgcLstmTape<T> tape = cell.CreateTape(Math.Max(1, steps), Math.Max(1, batch));
        int states = batch * shape[2] * hidden;
        T[] x = golden.Values<T>("in.x"), h0 = golden.Values<T>("in.h0"), c0 = golden.Values<T>("in.c0");
        T[] y = new T[steps * states], h = new T[states], c = new T[states];
        T[] alpha = new T[attention ? steps * batch * shape[2] : 0];
        T[] global = new T[features ? steps * batch * hidden : 0], local = new T[features && attention ? global.Length : 0];
        cell.Forward(
            new AgcLstmInput<T> { Steps = steps, Batch = batch, X = x, H0 = h0, C0 = c0 },
            new AgcLstmOutput<T> { Y = y, H = h, C = c, Alpha = alpha, Global = global, Local = local },
            tape);
        comparison.Add<T>("out.y", y);
        comparison.Add<T>("out.h", h);
        comparison.Add<T>("out.c", c);
        if (attention)
        {
            comparison.Add<T>("out.alpha", alpha);
        }

        if (features)
        {
            comparison.Add<T>("out.global", global);
        }

        if (features && attention)
        {
            comparison.Add<T>("out.local", local);
        }

        if (!golden.HasGradients)
        {
            return;
        }

        T[] dx = new T[x.Length], dh0 = new T[states], dc0 = new T[states];
        cell.Backward(
            new AgcLstmOutputGradient<T>
            {
                Y = golden.Values<T>("upstream.y"),
                H = golden.Values<T>("upstream.h"),
                C = golden.Values<T>("upstream.c"),
                Alpha = attention ? golden.Values<T>("upstream.alpha") : [],
                Global = features ? golden.Values<T>("upstream.global") : [],
                Local = features && attention ? golden.Values<T>("upstream.local") : [],
            },
            new AgcLstmInputGradient<T> { X = dx, H0 = dh0, C0 = dc0 },
            tape);
        comparison.Add<T>("grad.in.x", dx);
        comparison.Add<T>("grad.in.h0", dh0);
        comparison.Add<T>("grad.in.c0", dc0);
        CompareParameterGradients(cell.Parameters, comparison);
    }
}
