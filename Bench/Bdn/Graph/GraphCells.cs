using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Bdn.Graph;

/// <summary>Every cell on trees and graphs: forward, and forward and backward, D = H = 64.</summary>
[MemoryDiagnoser]
public class GraphCells
{
    private const int Size = 64;

    private CellRun<float> _run = null!;

    /// <summary>The cells' names.</summary>
    public static IEnumerable<string> Cells => CellRun<float>.All(nodes: 40, inputSize: 4, hiddenSize: 4).Select(run => run.Name);

    /// <summary>Which cell.</summary>
    [ParamsSource(nameof(Cells))]
    public string Cell { get; set; } = "";

    /// <summary>About how many nodes.</summary>
    [Params(100, 1_000)]
    public int Nodes { get; set; }

    /// <summary>Makes the cell, its graph and its tape.</summary>
    [GlobalSetup]
    public void Setup() => _run = CellRun<float>.All(Nodes, Size, Size).First(run => run.Name == Cell);

    /// <summary>Forward, recorded on a tape.</summary>
    [Benchmark(Baseline = true)]
    public float[] Forward()
    {
        _run.Forward();
        return _run.Results[0];
    }

    /// <summary>Forward and backward.</summary>
    [Benchmark]
    public float[] ForwardBackward()
    {
        _run.Forward();
        _run.Backward();
        return _run.Results[0];
    }
}
