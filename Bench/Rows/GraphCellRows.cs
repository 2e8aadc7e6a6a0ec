using FastRecurrent.Bench.Operations;

namespace FastRecurrent.Bench.Rows;

/// <summary>Every graph cell in training, forward and backward, float, one thread. A call is a batch of some 1000 nodes.</summary>
internal static class GraphCellRows
{
    /// <summary>The operations, and how many nodes or skeletons of each make up some 1000 nodes.</summary>
    public static IReadOnlyList<(string Name, int Rows)> Cells { get; } =
    [
        ("recursive network", 1000), ("N-ary Tree-LSTM", 1000), ("Child-Sum Tree-LSTM", 1000), ("Graph-Structured LSTM, both ways", 1000),
        ("Graph LSTM, 2 layers", 1000), ("GCN layer", 1000), ("HAN, 2 meta-paths, 2 heads", 1000), ("GGNN, 2 edge types", 1000),
        ("AGC-LSTM, attention", 60),
    ];

    /// <summary>The cells, by the names of their operations.</summary>
    public static IEnumerable<string> Names => Cells.Select(cell => cell.Name);

    public static IEnumerable<BenchmarkRow> All(bool quick) =>
        (quick ? Cells.TakeLast(1) : Cells).Select(cell => OperationRows.Training(
            "Graph cells, training", Operation<float>.Named(cell.Name), SizesOf(cell.Rows)));

    /// <summary>The sizes of a cell: D = H = 64.</summary>
    public static Sizes SizesOf(int rows) => new(Steps: 4, rows, InputSize: 64, HiddenSize: 64, Degree: 6, Seed: 1);
}
