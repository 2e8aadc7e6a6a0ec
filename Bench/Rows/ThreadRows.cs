using FastRecurrent.Bench.Operations;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Rows;

/// <summary>Work that threads can share: made twice, for one thread and for several.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">What it is.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Create">Makes it for some threads, or for one.</param>
internal sealed record ThreadRow(string Section, string Name, string Shape, Func<WorkerPool?, TimedRun> Create);

/// <summary>The rows of the threads command: steps, sequences, training, graphs. Input size = hidden size, float.</summary>
internal static class ThreadRows
{
    public static IEnumerable<ThreadRow> All(bool quick)
    {
        int[] sizes = quick ? [128] : [64, 128, 256, 512, 1024];
        return
        [
            .. sizes.Select(size =>
                new ThreadRow("One step, streaming", "LSTM", $"H={size}", workers => TimedRun.Step(BenchNetworks.Lstm(size), workers))),
            .. sizes.Select(size =>
                new ThreadRow("One step, streaming", "GRU", $"H={size}", workers => TimedRun.Step(BenchNetworks.Gru(size), workers))),
            .. (quick ? [128] : new[] { 64, 128, 256 }).Select(size =>
                new ThreadRow("32 streams, a step", "LSTM", $"H={size}",
                workers => TimedRun.Sessions(BenchNetworks.Lstm(size), 32, workers))),
            .. from size in quick ? [128] : new[] { 64, 128, 256 }
               from batch in new[] { 1, 32 }
               select new ThreadRow("A sequence", "LSTM", $"T=100 B={batch} H={size}",
                   workers => TimedRun.Sequences(BenchNetworks.Lstm(size), 100, batch, workers)),
            .. from size in quick ? [128] : new[] { 64, 128, 256 }
               from batch in new[] { 1, 32 }
               select new ThreadRow("A sequence", "GRU", $"T=100 B={batch} H={size}",
                   workers => TimedRun.Sequences(BenchNetworks.Gru(size), 100, batch, workers)),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size =>
                new ThreadRow("Training, forward and backward", "LSTM", $"T=50 B=32 H={size}",
                workers => TimedRun.Training(BenchNetworks.Lstm(size), 50, 32, workers))),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size =>
                new ThreadRow("Training, forward and backward", "GRU", $"T=50 B=32 H={size}",
                workers => TimedRun.Training(BenchNetworks.Gru(size), 50, 32, workers))),
            .. (quick ? [10_000] : new[] { 10_000, 100_000 }).Select(nodes => NeighbourSum(nodes)),
            .. quick ? [Cell("GCN layer", 1000)] : GraphCellRows.Cells.Select(cell => Cell(cell.Name, cell.Rows)),
        ];
    }

    private static ThreadRow NeighbourSum(int nodes)
    {
        CsrGraph graph = BenchGraphs.Random(nodes, 10, 1);
        return new("Neighbour sum, degree 10", "random", $"N={nodes} F=64", workers => TimedRun.NeighbourSums(graph, 64, workers));
    }

    private static ThreadRow Cell(string name, int rows)
    {
        Sizes sizes = GraphCellRows.SizesOf(rows);
        Operation<float> operation = Operation<float>.All.Single(operation => operation.Name == name);
        return new("Graph cells, training", name, sizes.Shape,
            workers => TimedRun.ThereAndBack(operation, sizes with { Workers = workers }));
    }
}
