using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of Elman's network.</summary>
[MemoryDiagnoser]
public class SrnStep : StepBenchmark<SrnCell<float>>
{
    private PlainSrn _plain = null!;

    /// <summary>A dot product a row.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        _plain.Step(X, H);
        return H;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        _plain.ScalarStep(X, H);
        return H;
    }

    /// <inheritdoc/>
    protected override RecurrentNetwork<SrnCell<float>, float> Create()
    {
        Srn<float> network = BenchNetworks.Srn(HiddenSize);
        _plain = PlainSrn.Of(network);
        return network;
    }
}
