using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Rows;

/// <summary>Tree-LSTMs on batches of 25 trees in the shape of the Stanford Sentiment Treebank's, D = 300, H = 150.
/// A call is a batch.</summary>
internal static class TreeRows
{
    private const string Section = "Trees, 25 a batch, D=300 H=150";
    private const int Trees = 25, InputSize = 300, HiddenSize = 150;

    public static IEnumerable<BenchmarkRow> All(bool quick) =>
        quick ? [Nary(training: true)] : [Nary(false), Nary(true), ChildSum(false), ChildSum(true)];

    private static BenchmarkRow Nary(bool training)
    {
        int[] places = BenchGraphs.BinaryTrees(Trees, 1);
        NarySchedule schedule = new(places, 2);
        int nodes = schedule.NodeCount, leaves = schedule.LevelOffsets[1];
        double flops = 2.0 * (leaves * 3 * HiddenSize * InputSize + (nodes - leaves) * 5 * HiddenSize * 2 * HiddenSize);
        return new(Section, training ? "binary Tree-LSTM, training" : "binary Tree-LSTM, forward", $"{nodes} nodes",
            WorkOf(flops, training), () =>
        {
            NaryTreeLstm<float> cell = new(InputSize, HiddenSize);
            cell.Initialise(1);
            NaryTreeLstmTape<float> tape = cell.CreateTape(nodes);
            float[] x = BenchGraphs.Values(nodes * InputSize), h = new float[nodes * HiddenSize], dh = BenchGraphs.Values(h.Length, 2),
                c = new float[h.Length];
            PlainNaryTreeLstm plain = new(InputSize, HiddenSize);
            BenchGraphs.Values(plain.WeightX.Length, 3).CopyTo(plain.WeightX, 0);
            BenchGraphs.Values(plain.WeightH.Length, 4).CopyTo(plain.WeightH, 0);
            return (
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        cell.Forward(schedule, x, h, default, tape, leavesOnly: true);
                        if (training)
                        {
                            cell.Backward(dh, default, default, tape);
                            cell.Pack();
                        }
                    }
                },
                training ? null : repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        plain.Forward(schedule.Order, places, x, h, c);
                    }
                }
            );
        });
    }

    private static BenchmarkRow ChildSum(bool training)
    {
        LevelSchedule schedule = new(Forest.FromParents(BenchGraphs.Parents(Trees, 1)));
        int nodes = schedule.NodeCount, inner = nodes - schedule.LevelOffsets[1];
        double flops = 2.0 * HiddenSize * (nodes * 4.0 * InputSize + nodes * HiddenSize + inner * 3.0 * HiddenSize);
        return new(Section, training ? "Child-Sum Tree-LSTM, training" : "Child-Sum Tree-LSTM, forward", $"{nodes} nodes",
            WorkOf(flops, training), () =>
        {
            TreeLstm<float> cell = new(InputSize, HiddenSize);
            cell.Initialise(1);
            TreeLstmTape<float> tape = cell.CreateTape(nodes, schedule.EdgeCount);
            float[] x = BenchGraphs.Values(nodes * InputSize), h = new float[nodes * HiddenSize], dh = BenchGraphs.Values(h.Length, 2);
            return (
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        cell.Forward(schedule, x, h, default, tape);
                        if (training)
                        {
                            cell.Backward(dh, default, default, tape);
                            cell.Pack();
                        }
                    }
                },
                null);
        });
    }

    /// <summary>Weights are read once a level; their gradients take as much arithmetic again as the forward pass,
    /// and so do those of the states.</summary>
    private static Work WorkOf(double flops, bool training) => new(training ? 3 * flops : flops, 0, 0);
}
