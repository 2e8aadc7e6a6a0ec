using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>An LSTM forward and backward through fifty steps.</summary>
[MemoryDiagnoser]
public class LstmTraining() : SequenceBenchmark(steps: 50)
{
    private PlainLstm _plain = null!;

    /// <summary>Gradients of the weights are one matrix product over all steps.</summary>
    [Benchmark]
    public float[] Ours() => ForwardBackward();

    /// <summary>A row of the weights at a time, both ways.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        _plain.Train(Steps, Batch, X, Y, Upstream, Gradient);
        return Gradient;
    }

    /// <inheritdoc/>
    protected override RecurrentNetwork<float> Create()
    {
        Lstm<float> network = BenchNetworks.Lstm(HiddenSize);
        _plain = PlainLstm.Of(network);
        return network;
    }
}
