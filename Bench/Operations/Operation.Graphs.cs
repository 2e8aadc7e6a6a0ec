using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static string[] Both => ["Forward", "Backward"];

    private static Operation<T>[] Trees() =>
    [
        new("recursive network", Of(typeof(Recursive<>), Both), (size, run) =>
        {
            NarySchedule schedule = new(size.Places(2), 2);
            Recursive<T> cell = new(size.HiddenSize);
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            RecursiveTape<T> tape = cell.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.HiddenSize);
            var h = run.Output("h", size.Rows * size.HiddenSize);
            run.Forward = () => cell.Forward(schedule, x, h, tape);
            run.Backward = () => cell.Backward(h.Gradient, x.Gradient, tape);
            run.Flops = 4.0 * Inner(schedule) * size.HiddenSize * size.HiddenSize;
        }),
        new("N-ary Tree-LSTM", Of(typeof(NaryTreeLstm<>), Both), (size, run) =>
        {
            NarySchedule schedule = new(size.Places(2), 2);
            NaryTreeLstm<T> cell = new(size.InputSize, size.HiddenSize);
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            NaryTreeLstmTape<T> tape = cell.CreateTape(size.Rows, workers: size.Workers);
            (Operand<T> x, Operand<T> h, Operand<T> c) = Nodes(size, run, "c");
            run.Forward = () => cell.Forward(schedule, x, h, c, tape);
            run.Backward = () => cell.Backward(h.Gradient, c.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.HiddenSize * (size.Rows * 4.0 * size.InputSize + Inner(schedule) * 10.0 * size.HiddenSize);
        }),
        new("Child-Sum Tree-LSTM", Of(typeof(TreeLstm<>), Both), (size, run) =>
        {
            LevelSchedule schedule = new(size.Acyclic());
            TreeLstm<T> cell = new(size.InputSize, size.HiddenSize);
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            TreeLstmTape<T> tape = cell.CreateTape(size.Rows, schedule.EdgeCount, workers: size.Workers);
            (Operand<T> x, Operand<T> h, Operand<T> c) = Nodes(size, run, "c");
            run.Forward = () => cell.Forward(schedule, x, h, c, tape);
            run.Backward = () => cell.Backward(h.Gradient, c.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.Rows * size.HiddenSize * (4.0 * size.InputSize + 4.0 * size.HiddenSize);
        }),
        new("Graph-Structured LSTM, both ways", Of(typeof(GsLstm<>), Both), (size, run) =>
        {
            GsLstmSchedule schedule = new(new Relatives(size.Parents(), [.. Enumerable.Range(0, size.Rows).Select(time => (long)time)]));
            GsLstm<T> cell =
                new(new GsLstmOptions { InputSize = size.InputSize, HiddenSize = size.HiddenSize, Candidate = Activation.Tanh });
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            GsLstmTape<T> tape = cell.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var h0 = run.Input("h0", cell.OutputSize);
            var c0 = run.Input("c0", cell.OutputSize);
            var h = run.Output("h", size.Rows * cell.OutputSize);
            var c = run.Output("c", size.Rows * cell.OutputSize);
            run.Forward = () => cell.Forward(schedule, x, h, c, tape, h0, c0);
            run.Backward = () => cell.Backward(h.Gradient, c.Gradient, x.Gradient, tape, h0.Gradient, c0.Gradient);
            run.Flops = 20.0 * size.Rows * size.HiddenSize * (size.InputSize + 2.0 * size.HiddenSize);
        }),
    ];

    private static Operation<T>[] Graphs() =>
    [
        new("Graph LSTM, 2 layers", Of(typeof(GraphLstm<>), Both), (size, run) =>
        {
            GraphLstmSchedule schedule = new(size.Undirected(), [.. Enumerable.Range(0, size.Rows).Reverse()]);
            GraphLstm<T> cell = new(new GraphLstmOptions { InputSize = size.InputSize, HiddenSize = size.HiddenSize, Layers = 2 });
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            GraphLstmTape<T> tape = cell.CreateTape(size.Rows, schedule.EdgeCount, workers: size.Workers);
            (Operand<T> x, Operand<T> h, Operand<T> m) = Nodes(size, run, "m");
            var h0 = run.Input("h0", size.Rows * size.HiddenSize);
            var m0 = run.Input("m0", size.Rows * size.HiddenSize);
            run.Forward = () => cell.Forward(schedule, x, h0, m0, h, m, tape);
            run.Backward = () => cell.Backward(h.Gradient, m.Gradient, x.Gradient, h0.Gradient, m0.Gradient, tape);
            run.Flops = 4.0 * size.Rows * size.HiddenSize * (4.0 * size.InputSize + 7.0 * size.HiddenSize);
        }),
        new("HAN, 2 meta-paths, 2 heads", Of(typeof(Han<>), Both), (size, run) =>
        {
            MetaPath[] paths = [new(size.Undirected().WithSelfLoops()),
                new((size with { Seed = size.Seed + 1 }).Undirected().WithSelfLoops())];
            Han<T> han =
                new(new HanOptions { InputSizes = [size.InputSize], Heads = 2, HeadSize = size.HiddenSize, Paths = 2,
                    SemanticSize = size.HiddenSize });
            Use(run, han.Parameters, han.Initialise, han.Pack);
            var counts = run.Integers("nodeCounts", [size.Rows], batch: false);
            HanTape<T> tape = han.CreateTape(counts, paths, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var z = run.Output("z", size.Rows * han.Options.OutputSize);
            var beta = run.Output("beta", 2);
            run.Forward = () => han.Forward(x, counts, paths, z, beta, tape);
            run.Backward = () => han.Backward(z.Gradient, beta.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.Rows * (han.Parameters.ElementCount + 2 * size.HiddenSize * size.HiddenSize);
        }),
        GraphNet("GGNN, 2 edge types", size => new()
        {
            HiddenSize = size.HiddenSize, MessageSize = size.HiddenSize, EdgeTypes = 2, Rounds = 2, Readout = GraphReadout.Mean,
        }),
        GraphNet("message passing, MLPs, edge features", size => new()
        {
            HiddenSize = size.HiddenSize, MessageSize = size.InputSize, EdgeSize = 3, Rounds = 2, Message = MessageFunction.Mlp,
            MessageHiddenSize = size.InputSize,
            Aggregate = Aggregation.Mean, Update = UpdateFunction.Mlp, UpdateHiddenSize = size.HiddenSize, Readout = GraphReadout.Attention,
            AttentionSize = 3,
        }),
        GraphNet("message passing, maximum", size => new()
        {
            HiddenSize = size.HiddenSize, MessageSize = size.InputSize, Aggregate = Aggregation.Max, Readout = GraphReadout.Max,
        }),
        new("AGC-LSTM, attention", Of(typeof(AgcLstm<>), Both), (size, run) =>
        {
            const int Joints = 4;
            AgcLstm<T> cell = new(
                new AgcLstmOptions { InputSize = size.InputSize, HiddenSize = size.HiddenSize, AttentionSize = size.InputSize },
                Skeleton.Spatial<T>([-1, 0, 1, 1]));
            Use(run, cell.Parameters, cell.Initialise, cell.Pack);
            (int steps, int batch) = (size.Steps, size.Rows);
            AgcLstmTape<T> tape = cell.CreateTape(Math.Max(1, steps), Math.Max(1, batch), workers: size.Workers);
            var x = run.Input("X", (steps, batch, Joints * size.InputSize));
            var h0 = run.Input("H0", (batch, Joints * size.HiddenSize));
            var c0 = run.Input("C0", (batch, Joints * size.HiddenSize));
            var y = run.Output("Y", (steps, batch, Joints * size.HiddenSize));
            var h = run.Output("H", (batch, Joints * size.HiddenSize));
            var c = run.Output("C", (batch, Joints * size.HiddenSize));
            var alpha = run.Output("Alpha", (steps, batch, Joints));
            var all = run.Output("Global", (steps, batch, size.HiddenSize));
            var local = run.Output("Local", (steps, batch, size.HiddenSize));
            run.Forward = () => cell.Forward(
                new() { Steps = steps, Batch = batch, X = x, H0 = h0, C0 = c0 },
                new() { Y = y, H = h, C = c, Alpha = alpha, Global = all, Local = local }, tape);
            run.Backward = () => cell.Backward(
                new() { Y = y.Gradient, H = h.Gradient, C = c.Gradient, Alpha = alpha.Gradient, Global = all.Gradient,
                    Local = local.Gradient },
                new() { X = x.Gradient, H0 = h0.Gradient, C0 = c0.Gradient }, tape);
            run.Flops = 2.0 * steps * batch * Joints * size.HiddenSize * (12.0 * size.InputSize + 13.0 * size.HiddenSize);
        }) { IsRowWise = true },
        new("AGC-LSTM network", Of(typeof(AgcNetwork<>), Both), (size, run) =>
        {
            AgcNetworkOptions options = new()
            {
                CoordinateSize = size.InputSize, PositionSize = 3, FeatureSize = 4, HiddenSize = size.HiddenSize, Classes = 3, Layers = 2,
                AttentionSize = 2,
            };
            AgcNetwork<T> network = new(options, Skeleton.Spatial<T>([-1, 0, 1]));
            Use(run, network.Parameters, network.Initialise, network.Pack);
            (int steps, int batch) = (size.Steps, size.Rows);
            AgcNetworkTape<T> tape = network.CreateTape(Math.Max(1, steps), Math.Max(1, batch), workers: size.Workers);
            var x = run.Input("x", (steps, batch, 3 * size.InputSize));
            var prediction = run.Output("prediction", (batch, 3));
            var targets = run.Integers("targets", size.Below(3, batch));
            run.Forward = () => network.Forward(x, steps, batch, prediction, tape);
            run.Backward = () => network.Backward(targets, x.Gradient, tape);
            run.Loss = () => network.Loss(targets.Values.AsSpan(0, batch), tape);
            run.Flops = 2.0 * steps * batch * 3 * network.Parameters.ElementCount;
        }),
        new("temporal pooling", Of(typeof(TemporalPooling), Both), (size, run) =>
        {
            TemporalPooling pooling = new(3, 2);
            var x = run.Input("x", (size.Steps, size.Rows, size.InputSize));
            var y = run.Output("y", (pooling.GetOutputSteps(size.Steps), size.Rows, size.InputSize));
            run.Forward = () => pooling.Forward<T>(x, size.Steps, y);
            run.Backward = () => pooling.Backward<T>(y.Gradient, size.Steps, x.Gradient);
        }) { IsRowWise = true },
    ];

    private static Operation<T> GraphNet(string name, Func<Sizes, GraphNetOptions> create) =>
        new(name, Of(typeof(GraphNet<>), Both), (size, run) =>
    {
        GraphNetOptions options = create(size);
        CsrGraph graph = size.Undirected();
        GraphNetPlan plan = new(options, graph, size.Below(options.EdgeTypes, graph.EdgeCount), size.Below(1, size.Rows), graphCount: 1);
        GraphNet<T> net = new(options);
        Use(run, net.Parameters, net.Initialise, net.Pack);
        GraphNetTape<T> tape = net.CreateTape(size.Rows, graph.EdgeCount, workers: size.Workers);
        var h0 = run.Input("h0", size.Rows * size.HiddenSize);
        var edge = run.Input("edge", graph.EdgeCount * options.EdgeSize);
        var h = run.Output("h", size.Rows * size.HiddenSize);
        var y = run.Output("y", size.HiddenSize);
        run.Forward = () => net.Forward(plan, h0, edge, h, y, tape);
        run.Backward = () => net.Backward(h.Gradient, y.Gradient, h0.Gradient, edge.Gradient, tape);
        run.Flops = 2.0 * options.Rounds * size.Rows * net.Parameters.ElementCount;
    });

    /// <summary>Nodes with children.</summary>
    private static int Inner(NarySchedule schedule) => schedule.NodeCount - (schedule.LevelCount == 0 ? 0 : schedule.LevelOffsets[1]);

    private static (Operand<T> X, Operand<T> H, Operand<T> State) Nodes(Sizes size, OperationRun<T> run, string state) =>
        (run.Input("x", size.Rows * size.InputSize), run.Output("h", size.Rows * size.HiddenSize),
            run.Output(state, size.Rows * size.HiddenSize));
}
