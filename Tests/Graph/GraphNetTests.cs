using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Message-passing networks of all options on random directed graphs.</summary>
public class GraphNetTests
{
    [Fact]
    public void Gradients_equal_central_differences() =>
        RandomCases.Hold(GraphNetCase.Cases(), shape => shape.Shrink(), CheckGradients, count: 200);

    [Fact]
    public void Gradients_are_right_for_every_choice_with_every_other()
    {
        foreach (GraphNetCase shape in GraphNetCase.AllOptions())
        {
            CheckGradients(shape);
        }
    }

    [Fact]
    public void Outputs_equal_the_equations_edge_by_edge() => RandomCases.Hold(GraphNetCase.Cases(), shape => shape.Shrink(), shape =>
    {
        GraphNet<double> network = new(shape.Options);
        network.Initialise(shape.Seed);
        GraphNetPlan plan = shape.CreatePlan();
        double[] h0 = shape.States<double>(), edge = shape.Features<double>(plan), h = new double[h0.Length],
            y = new double[shape.PooledLength(plan)];
        network.Forward(plan, h0, edge, h, y, network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount));
        (double[] expectedH, double[] expectedY) = PlainGraphNet.Run(network, plan.Graph, shape.TypesOf(plan.Graph), shape.Ids,
            plan.GraphCount, h0, edge);
        AssertClose(expectedH, h, "h");
        AssertClose(expectedY, y, "y");
    }, count: 200);

    [Fact]
    public void A_batch_gives_the_bits_of_its_graphs_one_by_one() =>
        RandomCases.Hold(GraphNetCase.Cases(), shape => shape.Shrink(), shape =>
    {
        GraphNetCase other = shape with { Seed = shape.Seed + 1, Nodes = shape.Nodes + 2 };
        GraphNet<float> network = new(shape.Options);
        network.Initialise(shape.Seed);
        CsrGraph one = shape.CreateGraph(), two = other.CreateGraph(), both = CsrGraph.Batch(one, two);
        int[] types = [.. shape.TypesOf(one), .. other.TypesOf(two)],
            ids = [.. Enumerable.Repeat(1, one.NodeCount), .. Enumerable.Repeat(0, two.NodeCount)];
        GraphNetPlan plan = new(shape.Options, both, types, ids), first = new(shape.Options, one, shape.TypesOf(one)),
            second = new(shape.Options, two, other.TypesOf(two));
        float[] h0 = Numbers.Random<float>(1, both.NodeCount * shape.HiddenSize), edge = shape.Features<float>(plan);
        (float[] h, float[] y) = Run(plan, h0, edge);
        int nodes = one.NodeCount * shape.HiddenSize, edges = edge.Length == 0 ? 0 : one.EdgeCount * shape.Options.EdgeSize,
            pooled = y.Length / 2;
        (float[] firstH, float[] firstY) = Run(first, h0[..nodes], edge[..edges]);
        (float[] secondH, float[] secondY) = Run(second, h0[nodes..], edge[edges..]);
        Numbers.AssertSameBits<float>(firstH, h.AsSpan(0, nodes), "h of the first");
        Numbers.AssertSameBits<float>(secondH, h.AsSpan(nodes), "h of the second");
        Numbers.AssertSameBits<float>(firstY, y.AsSpan(pooled), "y of the first, which is graph 1");
        Numbers.AssertSameBits<float>(secondY, y.AsSpan(0, pooled), "y of the second, which is graph 0");

        (float[], float[]) Run(GraphNetPlan plan, float[] states, float[] features)
        {
            float[] h = new float[states.Length], y = new float[shape.PooledLength(plan)];
            network.Forward(plan, states, features, h, y, network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount));
            return (h, y);
        }
    }, count: 150);

    [Fact]
    public void A_tape_keeps_nothing_from_the_run_before() => RandomCases.Hold(GraphNetCase.Cases(), shape => shape.Shrink(), shape =>
    {
        GraphNet<float> network = new(shape.Options);
        network.Initialise(shape.Seed);
        GraphNetPlan plan = shape.CreatePlan(), other = (shape with { Seed = shape.Seed + 1, Nodes = shape.Nodes + 5 })
            .CreatePlan(shape.Options);
        GraphNetTape<float> fresh = network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount);
        GraphNetTape<float> used = network.CreateTape(
            other.NodeCount, Math.Max(plan.EdgeCount, other.EdgeCount), Math.Max(plan.GraphCount, other.GraphCount));
        Run(other, used, first: float.NaN);
        float[] expected = Run(plan, fresh);
        Numbers.AssertSameBits<float>(expected, Run(plan, used), "results");

        float[] Run(GraphNetPlan graphs, GraphNetTape<float> tape, float first = 1)
        {
            float[] h0 = [first, .. Numbers.Random<float>(1, graphs.NodeCount * shape.HiddenSize - 1)],
                edge = shape.Features<float>(graphs);
            float[] h = new float[h0.Length], y = new float[shape.PooledLength(graphs)], dh0 = new float[h0.Length],
                dEdge = new float[edge.Length];
            network.Parameters.ZeroGradients();
            network.Forward(graphs, h0, edge, h, y, tape);
            network.Backward(h, y, dh0, dEdge, tape);
            return [.. h, .. y, .. dh0, .. dEdge, .. network.Parameters.SelectMany(item => item.Value.Gradient.ToArray())];
        }
    }, count: 60);

    /// <summary>Units that are infinite saturate, and pass no gradient on: whatever lies between them in memory.</summary>
    [Fact]
    public void Gradients_behind_infinite_states_and_edges_are_finite_at_every_size()
    {
        CsrGraph graph = CsrGraph.FromEdges(2, [0, 1], [1, 0]);
        foreach (Aggregation aggregate in Enum.GetValues<Aggregation>())
        {
            foreach (int hiddenSize in new[] { 5, 16, 21 })
            {
                GraphNet<double> network = new(new GraphNetOptions
                {
                    HiddenSize = 3,
                    MessageSize = 4,
                    Message = MessageFunction.Mlp,
                    MessageHiddenSize = hiddenSize,
                    EdgeSize = 2,
                    Update = UpdateFunction.Mlp,
                    UpdateHiddenSize = hiddenSize,
                    Aggregate = aggregate,
                });
                network.Initialise(1);
                GraphNetPlan plan = new(network.Options, graph);
                GraphNetTape<double> tape = network.CreateTape(2, 2);
                foreach (bool isState in new[] { true, false })
                {
                    double[] h0 = Numbers.Random<double>(1, 6), edge = Numbers.Random<double>(2, 4), h = new double[6];
                    double[] dh0 = new double[6], dEdge = new double[4];
                    (isState ? h0 : edge)[1] = double.PositiveInfinity;
                    network.Forward(plan, h0, edge, h, [], tape);
                    network.Backward(h, [], dh0, dEdge, tape);
                    Assert.All([.. h, .. dh0, .. dEdge],
                        value => Assert.True(double.IsFinite(value), $"{aggregate}, {hiddenSize} units, state {isState}: {value}"));
                }
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        foreach (GraphNetCase shape in GraphNetCase.AllOptions())
        {
            GraphNet<float> network = new(shape.Options);
            network.Initialise(1);
            GraphNetPlan plan = shape.CreatePlan();
            GraphNetTape<float> tape = network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount);
            float[] h0 = shape.States<float>(), edge = shape.Features<float>(plan), h = new float[h0.Length],
                y = new float[shape.PooledLength(plan)];
            float[] dh0 = new float[h0.Length], dEdge = new float[edge.Length];
            long bytes = Numbers.AllocatedBytes(() =>
            {
                network.Forward(plan, h0, edge, h, y, tape);
                network.Backward(h, y, dh0, dEdge, tape);
            });
            Assert.True(bytes == 0, $"{bytes} bytes: {shape}");
        }
    }

    [Fact]
    public void Nodes_without_neighbours_get_no_message_and_graphs_without_nodes_are_zero()
    {
        foreach (GraphReadout readout in Enum.GetValues<GraphReadout>().Where(readout => readout != GraphReadout.None))
        {
            GraphNetOptions options =
                new() { HiddenSize = 2, MessageSize = 3, Aggregate = Aggregation.Max, Readout = readout, AttentionSize = 2 };
            GraphNet<double> network = new(options);
            network.Initialise(1);
            network.Parameters["message.bias"].Value.Fill(100); // a message would saturate the gates
            network.Parameters["update.weight_ih"].Value.Fill(1);
            network.Pack();
            GraphNetPlan plan = new(options, new CsrGraph([0, 0, 0], []), ids: [2, 0], graphCount: 4);
            double[] h0 = [0.1, 0.2, 0.3, 0.4], h = new double[4], y = [7, 7, 7, 7, 7, 7, 7, 7];
            network.Forward(plan, h0, [], h, y, network.CreateTape(2, 0, 4));
            network.Parameters["message.bias"].Value.Clear();
            network.Pack();
            double[] without = new double[4];
            network.Forward(plan, h0, [], without, y, network.CreateTape(2, 0, 4));
            Assert.Equal(without, h);
            AssertClose([h[2], h[3], 0, 0, h[0], h[1], 0, 0], y, $"{readout}");
        }
    }

    [Fact]
    public void A_graph_without_nodes_runs()
    {
        foreach (GraphNetCase shape in GraphNetCase.AllOptions())
        {
            GraphNet<float> network = new(shape.Options);
            network.Initialise(1);
            GraphNetPlan plan = new(shape.Options, new CsrGraph([0], []));
            GraphNetTape<float> tape = network.CreateTape(0, 0);
            float[] y = new float[shape.PooledLength(plan)];
            Array.Fill(y, 7);
            network.Forward(plan, [], [], [], y, tape);
            Assert.All(y, value => Assert.Equal(0, value));
            network.Backward([], y, [], [], tape);
            Assert.All(network.Parameters, item => Assert.Equal(-1, item.Value.Gradient.IndexOfAnyExcept(0)));
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        GraphNetOptions options = new() { HiddenSize = 2, MessageSize = 2, EdgeTypes = 2, Readout = GraphReadout.Sum };
        GraphNet<float> network = new(options), other = new(options);
        CsrGraph graph = new([0, 1, 2], [1, 0]);
        GraphNetPlan plan = new(options, graph, [0, 1], [1, 0]), sum = new(options with { Aggregate = Aggregation.Mean }, graph);
        GraphNetTape<float> tape = network.CreateTape(2, 2, 2);
        float[] h0 = new float[4], h = [1, 2, 3, 4], y = new float[4];
        Assert.Contains("N·H", Assert.Throws<ArgumentException>(() => network.Forward(plan, h0.AsSpan(1), default, h, y, tape)).Message);
        Assert.Contains("E·De", Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, h0, h, y, tape)).Message);
        Assert.Contains("G·H", Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, default, h, y.AsSpan(1), tape)).Message);
        Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, default, h.AsSpan(1), y, tape));
        Assert.Throws<ArgumentException>(() => other.Forward(plan, h0, default, h, y, tape));
        Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, default, h, y, network.CreateTape(1, 2, 2)));
        Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, default, h, y, network.CreateTape(2, 1, 2)));
        Assert.Throws<ArgumentException>(() => network.Forward(plan, h0, default, h, y, network.CreateTape(2, 2)));
        Assert.Contains("plan is for",
            Assert.Throws<ArgumentException>(() => network.Forward(sum, h0, default, h, y.AsSpan(2), tape)).Message);
        Assert.Throws<ArgumentNullException>(() => network.Forward(null!, h0, default, h, y, tape));
        Assert.Throws<ArgumentNullException>(() => network.Forward(plan, h0, default, h, y, null!));
        Assert.Equal([1, 2, 3, 4], h);
        Assert.Throws<InvalidOperationException>(() => network.Backward(h, y, default, default, tape));
        network.Pack();
        network.Forward(plan, h0, default, h, y, tape);
        Assert.Throws<ArgumentException>(() => network.Backward(h.AsSpan(1), y, default, default, tape));
        Assert.Throws<ArgumentException>(() => network.Backward(h, y.AsSpan(1), default, default, tape));
        Assert.Throws<ArgumentException>(() => network.Backward(h, y, h.AsSpan(1), default, tape));
        Assert.Throws<ArgumentException>(() => network.Backward(h, y, default, h, tape));
        network.Backward(h, y, default, default, tape);
        Assert.Throws<InvalidOperationException>(() => network.Backward(h, y, default, default, tape));
    }

    [Fact]
    public void Wrong_plans_and_options_are_refused()
    {
        GraphNetOptions options = new() { HiddenSize = 2, MessageSize = 2, EdgeTypes = 2 };
        CsrGraph graph = new([0, 1, 2], [1, 0]);
        Assert.Contains("types[1] is 2", Assert.Throws<ArgumentException>(() => new GraphNetPlan(options, graph, [0, 2])).Message);
        Assert.Contains("types[0] is -1", Assert.Throws<ArgumentException>(() => new GraphNetPlan(options, graph, [-1, 0])).Message);
        Assert.Throws<ArgumentException>(() => new GraphNetPlan(options, graph, [0]));
        Assert.Throws<ArgumentException>(() => new GraphNetPlan(options, graph, ids: [0]));
        Assert.Contains("ids[1] is 2", Assert.Throws<ArgumentException>(() => new GraphNetPlan(options, graph, ids: [0, 2])).Message);
        Assert.Equal(9, new GraphNetPlan(options, graph, ids: [0, 2], graphCount: 9).GraphCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GraphNetPlan(options, graph, graphCount: -2));
        foreach (GraphNetOptions wrong in new[]
        {
            options with { HiddenSize = 0 }, options with { MessageSize = 0 }, options with { Rounds = -1 }, options with { EdgeTypes = 0 },
            options with { EdgeSize = -1 }, options with { Message = MessageFunction.Mlp }, options with { Update = UpdateFunction.Mlp },
            options with { Readout = GraphReadout.Attention }, options with { Readout = (GraphReadout)9 },
            options with { Aggregate = (Aggregation)3 },
            options with { Message = (MessageFunction)2 }, options with { Update = (UpdateFunction)(-1) },
            options with { Activation = (Activation)99 }, options with { EdgeSize = 1 },
            options with { Message = MessageFunction.Mlp, MessageHiddenSize = 3 },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new GraphNet<float>(wrong));
            Assert.Throws<ArgumentOutOfRangeException>(() => new GraphNetPlan(wrong, graph));
        }
    }

    private static void CheckGradients(GraphNetCase shape)
    {
        GraphNet<double> network = new(shape.Options);
        network.Initialise(shape.Seed);
        GraphNetPlan plan = shape.CreatePlan();
        GraphNetTape<double> tape = network.CreateTape(plan.NodeCount + 1, plan.EdgeCount + 2, plan.GraphCount + 1);
        double[] h0 = shape.States<double>(), edge = shape.Features<double>(plan), h = new double[h0.Length],
            y = new double[shape.PooledLength(plan)];
        double[] dh = Numbers.Random<double>(3, h.Length), dy = Numbers.Random<double>(4, y.Length), dh0 = new double[h0.Length],
            dEdge = new double[edge.Length];
        network.Forward(plan, h0, edge, h, y, tape);
        network.Backward(dh, dy, dh0, dEdge, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(plan, h0, edge, h, y, tape);
                return Layers.Dot(h, dh) + Layers.Dot(y, dy);
            },
            [Layers.Variable("h0", h0, dh0), Layers.Variable("edge", edge, dEdge), .. Layers.Variables(network.Parameters)],
            shape.Seed);
    }

    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-12 * (1 + Math.Abs(expected[i])),
                $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
