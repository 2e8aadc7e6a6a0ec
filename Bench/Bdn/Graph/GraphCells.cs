using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Bdn.Graph;

/// <summary>Every cell on trees and graphs: forward, and forward and backward, D = H = 64.</summary>
[MemoryDiagnoser]
public class GraphCells
{
    private const int Size = 64;

    private OperationRun<float> _run = null!;

    /// <summary>The cells' names.</summary>
    public static IEnumerable<string> Cells => GraphCellRows.Names;

    /// <summary>Which cell.</summary>
    [ParamsSource(nameof(Cells))]
    public string Cell { get; set; } = "";

    /// <summary>About how many nodes.</summary>
    [Params(100, 1_000)]
    public int Nodes { get; set; }

    /// <summary>Makes the cell, its graph and its tape.</summary>
    [GlobalSetup]
    public void Setup() =>
        _run = Operation<float>.Named(Cell).Create(new Sizes(4, Nodes, Size, Size, 6, 1));

    /// <summary>Forward, recorded on a tape.</summary>
    [Benchmark(Baseline = true)]
    public void Forward() => _run.Forward();

    /// <summary>Forward and backward.</summary>
    [Benchmark]
    public void ForwardBackward()
    {
        _run.Forward();
        _run.Backward!();
    }
}
