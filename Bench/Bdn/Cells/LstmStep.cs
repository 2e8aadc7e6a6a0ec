using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of an LSTM.</summary>
[MemoryDiagnoser]
public class LstmStep : StepBenchmark<LstmCell<float>>
{
    /// <inheritdoc/>
    protected override (RecurrentNetwork<LstmCell<float>, float> Network, PlainStep Plain, PlainStep Scalar) Create()
    {
        Lstm<float> network = BenchNetworks.Lstm(HiddenSize);
        PlainLstm plain = PlainLstm.Of(network);
        return (network, plain.Step, plain.ScalarStep);
    }
}
