using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of a GRU.</summary>
[MemoryDiagnoser]
public class GruStep : StepBenchmark<GruCell<float>>
{
    private PlainGru _plain = null!;

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
    protected override RecurrentNetwork<GruCell<float>, float> Create()
    {
        Gru<float> network = BenchNetworks.Gru(HiddenSize);
        _plain = PlainGru.Of(network);
        return network;
    }
}
