using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of an LSTM.</summary>
[MemoryDiagnoser]
public class LstmStep : StepBenchmark<LstmCell<float>>
{
    private PlainLstm _plain = null!;
    private float[] _c = [];

    /// <summary>A dot product a row.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        _plain.Step(X, H, _c);
        return H;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        _plain.ScalarStep(X, H, _c);
        return H;
    }

    /// <inheritdoc/>
    protected override RecurrentNetwork<LstmCell<float>, float> Create()
    {
        Lstm<float> lstm = BenchNetworks.Lstm(HiddenSize);
        (_plain, _c) = (PlainLstm.Of(lstm), new float[HiddenSize]);
        return lstm;
    }
}
