using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of a stream, input size = hidden size.</summary>
/// <typeparam name="TCell">The cell.</typeparam>
public abstract class StepBenchmark<TCell>
    where TCell : struct, IRecurrentCell<float>
{
    private RecurrentStream<TCell, float> _stream = null!;

    /// <summary>H.</summary>
    [Params(8, 32, 128, 512)]
    public int HiddenSize { get; set; }

    /// <summary>[H].</summary>
    protected float[] X { get; private set; } = [];

    /// <summary>[H], the state of the baselines.</summary>
    protected float[] H { get; private set; } = [];

    /// <summary>Makes the network, its stream and the input.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _stream = Create().CreateStream();
        (X, H) = (BenchGraphs.Values(HiddenSize), new float[HiddenSize]);
    }

    /// <summary>Through a stream.</summary>
    [Benchmark]
    public float[] Ours()
    {
        _stream.Step(X, H);
        return H;
    }

    /// <summary>A network with parameters drawn, and the baselines beside it.</summary>
    protected abstract RecurrentNetwork<TCell, float> Create();
}
