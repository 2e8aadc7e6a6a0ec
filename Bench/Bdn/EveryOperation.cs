using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Operations;

namespace FastRecurrent.Bench.Bdn;

/// <summary>Every public operation, forward, at the sizes of the command <c>operations</c>.</summary>
[MemoryDiagnoser]
public class EveryOperation
{
    private OperationRun<float> _run = null!;

    /// <summary>The operations' names.</summary>
    public static IEnumerable<string> Names => Operation<float>.All.Select(operation => operation.Name);

    /// <summary>Which operation.</summary>
    [ParamsSource(nameof(Names))]
    public string Operation { get; set; } = "";

    /// <summary>Makes its operands.</summary>
    [GlobalSetup]
    public void Setup() => _run = Operation<float>.Named(Operation).Create(Sizes.Small);

    /// <summary>One call.</summary>
    [Benchmark]
    public void Forward() => _run.Forward();
}
