using System.Numerics;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Verify;

/// <summary>Cells on trees: <c>tree-lstm</c>, …</summary>
public sealed class TreeCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["tree-lstm"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            default: RunTreeLstm<T>(golden, comparison); break;
        }
    }

    private static void RunTreeLstm<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight_f", 2);
        TreeLstm<T> cell = new(weight[1], weight[0]);
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        LevelSchedule schedule = new(GraphOf(golden));
        TreeLstmTape<T> tape = cell.CreateTape(schedule.NodeCount, schedule.EdgeCount);
        T[] x = golden.Values<T>("in.x"), h = new T[schedule.NodeCount * cell.HiddenSize], c = new T[h.Length], dx = new T[x.Length];
        cell.Forward(schedule, x, h, c, tape);
        comparison.Add<T>("out.h", h);
        comparison.Add<T>("out.c", c);
        if (golden.HasGradients)
        {
            cell.Backward(golden.Values<T>("upstream.h"), golden.Values<T>("upstream.c"), dx, tape);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(cell.Parameters, comparison);
        }
    }
}
