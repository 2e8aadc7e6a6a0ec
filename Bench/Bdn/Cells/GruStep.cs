using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of a GRU.</summary>
[MemoryDiagnoser]
public class GruStep : StepBenchmark<GruCell<float>>
{
    /// <inheritdoc/>
    protected override (RecurrentNetwork<GruCell<float>, float> Network, PlainStep Plain, PlainStep Scalar) Create()
    {
        Gru<float> network = BenchNetworks.Gru(HiddenSize);
        PlainGru plain = PlainGru.Of(network);
        return (network, (x, h, _) => plain.Step(x, h), (x, h, _) => plain.ScalarStep(x, h));
    }
}
