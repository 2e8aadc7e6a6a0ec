using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>An LSTM over sequences of a hundred steps.</summary>
[MemoryDiagnoser]
public class LstmForward() : SequenceBenchmark(steps: 100)
{
    private PlainStep _plain = null!;

    /// <summary>The input products of all steps are one matrix product.</summary>
    [Benchmark]
    public float[] Ours() => Forward();

    /// <summary>A dot product a row.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives() => PlainForward(_plain);

    /// <inheritdoc/>
    protected override RecurrentNetwork<float> Create()
    {
        Lstm<float> network = BenchNetworks.Lstm(HiddenSize);
        _plain = PlainLstm.Of(network).Step;
        return network;
    }
}
