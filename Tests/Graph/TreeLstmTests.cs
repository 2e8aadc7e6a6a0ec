using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>The Child-Sum Tree-LSTM on random trees and acyclic graphs.</summary>
public class TreeLstmTests
{
    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Forest, GraphKind.Acyclic), shape => shape.Shrink(), shape =>
    {
        TreeLstm<double> cell = new(shape.InputSize, shape.HiddenSize);
        cell.Initialise(shape.Seed);
        LevelSchedule schedule = new(shape.Create());
        TreeLstmTape<double> tape = cell.CreateTape(schedule.NodeCount + 1, schedule.EdgeCount + 2);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), h = new double[shape.Nodes * shape.HiddenSize],
            c = new double[h.Length];
        double[] dh = Numbers.Random<double>(2, h.Length), dc = Numbers.Random<double>(3, h.Length), dx = new double[x.Length];
        cell.Forward(schedule, x, h, c, tape);
        cell.Backward(dh, dc, dx, tape);
        GradientCheck.Check(
            () =>
            {
                cell.Pack();
                cell.Forward(schedule, x, h, c, tape);
                return Layers.Dot(h, dh) + Layers.Dot(c, dc);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(cell.Parameters)],
            shape.Seed);
    }, count: 60);

    [Fact]
    public void A_batch_gives_the_bits_of_its_trees_one_by_one() => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Forest), shape => shape.Shrink(), shape =>
    {
        TreeLstm<float> cell = new(shape.InputSize, shape.HiddenSize);
        cell.Initialise(shape.Seed);
        CsrGraph one = shape.Create(), other = (shape with { Seed = shape.Seed + 1, Drawn = shape.Drawn + 2 }).Create(),
            both = CsrGraph.Batch(one, other);
        float[] x = Numbers.Random<float>(1, both.NodeCount * shape.InputSize), h = Run(both, x);
        int split = one.NodeCount;
        Numbers.AssertSameBits<float>(Run(one, x[..(split * shape.InputSize)]), h.AsSpan(0, split * shape.HiddenSize), "first");
        Numbers.AssertSameBits<float>(Run(other, x[(split * shape.InputSize)..]), h.AsSpan(split * shape.HiddenSize), "second");

        float[] Run(CsrGraph graph, float[] input)
        {
            LevelSchedule schedule = new(graph);
            float[] states = new float[graph.NodeCount * shape.HiddenSize];
            cell.Forward(schedule, input, states, default, cell.CreateTape(graph.NodeCount, graph.EdgeCount));
            return states;
        }
    }, count: 40);

    [Fact]
    public void Nothing_is_allocated()
    {
        TreeLstm<float> cell = new(5, 20);
        cell.Initialise(1);
        LevelSchedule schedule = new(new GraphCase(GraphKind.Forest, 14, 5, 20, 3).Create());
        TreeLstmTape<float> tape = cell.CreateTape(14, 14);
        float[] x = Numbers.Random<float>(1, 14 * 5), h = new float[14 * 20], c = new float[14 * 20], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            cell.Forward(schedule, x, h, c, tape);
            cell.Backward(h, c, dx, tape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        TreeLstm<float> cell = new(3, 4), other = new(3, 4);
        LevelSchedule schedule = new(Forest.FromParents([1, -1]));
        TreeLstmTape<float> tape = cell.CreateTape(2, 1);
        float[] x = new float[6], h = new float[8], marked = [1, 2, 3, 4, 5, 6, 7];
        Assert.Contains("N·D", Assert.Throws<ArgumentException>(() => cell.Forward(schedule, x.AsSpan(1), h, default, tape)).Message);
        Assert.Throws<ArgumentException>(() => cell.Forward(schedule, x, marked, default, tape));
        Assert.Equal(1, marked[0]);
        Assert.Throws<ArgumentException>(() => other.Forward(schedule, x, h, default, tape));
        Assert.Throws<ArgumentException>(() => cell.Forward(schedule, x, h, default, cell.CreateTape(1, 1)));
        Assert.Throws<InvalidOperationException>(() => cell.Backward(h, default, default, tape));
        Assert.Contains("cycle through node",
            Assert.Throws<ArgumentException>(() => new LevelSchedule(new CsrGraph([0, 1, 2], [1, 0]))).Message);
    }
}
