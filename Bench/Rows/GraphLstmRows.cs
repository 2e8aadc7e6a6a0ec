using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Rows;

/// <summary>The Graph LSTM on a thousand superpixels of six neighbours: waves, and the same kernels one node at a time.</summary>
internal static class GraphLstmRows
{
    private const int Width = 40, Height = 25, Nodes = Width * Height, Size = 64;

    public static IEnumerable<BenchmarkRow> All(bool quick) =>
        quick
        ? [Row("waves", training: false)]
        : [Row("waves", false), Row("one by one", false), Row("waves", true), Row("one by one", true)];

    private static BenchmarkRow Row(string kind, bool training)
    {
        CsrGraph graph = BenchGraphs.Triangles(Width, Height);
        int[] order = BenchGraphs.Order(Nodes, 1), turn = NodeOrder.Invert(order, Nodes);
        GraphLstmSchedule schedule = kind == "waves" ? new(graph, order) : GraphLstmSchedule.OneByOne(graph, order);
        double flops = 2.0 * Nodes * Size * Size * 11;
        string name = training ? $"Graph LSTM, training, {kind}" : $"Graph LSTM, {kind}";
        return new("Graph LSTM, degree 6", name, $"N={Nodes} H={Size}, {schedule.WaveCount} waves",
            new Work(training ? 3 * flops : flops, 0, 0), () =>
        {
            GraphLstm<float> cell = new(new GraphLstmOptions { InputSize = Size, HiddenSize = Size });
            cell.Initialise(1);
            GraphLstmTape<float> tape = cell.CreateTape(Nodes, graph.EdgeCount);
            PlainGraphLstm plain = new(Size, Size);
            cell.Parameters["weight_x_l0"].Value.CopyTo(plain.WeightX);
            cell.Parameters["weight_h_l0"].Value.CopyTo(plain.WeightH);
            cell.Parameters["weight_n_l0"].Value.CopyTo(plain.WeightN);
            cell.Parameters["weight_fn_l0"].Value.CopyTo(plain.WeightFn);
            cell.Parameters["bias_l0"].Value.CopyTo(plain.Bias);
            float[] x = BenchGraphs.Values(Nodes * Size), h0 = BenchGraphs.Values(x.Length, 2), h = new float[x.Length],
                m = new float[x.Length], dh = BenchGraphs.Values(x.Length, 3);
            return (
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        cell.Forward(schedule, x, h0, h0, h, m, tape);
                        if (training)
                        {
                            cell.Backward(dh, default, default, default, default, tape);
                        }
                    }
                },
                training ? null : repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        plain.Forward(graph, order, turn, x, h0, h0, h, m);
                    }
                }
            );
        });
    }
}
