using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Rows;

/// <summary>A graph cell on a graph, ready to run: the one description from which come its benchmark row and its digest.</summary>
/// <param name="Name">The cell.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Flops">Arithmetic of the matrix products and sums of a forward run.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Forward">A forward run over random inputs.</param>
/// <param name="Backward">Takes it back.</param>
/// <param name="Results">What the two write.</param>
internal sealed record CellRun<T>(
    string Name, string Shape, double Flops, ParameterSet<T> Parameters, Action Forward, Action Backward, params T[][] Results)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Every graph cell.</summary>
    /// <param name="nodes">About how many nodes.</param>
    /// <param name="inputSize">D.</param>
    /// <param name="hiddenSize">H.</param>
    public static IEnumerable<CellRun<T>> All(int nodes, int inputSize, int hiddenSize) =>
        [Recursive(nodes, hiddenSize), .. Trees(nodes, inputSize, hiddenSize), Threads(nodes, inputSize, hiddenSize), .. Graphs(nodes, inputSize, hiddenSize)];

    private static CellRun<T> Recursive(int nodes, int size)
    {
        NarySchedule schedule = new(BenchGraphs.BinaryTrees(Math.Max(1, nodes / 37), 1), 2);
        Recursive<T> cell = new(size);
        cell.Initialise(1);
        RecursiveTape<T> tape = cell.CreateTape(schedule.NodeCount);
        T[] x = Values(schedule.NodeCount * size), h = new T[x.Length], dx = new T[x.Length];
        int inner = schedule.NodeCount - schedule.LevelOffsets[1];
        return new("recursive network", $"{schedule.NodeCount} nodes, H={size}", 4.0 * inner * size * size, cell.Parameters,
            () => cell.Forward(schedule, x, h, tape), () => cell.Backward(h, dx, tape), h, dx);
    }

    private static IEnumerable<CellRun<T>> Trees(int nodes, int inputSize, int size)
    {
        NarySchedule binary = new(BenchGraphs.BinaryTrees(Math.Max(1, nodes / 37), 1), 2);
        LevelSchedule dependencies = new(Forest.FromParents(BenchGraphs.Parents(Math.Max(1, nodes / 19), 1)));
        NaryTreeLstm<T> nary = new(inputSize, size);
        TreeLstm<T> sum = new(inputSize, size);
        nary.Initialise(1);
        sum.Initialise(1);
        NaryTreeLstmTape<T> naryTape = nary.CreateTape(binary.NodeCount);
        TreeLstmTape<T> sumTape = sum.CreateTape(dependencies.NodeCount, dependencies.EdgeCount);
        T[] x = Values(Math.Max(binary.NodeCount, dependencies.NodeCount) * inputSize), naryX = x[..(binary.NodeCount * inputSize)], sumX = x[..(dependencies.NodeCount * inputSize)];
        T[] h = new T[binary.NodeCount * size], dx = new T[naryX.Length], h2 = new T[dependencies.NodeCount * size], dx2 = new T[sumX.Length];
        int inner = binary.NodeCount - binary.LevelOffsets[1], parents = dependencies.NodeCount - dependencies.LevelOffsets[1];
        yield return new("binary Tree-LSTM", $"{binary.NodeCount} nodes, D={inputSize} H={size}", 2.0 * size * (binary.NodeCount * 4.0 * inputSize + inner * 10.0 * size), nary.Parameters,
            () => nary.Forward(binary, naryX, h, default, naryTape), () => nary.Backward(h, default, dx, naryTape), h, dx);
        yield return new("Child-Sum Tree-LSTM", $"{dependencies.NodeCount} nodes, D={inputSize} H={size}",
            2.0 * size * (dependencies.NodeCount * (4.0 * inputSize + size) + parents * 3.0 * size), sum.Parameters,
            () => sum.Forward(dependencies, sumX, h2, default, sumTape), () => sum.Backward(h2, default, dx2, sumTape), h2, dx2);
    }

    private static CellRun<T> Threads(int nodes, int inputSize, int size)
    {
        int[] parents = BenchGraphs.Parents(Math.Max(1, nodes / 19), 1);
        GsLstmSchedule schedule = new(new Relatives(parents, [.. Enumerable.Range(0, parents.Length).Select(time => (long)time)]));
        GsLstm<T> cell = new(new GsLstmOptions { InputSize = inputSize, HiddenSize = size, Candidate = Activation.Tanh });
        cell.Initialise(1);
        GsLstmTape<T> tape = cell.CreateTape(parents.Length);
        T[] x = Values(parents.Length * inputSize), h = new T[parents.Length * 2 * size], dx = new T[x.Length];
        return new("Graph-Structured LSTM, both ways", $"{parents.Length} nodes, D={inputSize} H={size}", 20.0 * parents.Length * size * (inputSize + 2.0 * size), cell.Parameters,
            () => cell.Forward(schedule, x, h, default, tape), () => cell.Backward(h, default, dx, tape), h, dx);
    }

    private static IEnumerable<CellRun<T>> Graphs(int nodes, int inputSize, int size)
    {
        CsrGraph graph = BenchGraphs.Nearest(nodes, 6, 1).Symmetric();
        string shape = $"N={nodes} E={graph.EdgeCount} D={inputSize} H={size}";
        T[] x = Values(nodes * inputSize);

        GraphLstmSchedule waves = new(graph, BenchGraphs.Order(nodes, 1));
        GraphLstm<T> lstm = new(new GraphLstmOptions { InputSize = inputSize, HiddenSize = size, Layers = 2 });
        lstm.Initialise(1);
        GraphLstmTape<T> lstmTape = lstm.CreateTape(nodes, graph.EdgeCount);
        T[] lstmH = new T[nodes * size], lstmDx = new T[x.Length];
        yield return new("Graph LSTM, 2 layers", shape, 4.0 * nodes * size * (4.0 * inputSize + 7 * size), lstm.Parameters,
            () => lstm.Forward(waves, x, default, default, lstmH, default, lstmTape), () => lstm.Backward(lstmH, default, lstmDx, default, default, lstmTape), lstmH, lstmDx);

        SparseMatrix<T> normalised = SparseMatrix<T>.SymmetricNormalised(graph);
        Gcn<T> gcn = new(inputSize, size);
        gcn.Initialise(1);
        GcnTape<T> gcnTape = gcn.CreateTape(nodes);
        T[] gcnY = new T[nodes * size], gcnDx = new T[x.Length];
        yield return new("GCN layer", shape, 2.0 * nodes * size * inputSize + 2.0 * graph.EdgeCount * Math.Min(size, inputSize), gcn.Parameters,
            () => gcn.Forward(normalised, x, gcnY, gcnTape), () => gcn.Backward(gcnY, gcnDx, gcnTape), gcnY, gcnDx);

        MetaPath[] paths = [new(graph.WithSelfLoops()), new(BenchGraphs.Random(nodes, 4, 2).WithSelfLoops())];
        int[] counts = [nodes];
        int headSize = Math.Max(1, size / 4);
        Han<T> han = new(new HanOptions { InputSizes = [inputSize], Heads = 4, HeadSize = headSize, Paths = 2, SemanticSize = size });
        han.Initialise(1);
        HanTape<T> hanTape = han.CreateTape(counts, paths);
        T[] z = new T[nodes * 4 * headSize], beta = new T[2], hanDx = new T[x.Length];
        yield return new("HAN, 2 meta-paths, 4 heads", shape, 2.0 * nodes * 4 * headSize * (inputSize + 2.0 * size) + 2.0 * (paths[0].EntryCount + paths[1].EntryCount) * 4 * headSize, han.Parameters,
            () => han.Forward(x, counts, paths, z, beta, hanTape), () => han.Backward(z, default, hanDx, hanTape), z, beta, hanDx);

        GraphNetOptions options = new() { HiddenSize = size, MessageSize = size, EdgeTypes = 2, Rounds = 2, Readout = GraphReadout.Mean };
        int[] types = [.. Enumerable.Range(0, graph.EdgeCount).Select(edge => edge % 2)], ids = new int[nodes];
        GraphNetPlan plan = new(options, graph, types, ids);
        GraphNet<T> net = new(options);
        net.Initialise(1);
        GraphNetTape<T> netTape = net.CreateTape(nodes, graph.EdgeCount);
        T[] h0 = Values(nodes * size), netH = new T[h0.Length], netY = new T[size], dh0 = new T[h0.Length];
        yield return new("message passing (GGNN), 2 rounds", $"N={nodes} E={graph.EdgeCount} H={size}, 2 types", 2 * 2.0 * nodes * size * size * (2 + 6), net.Parameters,
            () => net.Forward(plan, h0, default, netH, netY, netTape), () => net.Backward(netH, netY, dh0, default, netTape), netH, netY, dh0);

        const int Steps = 4, Joints = 20;
        int[] bones = [.. Enumerable.Range(-1, Joints)];
        AgcLstm<T> agc = new(new AgcLstmOptions { InputSize = inputSize, HiddenSize = size, AttentionSize = size }, Skeleton.Spatial<T>(bones));
        agc.Initialise(1);
        int batch = Math.Max(1, nodes / (Steps * Joints));
        AgcLstmTape<T> agcTape = agc.CreateTape(Steps, batch);
        T[] agcX = Values(Steps * batch * Joints * inputSize), agcY = new T[Steps * batch * Joints * size], agcDx = new T[agcX.Length];
        yield return new("AGC-LSTM layer, attention", $"T={Steps} B={batch} N={Joints} D={inputSize} H={size}", 2.0 * Steps * batch * Joints * size * (12.0 * inputSize + 13.0 * size), agc.Parameters,
            () => agc.Forward(new AgcLstmInput<T> { Steps = Steps, Batch = batch, X = agcX }, new AgcLstmOutput<T> { Y = agcY }, agcTape),
            () => agc.Backward(new AgcLstmOutputGradient<T> { Y = agcY }, new AgcLstmInputGradient<T> { X = agcDx }, agcTape), agcY, agcDx);
    }

    private static T[] Values(int count) => Array.ConvertAll(BenchGraphs.Values(count), T.CreateTruncating);
}
