using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Bdn.Graph;

/// <summary>The rows of the main job on trees and graphs that have a plain version: schedules against one node after another.</summary>
[MemoryDiagnoser]
public class GraphAgainstPlain
{
    private static readonly IEnumerable<BenchmarkRow> _rows = TreeRows.All(quick: false).Concat(GraphLstmRows.All(quick: false));
    private Candidate _ours = null!;
    private Candidate _plain = null!;

    /// <summary>The rows' names.</summary>
    public static IEnumerable<string> Rows => _rows.Where(row => row.Create().Plain is not null).Select(row => row.Name);

    /// <summary>Which row.</summary>
    [ParamsSource(nameof(Rows))]
    public string Row { get; set; } = "";

    /// <summary>Makes both sides.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (_ours, Candidate? plain) = _rows.First(row => row.Name == Row).Create();
        _plain = plain!;
    }

    /// <summary>What can be computed together is.</summary>
    [Benchmark]
    public void Ours() => _ours(1);

    /// <summary>One node after another, with TensorPrimitives.</summary>
    [Benchmark(Baseline = true)]
    public void WithTensorPrimitives() => _plain(1);
}
