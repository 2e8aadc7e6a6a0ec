using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>The Graph LSTM on random graphs in random orders.</summary>
public class GraphLstmTests
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, true, false)]
    [InlineData(3, false, true)]
    public void Gradients_equal_central_differences(int layers, bool outputSeesNeighbours, bool residual) => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        GraphLstm<double> cell = Create<double>(shape, layers, outputSeesNeighbours, residual);
        GraphLstmSchedule schedule = new(shape.Create(), (shape with { Seed = shape.Seed + 9 }).Shuffled());
        GraphLstmTape<double> tape = cell.CreateTape(shape.Nodes + 1, schedule.EdgeCount + 1);
        int states = shape.Nodes * shape.HiddenSize;
        double[] x = Numbers.Random<double>(1, shape.Nodes * cell.Options.InputSize), h0 = Numbers.Random<double>(2, states),
            m0 = Numbers.Random<double>(3, states);
        double[] dh = Numbers.Random<double>(4, states), dm = Numbers.Random<double>(5, states), h = new double[states],
            m = new double[states];
        double[] dx = new double[x.Length], dh0 = new double[states], dm0 = new double[states];
        cell.Forward(schedule, x, h0, m0, h, m, tape);
        cell.Backward(dh, dm, dx, dh0, dm0, tape);
        GradientCheck.Check(
            () =>
            {
                cell.Pack();
                cell.Forward(schedule, x, h0, m0, h, m, tape);
                return Layers.Dot(h, dh) + Layers.Dot(m, dm);
            },
            [Layers.Variable("x", x, dx), Layers.Variable("h0", h0, dh0), Layers.Variable("m0", m0, dm0),
                .. Layers.Variables(cell.Parameters)],
            shape.Seed);
    }, count: 25);

    [Fact]
    public void Waves_give_the_bits_of_one_node_at_a_time() => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        GraphLstm<float> cell = Create<float>(shape, 2, true, false);
        CsrGraph graph = shape.Create();
        int[] order = (shape with { Seed = shape.Seed + 9 }).Shuffled();
        Numbers.AssertSameBits<float>(Run(GraphLstmSchedule.OneByOne(graph, order)), Run(new GraphLstmSchedule(graph, order)), "h");

        float[] Run(GraphLstmSchedule schedule)
        {
            int states = shape.Nodes * shape.HiddenSize;
            float[] x = Numbers.Random<float>(1, shape.Nodes * shape.InputSize), h0 = Numbers.Random<float>(2, states),
                h = new float[states];
            cell.Forward(schedule, x, h0, default, h, default, cell.CreateTape(shape.Nodes, schedule.EdgeCount));
            return h;
        }
    }, count: 60);

    [Fact]
    public void A_chain_in_its_order_takes_a_wave_a_node_and_alternate_orders_take_two()
    {
        CsrGraph chain = CsrGraph.FromEdges(6, [0, 1, 2, 3, 4], [1, 2, 3, 4, 5]).Symmetric();
        Assert.Equal(6, new GraphLstmSchedule(chain, [0, 1, 2, 3, 4, 5]).WaveCount);
        GraphLstmSchedule two = new(chain, [0, 2, 4, 1, 3, 5]);
        Assert.Equal(2, two.WaveCount);
        Assert.Equal([0, 2, 4, 1, 3, 5], two.Order);
    }

    [Fact]
    public void Confidence_decides_the_order()
    {
        float[] confidences = [1, 0, 0.25f, 0.75f, 0.875f, 0.125f, 0.5f, 0.5f];
        float[] means = ConfidenceOrder.MeanConfidences(confidences, [0, 0, 2, 1], 4);
        Assert.Equal([0.625f, 0.375f, 0.5f, 0.5f, 0.875f, 0.125f, 0, 0], means);
        Assert.Equal([2, 0, 1, 3], ConfidenceOrder.ByBestLabel(means, 4));
        CsrGraph graph = ConfidenceOrder.Adjacency([0, 0, 1, 2, 2, 1], 3, 3);
        Assert.Equal([1, 2], graph[0]);
        Assert.Equal([0, 2], graph[1]);
        Assert.Throws<ArgumentException>(() => ConfidenceOrder.MeanConfidences(confidences, [0, 0, 4, 1], 4));
    }

    [Theory]
    [InlineData(7)] // summed in float, 7 pixels of 0.1 have a larger mean than one
    [InlineData(2_000_000)] // and these one that is wrong in the second digit
    public void Superpixels_as_sure_as_each_other_stay_so_at_any_size(int pixels)
    {
        foreach (float confidence in new[] { 0.1f, 0.7f })
        {
            float[] confidences = new float[pixels + 1];
            Array.Fill(confidences, confidence);
            int[] superpixels = new int[pixels + 1];
            superpixels.AsSpan(1).Fill(1);
            float[] means = ConfidenceOrder.MeanConfidences(confidences, superpixels, 2);
            Assert.Equal([confidence, confidence], means);
            Assert.Equal([0, 1], ConfidenceOrder.ByBestLabel(means, 2));
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        GraphCase shape = new(GraphKind.Undirected, 14, 20, 20, 3);
        GraphLstm<float> cell = Create<float>(shape, 2, true, true);
        GraphLstmSchedule schedule = new(shape.Create(), shape.Shuffled());
        GraphLstmTape<float> tape = cell.CreateTape(14, schedule.EdgeCount);
        float[] x = Numbers.Random<float>(1, 14 * 20), h = new float[x.Length], m = new float[x.Length], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            cell.Forward(schedule, x, default, default, h, m, tape);
            cell.Backward(h, m, dx, default, default, tape);
            cell.Pack();
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        CsrGraph graph = CsrGraph.FromEdges(2, [0], [1]);
        Assert.Contains("undirected", Assert.Throws<ArgumentException>(() => new GraphLstmSchedule(graph, [0, 1])).Message);
        Assert.Contains("names node 0 twice",
            Assert.Throws<ArgumentException>(() => new GraphLstmSchedule(graph.Symmetric(), [0, 0])).Message);
        Assert.Contains("D = 2 must be H = 3", Assert.Throws<ArgumentException>(
            () => new GraphLstm<float>(new GraphLstmOptions { InputSize = 2, HiddenSize = 3, Residual = true })).Message);
    }

    private static GraphLstm<T> Create<T>(GraphCase shape, int layers, bool outputSeesNeighbours, bool residual)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        GraphLstm<T> cell = new(new GraphLstmOptions
        {
            InputSize = residual ? shape.HiddenSize : shape.InputSize,
            HiddenSize = shape.HiddenSize,
            Layers = layers,
            OutputSeesNeighbours = outputSeesNeighbours,
            Residual = residual,
        });
        cell.Initialise(shape.Seed);
        return cell;
    }
}
