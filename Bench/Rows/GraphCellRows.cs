using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Rows;

/// <summary>Every graph cell in training, forward and backward, float, one thread. A call is a batch.</summary>
internal static class GraphCellRows
{
    private const int Nodes = 1000, Size = 64;

    public static IEnumerable<BenchmarkRow> All(bool quick)
    {
        CellRun<float>[] runs = [.. CellRun<float>.All(Nodes, Size, Size)];
        return (quick ? runs[^1..] : runs).Select(run => new BenchmarkRow("Graph cells, training", run.Name, run.Shape, new Work(3 * run.Flops, 0, 0), () => (
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    run.Forward();
                    run.Backward();
                }
            },
            null)));
    }
}
