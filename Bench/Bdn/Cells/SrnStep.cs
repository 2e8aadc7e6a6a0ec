using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of Elman's network.</summary>
[MemoryDiagnoser]
public class SrnStep : StepBenchmark<SrnCell<float>>
{
    /// <inheritdoc/>
    protected override (RecurrentNetwork<SrnCell<float>, float> Network, PlainStep Plain, PlainStep Scalar) Create()
    {
        Srn<float> network = BenchNetworks.Srn(HiddenSize);
        PlainSrn plain = PlainSrn.Of(network);
        return (network, (x, h, _) => plain.Step(x, h), (x, h, _) => plain.ScalarStep(x, h));
    }
}
