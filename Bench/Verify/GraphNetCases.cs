using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>Message-passing networks: <c>graph-net</c>.</summary>
public sealed class GraphNetCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["graph-net"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        GraphNetOptions options = OptionsOf(golden);
        GraphNet<T> network = new(options);
        LoadParameters(golden, network.Parameters);
        network.Pack();
        GraphNetPlan plan = new(options, GraphOf(golden), golden.Integers("graph.types"), golden.Integers("graph.ids"));
        GraphNetTape<T> tape = network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount);
        bool isPooled = options.Readout != GraphReadout.None;
        T[] h0 = golden.Values<T>("in.h0"), edge = golden.Optional<T>("in.edge"), dEdge = new T[edge.Length];
        T[] h = new T[plan.NodeCount * options.HiddenSize], y = new T[isPooled ? plan.GraphCount * options.HiddenSize : 0],
            dh0 = new T[h.Length];
        bool hasFeatures = options.Message == MessageFunction.Mlp; // linear messages pass features over: their gradient is zero
        network.Forward(plan, h0, hasFeatures ? edge : [], h, y, tape);
        comparison.Add<T>("out.h", h);
        if (isPooled)
        {
            comparison.Add<T>("out.y", y);
        }

        if (golden.HasGradients)
        {
            network.Backward(golden.Values<T>("upstream.h"), isPooled ? golden.Values<T>("upstream.y") : default, dh0,
                hasFeatures ? dEdge : [], tape);
            comparison.Add<T>("grad.in.h0", dh0);
            if (golden.Has("in.edge"))
            {
                comparison.Add<T>("grad.in.edge", dEdge);
            }

            CompareParameterGradients(network.Parameters, comparison);
        }
    }

    private static GraphNetOptions OptionsOf(GoldenCase golden)
    {
        bool isLinear = Choice(golden, "message", MessageFunction.Linear) == MessageFunction.Linear;
        bool isGru = Choice(golden, "update", UpdateFunction.Gru) == UpdateFunction.Gru;
        GraphReadout readout = Choice(golden, "readout", GraphReadout.None);
        int[] weight = isLinear ? golden.Shape("param.message.weight", 3) : golden.Shape("param.message.weight_2", 2);
        int hiddenSize = golden.Shape("in.h0", 2)[1];
        return new GraphNetOptions
        {
            HiddenSize = hiddenSize,
            MessageSize = weight[isLinear ? 1 : 0],
            Rounds = golden.Option("rounds", 1),
            Message = isLinear ? MessageFunction.Linear : MessageFunction.Mlp,
            EdgeTypes = isLinear ? weight[0] : 1,
            EdgeSize = !isLinear && golden.Has("in.edge") ? golden.Shape("in.edge", 2)[1] : 0,
            MessageHiddenSize = isLinear ? 0 : weight[1],
            Aggregate = Choice(golden, "aggregate", Aggregation.Sum),
            Update = isGru ? UpdateFunction.Gru : UpdateFunction.Mlp,
            UpdateHiddenSize = isGru ? 0 : golden.Shape("param.update.bias_1", 1)[0],
            Activation = golden.Option("f", Activation.Tanh),
            Readout = readout,
            AttentionSize = readout == GraphReadout.Attention ? golden.Shape("param.readout.u", 1)[0] : 0,
        };
    }

    private static TEnum Choice<TEnum>(GoldenCase golden, string option, TEnum absent)
        where TEnum : struct, Enum => Enum.Parse<TEnum>(golden.Option(option, absent.ToString()), ignoreCase: true);
}
