using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>A random graph of ten neighbours a node, for kernels that go over neighbours.</summary>
public abstract class GraphBenchmark
{
    private const int Degree = 10;

    /// <summary>N.</summary>
    [Params(1_000, 10_000)]
    public int Nodes { get; set; }

    /// <summary>The neighbours that each node receives from.</summary>
    protected CsrPattern Pattern { get; private set; } = null!;

    /// <summary>Makes the graph, then <see cref="Fill"/>s the arrays.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Pattern = BenchGraphs.Random(Nodes, Degree, 1).Incoming;
        Fill();
    }

    /// <summary>Makes what the benchmark reads and writes.</summary>
    protected abstract void Fill();
}
