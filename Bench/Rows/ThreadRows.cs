using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Rows;

/// <summary>Work that threads can share: made twice, for one thread and for several.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">What it is.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Create">Makes it for some threads, or for one.</param>
internal sealed record ThreadRow(string Section, string Name, string Shape, Func<WorkerPool?, TimedRun> Create)
{
    /// <summary>What one of so many threads has to do, for a thread by itself.</summary>
    public Func<int, TimedRun>? CreatePart { get; init; }

    /// <summary>How many times as fast we want two threads to be, at least.</summary>
    public double? Goal { get; init; }
}

/// <summary>The rows of the threads command: steps, sequences, training, graphs. Input size = hidden size, float.</summary>
internal static class ThreadRows
{
    private const int Batch = 32;
    private const double BatchGoal = 1.8;

    public static IEnumerable<ThreadRow> All(bool quick)
    {
        int[] sizes = quick ? [128] : [64, 128, 256, 512, 1024];
        return
        [
            .. sizes.Select(size => Step("LSTM", size, BenchNetworks.Lstm, size switch { 128 => 1.5, 256 => 2.5, _ => null })),
            .. sizes.Select(size => Step("GRU", size, BenchNetworks.Gru, null)),
            .. (quick ? [128] : new[] { 64, 128, 256 }).Select(size =>
                new ThreadRow("32 streams, a step", "LSTM", $"H={size}",
                workers => TimedRun.Sessions(BenchNetworks.Lstm(size), 32, workers))),
            .. from size in quick ? [128] : new[] { 64, 128, 256 }
               from batch in new[] { 1, Batch }
               select Sequences("LSTM", batch, size, () => BenchNetworks.Lstm(size)),
            .. from size in quick ? [128] : new[] { 64, 128, 256 }
               from batch in new[] { 1, Batch }
               select Sequences("GRU", batch, size, () => BenchNetworks.Gru(size)),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size => Training("LSTM", size, () => BenchNetworks.Lstm(size))),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size => Training("GRU", size, () => BenchNetworks.Gru(size))),
            .. (quick ? [10_000] : new[] { 10_000, 100_000 }).Select(nodes => NeighbourSum(nodes)),
            .. quick ? [Cell("GCN layer", 1000)] : GraphCellRows.Cells.Select(cell => Cell(cell.Name, cell.Rows)),
        ];
    }

    // A thread takes some units, each with as many inputs and states as before: a network of those units whose input is the longer for it.
    private static ThreadRow Step<TCell>(string name, int size, Func<int, int, RecurrentNetwork<TCell, float>> network, double? goal)
        where TCell : struct, IRecurrentCell<float> =>
        new("One step, streaming", name, $"H={size}", workers => TimedRun.Step(network(size, size), workers))
        {
            CreatePart = parts =>
            {
                int units = Math.Max(1, size / parts);
                return TimedRun.Step(network(2 * size - units, units));
            },
            Goal = goal,
        };

    // A batch's sequences are shared out, a single one's units.
    private static ThreadRow Sequences(string name, int batch, int size, Func<RecurrentNetwork<float>> network) =>
        new("A sequence", name, $"T=100 B={batch} H={size}", workers => TimedRun.Sequences(network(), 100, batch, workers))
        {
            CreatePart = batch == 1 ? null : parts => TimedRun.Sequences(network(), 100, Math.Max(1, batch / parts)),
            Goal = batch == 1 ? null : BatchGoal,
        };

    private static ThreadRow Training(string name, int size, Func<RecurrentNetwork<float>> network) =>
        new("Training, forward and backward", name, $"T=50 B={Batch} H={size}", workers => TimedRun.Training(network(), 50, Batch, workers))
        {
            CreatePart = parts => TimedRun.Training(network(), 50, Math.Max(1, Batch / parts)),
            Goal = BatchGoal,
        };

    private static ThreadRow NeighbourSum(int nodes)
    {
        CsrGraph graph = BenchGraphs.Random(nodes, 10, 1);
        return new("Neighbour sum, degree 10", "random", $"N={nodes} F=64", workers => TimedRun.NeighbourSums(graph, 64, workers));
    }

    private static ThreadRow Cell(string name, int rows)
    {
        Sizes sizes = GraphCellRows.SizesOf(rows);
        Operation<float> operation = Operation<float>.Named(name);
        return new("Graph cells, training", name, sizes.Shape,
            workers => TimedRun.ThereAndBack(operation, sizes with { Workers = workers }));
    }
}
