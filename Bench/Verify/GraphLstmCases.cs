using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Verify;

/// <summary>The <c>graph-lstm</c>.</summary>
public sealed class GraphLstmCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["graph-lstm"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        int[] weight = golden.Shape("param.weight_x_l0", 2);
        GraphLstm<T> cell = new(new GraphLstmOptions
        {
            InputSize = weight[1],
            HiddenSize = weight[0] / 4,
            Layers = golden.Option("layers", 1),
            OutputSeesNeighbours = golden.Option("output-sees-neighbours", false),
            Residual = golden.Option("residual", false),
        });
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        GraphLstmSchedule schedule = new(GraphOf(golden), golden.Integers("graph.order"));
        GraphLstmTape<T> tape = cell.CreateTape(schedule.NodeCount, schedule.EdgeCount);
        T[] x = golden.Values<T>("in.x"), h0 = golden.Values<T>("in.h0"), m0 = golden.Values<T>("in.m0");
        T[] h = new T[h0.Length], m = new T[h0.Length], dx = new T[x.Length], dh0 = new T[h0.Length], dm0 = new T[h0.Length];
        cell.Forward(schedule, x, h0, m0, h, m, tape);
        comparison.Add<T>("out.h", h);
        comparison.Add<T>("out.m", m);
        if (golden.HasGradients)
        {
            cell.Backward(golden.Values<T>("upstream.h"), golden.Values<T>("upstream.m"), dx, dh0, dm0, tape);
            comparison.Add<T>("grad.in.x", dx);
            comparison.Add<T>("grad.in.h0", dh0);
            comparison.Add<T>("grad.in.m0", dm0);
            CompareParameterGradients(cell.Parameters, comparison);
        }
    }
}
