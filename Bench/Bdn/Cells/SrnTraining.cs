using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>Elman's network forward and backward through fifty steps.</summary>
[MemoryDiagnoser]
public class SrnTraining() : SequenceBenchmark(steps: 50)
{
    /// <summary>Gradients of the weights are one matrix product over all steps.</summary>
    [Benchmark]
    public float[] Ours() => ForwardBackward();

    /// <inheritdoc/>
    protected override RecurrentNetwork<float> Create() => BenchNetworks.Srn(HiddenSize);
}
