using System.Numerics;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>Cells on trees and threads: <c>recursive</c>, <c>tree-lstm</c>, <c>nary-tree-lstm</c>, <c>gs-lstm</c>.</summary>
public sealed class TreeCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["recursive", "tree-lstm", "nary-tree-lstm", "gs-lstm"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            case "recursive": RunRecursive<T>(golden, comparison); break;
            case "nary-tree-lstm": RunNaryTreeLstm<T>(golden, comparison); break;
            case "gs-lstm": RunGsLstm<T>(golden, comparison); break;
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

    private static void RunRecursive<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] left = golden.Integers("graph.left"), right = golden.Integers("graph.right");
        Require.Length(right.Length, left.Length);
        Recursive<T> cell = new(golden.Shape("param.weight", 2)[0], golden.Option("f", Activation.Tanh));
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        NarySchedule schedule = new([.. left.Zip(right, (l, r) => new[] { l, r }).SelectMany(pair => pair)], 2);
        RecursiveTape<T> tape = cell.CreateTape(schedule.NodeCount);
        T[] x = golden.Values<T>("in.x"), h = new T[schedule.NodeCount * cell.HiddenSize], dx = new T[x.Length];
        cell.Forward(schedule, x, h, tape);
        comparison.Add<T>("out.h", h);
        if (golden.HasGradients)
        {
            cell.Backward(golden.Values<T>("upstream.h"), dx, tape);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(cell.Parameters, comparison);
        }
    }

    private static void RunNaryTreeLstm<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight_f", 2), children = golden.Shape("graph.children", 2);
        NaryTreeLstm<T> cell = new(weight[1], weight[0], golden.Option("arity", children[1]));
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        NarySchedule schedule = new(golden.Integers("graph.children"), children[1]);
        NaryTreeLstmTape<T> tape = cell.CreateTape(schedule.NodeCount);
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

    private static void RunGsLstm<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GsLstmDirection direction = golden.Option("direction", "forward") switch
        {
            "forward" => GsLstmDirection.Forward,
            "backward" => GsLstmDirection.Backward,
            "both" => GsLstmDirection.Both,
            string other => throw new InvalidDataException($"Golden case {golden.Name}: there is no direction '{other}'."),
        };
        string[] suffixes =
            direction switch { GsLstmDirection.Forward => [""], GsLstmDirection.Backward => ["_reverse"], _ => ["", "_reverse"] };
        int[] weight = golden.Shape("param.weight_x" + suffixes[0], 2);
        GsLstm<T> cell = new(new GsLstmOptions
        {
            InputSize = weight[1],
            HiddenSize = weight[0] / 5,
            Direction = direction,
            Candidate = golden.Option("a", Activation.Identity),
        });
        LoadParameters(golden, cell.Parameters);
        cell.Pack();
        GsLstmSchedule schedule = new(new Relatives(golden.Integers("graph.parent"), golden.LongIntegers("graph.time")));
        GsLstmTape<T> tape = cell.CreateTape(schedule.NodeCount);
        T[] x = golden.Values<T>("in.x"), h = new T[schedule.NodeCount * cell.OutputSize], c = new T[h.Length], dx = new T[x.Length];
        T[] h0 = [.. suffixes.SelectMany(suffix => golden.Values<T>("in.h0" + suffix))],
            c0 = [.. suffixes.SelectMany(suffix => golden.Values<T>("in.c0" + suffix))];
        T[] dh0 = new T[h0.Length], dc0 = new T[c0.Length];
        cell.Forward(schedule, x, h, c, tape, h0, c0);
        comparison.Add<T>("out.h", h);
        comparison.Add<T>("out.c", c);
        if (golden.HasGradients)
        {
            cell.Backward(golden.Values<T>("upstream.h"), golden.Values<T>("upstream.c"), dx, tape, dh0, dc0);
            comparison.Add<T>("grad.in.x", dx);
            for (int d = 0; d < suffixes.Length; d++)
            {
                comparison.Add<T>("grad.in.h0" + suffixes[d], dh0.AsSpan(d * weight[0] / 5, weight[0] / 5));
                comparison.Add<T>("grad.in.c0" + suffixes[d], dc0.AsSpan(d * weight[0] / 5, weight[0] / 5));
            }

            CompareParameterGradients(cell.Parameters, comparison);
        }
    }
}
