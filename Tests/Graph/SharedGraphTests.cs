using FastRecurrent.Bench.Rows;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Graph;

/// <summary>Graph cells whose runs threads share have the bits of one thread, forward and backward.</summary>
public sealed class SharedGraphTests(SharedRuns shared) : IClassFixture<SharedRuns>
{
    [Fact]
    public void Every_cell_on_graphs_of_many_rows() => RandomCases.Hold(
        from nodes in Gen.Choose(2, 160)
        from inputSize in RandomCases.Size(40)
        from hiddenSize in RandomCases.Size(40)
        select (nodes, inputSize, hiddenSize), _ => [], sizes =>
    {
        int cells = CellRun<float>.All(2, 1, 1).Count();
        for (int cell = 0; cell < cells; cell++)
        {
            shared.HaveTheBitsOfOneThread(workers =>
            {
                CellRun<float> run = CellRun<float>.All(sizes.nodes, sizes.inputSize, sizes.hiddenSize, workers).ElementAt(cell);
                run.Forward();
                run.Backward();
                return new(run.Parameters, run.Results);
            });
        }
    }, count: 6);

    [Fact]
    public void Message_passing_of_every_kind() => RandomCases.Hold(GraphNetCase.Cases(), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Nodes = 4 * shape.Nodes };
        shared.HaveTheBitsOfOneThread(workers =>
        {
            GraphNet<float> network = new(shape.Options);
            network.Initialise(shape.Seed);
            GraphNetPlan plan = shape.CreatePlan();
            GraphNetTape<float> tape = network.CreateTape(plan.NodeCount, plan.EdgeCount, plan.GraphCount, workers);
            float[] h0 = shape.States<float>(), edge = shape.Features<float>(plan), h = new float[h0.Length], y = new float[shape.PooledLength(plan)];
            float[] dh0 = new float[h0.Length], dedge = new float[edge.Length];
            network.Forward(plan, h0, edge, h, y, tape);
            network.Backward(h, y, dh0, dedge, tape);
            return new(network.Parameters, h, y, dh0, dedge);
        });
    }, count: 60);

    [Fact]
    public void Graph_convolutional_LSTMs() => RandomCases.Hold(AgcCase.Cases(), shape => shape.Shrink(), shape =>
        shared.HaveTheBitsOfOneThread(workers =>
        {
            AgcLstm<float> layer = shape.Create<float>();
            AgcRun<float> run = new(shape);
            AgcLstmTape<float> tape = layer.CreateTape(shape.Steps, shape.Batch, workers);
            run.Forward(layer, tape);
            run.Backward(layer, tape);
            return new(layer.Parameters, [.. run.Outputs, .. run.Gradients]);
        }), count: 40);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_network_of_graph_convolutional_LSTMs(int attentionSize) => shared.HaveTheBitsOfOneThread(workers =>
    {
        const int Steps = 7, Batch = 3, Joints = 6;
        AgcNetworkOptions options = new()
        {
            CoordinateSize = 3,
            PositionSize = 5,
            FeatureSize = 17,
            HiddenSize = 9,
            Classes = 4,
            Layers = 2,
            AttentionSize = attentionSize,
            Lambda = 0.7,
            Beta = 0.3,
        };
        AgcNetwork<float> network = new(options, Skeleton.Spatial<float>([-1, 0, 1, 1, 0, 4]));
        network.Initialise(1);
        AgcNetworkTape<float> tape = network.CreateTape(Steps, Batch, workers);
        float[] x = Numbers.Random<float>(1, Steps * Batch * Joints * 3), prediction = new float[Batch * 4], dx = new float[x.Length];
        network.Forward(x, Steps, Batch, prediction, tape);
        float loss = network.Backward([1, 3, 0], dx, tape);
        return new(network.Parameters, prediction, dx, [loss]);
    });

    [Fact]
    public void Attention_over_meta_paths_with_dropout_and_through_middles() => RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Nodes = 5 * shape.Nodes };
        bool listed = shape.Seed % 2 == 0;
        MetaPath[] paths = listed ? shape.MetaPaths() : [.. Enumerable.Range(0, shape.Paths).Select(path => new MetaPath(shape.Graph(path).Incoming))];
        shared.HaveTheBitsOfOneThread(workers =>
        {
            Han<float> network = new(shape.Options with { InputDropout = 0.2, AttentionDropout = listed ? 0.3 : 0 });
            network.Initialise(shape.Seed);
            int[] counts = shape.NodeCounts();
            HanTape<float> tape = network.CreateTape(counts, paths, workers);
            float[] x = Numbers.Random<float>(1, shape.InputLength), z = new float[shape.Nodes * shape.Options.OutputSize], beta = new float[shape.Paths], dx = new float[x.Length];
            network.Forward(x, counts, paths, z, beta, tape, seed: 3);
            network.Backward(z, beta, dx, tape);
            return new(network.Parameters, z, beta, dx);
        });
    }, count: 40);

    [Fact]
    public void Threads_of_comments_from_given_states() => RandomCases.Hold(GraphCase.Cases(GraphKind.Chain, GraphKind.Forest), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Nodes = 6 * shape.Nodes };
        int[] parents = shape.Parents();
        GsLstmSchedule schedule = new(new Relatives(parents, [.. parents.Select((_, time) => (long)time)]));
        shared.HaveTheBitsOfOneThread(workers =>
        {
            GsLstmDirection direction = (GsLstmDirection)(shape.Seed % 3);
            GsLstm<float> cell = new(new GsLstmOptions { InputSize = shape.InputSize, HiddenSize = shape.HiddenSize, Direction = direction });
            cell.Initialise(shape.Seed);
            GsLstmTape<float> tape = cell.CreateTape(shape.Nodes, workers);
            float[] x = Numbers.Random<float>(1, shape.Nodes * shape.InputSize), h = new float[shape.Nodes * cell.OutputSize], c = new float[h.Length], dx = new float[x.Length];
            float[] h0 = Numbers.Random<float>(2, cell.OutputSize), c0 = Numbers.Random<float>(3, cell.OutputSize), dh0 = new float[h0.Length], dc0 = new float[c0.Length];
            cell.Forward(schedule, x, h, c, tape, h0, c0);
            cell.Backward(h, c, dx, tape, dh0, dc0);
            return new(cell.Parameters, h, c, dx, dh0, dc0);
        });
    }, count: 30);

    [Fact]
    public void Polynomial_and_spectral_convolutions() => RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        SparseMatrix<float> laplacian = SparseMatrix<float>.ScaledLaplacian(graph, lambdaMax: 2);
        SpectralBasis<float> basis = SpectralBasis<float>.OfLaplacian(graph);
        int columns = shape.InputSize;
        float[] x = Numbers.Random<float>(1, shape.Nodes * columns);
        shared.HaveTheBitsOfOneThread(workers =>
        {
            ChebyshevConvolution<float> layer = new(shape.Seed % 4, columns, shape.HiddenSize);
            layer.Initialise(shape.Seed);
            ChebyshevTape<float> tape = layer.CreateTape(shape.Nodes, workers);
            float[] y = new float[shape.Nodes * shape.HiddenSize], dx = new float[x.Length];
            layer.Forward(laplacian, x, y, tape);
            layer.Backward(y, dx, tape);
            return new(layer.Parameters, y, dx);
        });
        shared.HaveTheBitsOfOneThread(workers =>
        {
            ChebyshevFilter<float> filter = new(order: shape.Seed % 4);
            Numbers.Random<float>(2, filter.Parameters["theta"].Length).CopyTo(filter.Parameters["theta"].Value);
            ChebyshevTape<float> tape = filter.CreateTape(shape.Nodes, columns, workers);
            float[] y = new float[x.Length], dx = new float[x.Length];
            filter.Forward(laplacian, x, columns, y, tape);
            filter.Backward(y, dx, tape);
            return new(filter.Parameters, y, dx);
        });
        shared.HaveTheBitsOfOneThread(workers =>
        {
            SpectralConvolution<float> convolution = new(basis);
            SpectralTape<float> tape = convolution.CreateTape(columns, workers);
            float[] z = new float[x.Length], dx = new float[x.Length], dy = new float[x.Length];
            convolution.Forward(x, x, columns, z, tape);
            convolution.Backward(z, dx, dy, tape);
            return new(null, z, dx, dy);
        });
    }, count: 25);

    [Fact]
    public void Shared_runs_allocate_nothing()
    {
        using WorkerPool pool = new(2);
        foreach (CellRun<float> run in CellRun<float>.All(200, 32, 32, pool))
        {
            long bytes = Numbers.AllocatedBytes(() =>
            {
                run.Forward();
                run.Backward();
            });
            Assert.True(bytes == 0, $"{run.Name}: {bytes} bytes");
        }
    }

    [Fact]
    public void A_tape_knows_its_threads()
    {
        using WorkerPool pool = new(2);
        Assert.Same(pool, new Recursive<float>(3).CreateTape(1, pool).Workers);
        Assert.Null(new Gcn<float>(2, 3).CreateTape(1).Workers);
    }
}
