using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>Elman's network over sequences of a hundred steps.</summary>
[MemoryDiagnoser]
public class SrnForward() : SequenceBenchmark(steps: 100)
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
        Srn<float> network = BenchNetworks.Srn(HiddenSize);
        PlainSrn plain = PlainSrn.Of(network);
        _plain = (x, h, _) => plain.Step(x, h);
        return network;
    }
}
