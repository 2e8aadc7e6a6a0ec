using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Random variants of graph cells whose runs threads share have the bits of one thread, forward and backward.</summary>
public sealed class SharedGraphTests(SharedRuns shared) : IClassFixture<SharedRuns>
{
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
            float[] h0 = shape.States<float>(), edge = shape.Features<float>(plan), h = new float[h0.Length],
                y = new float[shape.PooledLength(plan)];
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

    [Fact]
    public void Attention_over_meta_paths_with_dropout_and_through_middles() =>
        RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Nodes = 5 * shape.Nodes };
        bool listed = shape.Seed % 2 == 0;
        MetaPath[] paths = listed
            ? shape.MetaPaths()
            : [.. Enumerable.Range(0, shape.Paths).Select(path => new MetaPath(shape.Graph(path).Incoming))];
        shared.HaveTheBitsOfOneThread(workers =>
        {
            Han<float> network = new(shape.Options with { InputDropout = 0.2, AttentionDropout = listed ? 0.3 : 0 });
            network.Initialise(shape.Seed);
            int[] counts = shape.NodeCounts();
            HanTape<float> tape = network.CreateTape(counts, paths, workers);
            float[] x = Numbers.Random<float>(1, shape.InputLength), z = new float[shape.Nodes * shape.Options.OutputSize],
                beta = new float[shape.Paths], dx = new float[x.Length];
            network.Forward(x, counts, paths, z, beta, tape, seed: 3);
            network.Backward(z, beta, dx, tape);
            return new(network.Parameters, z, beta, dx);
        });
    }, count: 40);

    [Fact]
    public void Threads_of_comments_from_given_states() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Chain, GraphKind.Forest), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Drawn = 6 * shape.Drawn };
        int[] parents = shape.Parents();
        GsLstmSchedule schedule = new(new Relatives(parents, [.. parents.Select((_, time) => (long)time)]));
        shared.HaveTheBitsOfOneThread(workers =>
        {
            GsLstmDirection direction = (GsLstmDirection)(shape.Seed % 3);
            GsLstm<float> cell =
                new(new GsLstmOptions { InputSize = shape.InputSize, HiddenSize = shape.HiddenSize, Direction = direction });
            cell.Initialise(shape.Seed);
            GsLstmTape<float> tape = cell.CreateTape(shape.Nodes, workers);
            float[] x = Numbers.Random<float>(1, shape.Nodes * shape.InputSize), h = new float[shape.Nodes * cell.OutputSize],
                c = new float[h.Length], dx = new float[x.Length];
            float[] h0 = Numbers.Random<float>(2, cell.OutputSize), c0 = Numbers.Random<float>(3, cell.OutputSize),
                dh0 = new float[h0.Length], dc0 = new float[c0.Length];
            cell.Forward(schedule, x, h, c, tape, h0, c0);
            cell.Backward(h, c, dx, tape, dh0, dc0);
            return new(cell.Parameters, h, c, dx, dh0, dc0);
        });
    }, count: 30);

    [Fact]
    public void A_tape_knows_its_threads()
    {
        using WorkerPool pool = new(2);
        Assert.Same(pool, new Recursive<float>(3).CreateTape(1, pool).Workers);
        Assert.Null(new Gcn<float>(2, 3).CreateTape(1).Workers);
    }
}
