using FastRecurrent.Bench.Plain;
using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Bench;

/// <summary>The benchmark's plain versions compute what the cells compute:
/// a comparison of speed between different results would be worth nothing.</summary>
public class PlainGraphTests
{
    [Fact]
    public void The_plain_graph_lstm_equals_the_cell()
    {
        const int Size = 9;
        GraphCase shape = new(GraphKind.Undirected, 14, Size, Size, 4);
        GraphLstm<float> cell = new(new GraphLstmOptions { InputSize = Size, HiddenSize = Size });
        cell.Initialise(1);
        PlainGraphLstm plain = new(Size, Size);
        cell.Parameters["weight_x_l0"].Value.CopyTo(plain.WeightX);
        cell.Parameters["weight_h_l0"].Value.CopyTo(plain.WeightH);
        cell.Parameters["weight_n_l0"].Value.CopyTo(plain.WeightN);
        cell.Parameters["weight_fn_l0"].Value.CopyTo(plain.WeightFn);
        cell.Parameters["bias_l0"].Value.CopyTo(plain.Bias);
        CsrGraph graph = shape.Create();
        int[] order = shape.Shuffled();
        float[] x = Numbers.Random<float>(1, 14 * Size), h0 = Numbers.Random<float>(2, x.Length), m0 = Numbers.Random<float>(3, x.Length);
        float[] expected = new float[x.Length], h = new float[x.Length], m = new float[x.Length];
        cell.Forward(new GraphLstmSchedule(graph, order), x, h0, m0, expected, default, cell.CreateTape(14, graph.EdgeCount));
        plain.Forward(graph, order, NodeOrder.Invert(order, 14), x, h0, m0, h, m);
        Assert.All(Enumerable.Range(0, h.Length), i => Assert.Equal(expected[i], h[i], 1e-5f));
    }

    [Fact]
    public void The_plain_tree_lstm_equals_the_cell()
    {
        const int InputSize = 7, Size = 5;
        GraphCase shape = new(GraphKind.Acyclic, 14, InputSize, Size, 4);
        int[] places = shape.Places(2, wholeOrNone: true);
        NarySchedule schedule = new(places, 2);
        NaryTreeLstm<float> cell = new(InputSize, Size);
        cell.Initialise(1);
        PlainNaryTreeLstm plain = new(InputSize, Size);
        cell.Parameters["weight_iou"].Value.CopyTo(plain.WeightX);
        cell.Parameters["bias_iou"].Value.CopyTo(plain.Bias);
        cell.Parameters["bias_f"].Value.CopyTo(plain.Bias.AsSpan(3 * Size));
        cell.Parameters["bias_f"].Value.CopyTo(plain.Bias.AsSpan(4 * Size));
        Span<float> iou = cell.Parameters["u_iou"].Value, f = cell.Parameters["u_f"].Value;
        for (int side = 0; side < 2; side++)
        {
            for (int row = 0; row < 5 * Size; row++)
            {
                Span<float> source = row < 3 * Size
                    ? iou.Slice((side * 3 * Size + row) * Size, Size)
                    : f.Slice((((row / Size - 3) * 2 + side) * Size + row % Size) * Size, Size);
                source.CopyTo(plain.WeightH.AsSpan(row * 2 * Size + side * Size));
            }
        }

        float[] x = Numbers.Random<float>(1, 14 * InputSize), expected = new float[14 * Size], h = new float[14 * Size],
            c = new float[14 * Size];
        cell.Forward(schedule, x, expected, default, cell.CreateTape(14), leavesOnly: true);
        plain.Forward(schedule.Order, places, x, h, c);
        Assert.All(Enumerable.Range(0, h.Length), i => Assert.Equal(expected[i], h[i], 1e-5f));
    }
}
