using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Operations;

namespace FastRecurrent.Bench.Bdn;

/// <summary>Every public operation with a way back, there and back, at the sizes of the command <c>operations</c>.</summary>
[MemoryDiagnoser]
public class EveryBackward
{
    private OperationRun<float> _run = null!;

    /// <summary>The operations' names.</summary>
    public static IEnumerable<string> Names =>
        Operation<float>.All.Where(operation => operation.Create(Sizes.Small).Backward is not null).Select(operation => operation.Name);

    /// <summary>Which operation.</summary>
    [ParamsSource(nameof(Names))]
    public string Operation { get; set; } = "";

    /// <summary>Makes its operands.</summary>
    [GlobalSetup]
    public void Setup() => _run = Operation<float>.Named(Operation).Create(Sizes.Small);

    /// <summary>One call of each way.</summary>
    [Benchmark]
    public void ForwardBackward()
    {
        _run.Forward();
        _run.Backward!();
    }
}
