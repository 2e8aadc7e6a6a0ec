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
    private PlainStep _plain = null!, _scalar = null!;
    private float[] _x = [], _h = [], _c = [];

    /// <summary>H.</summary>
    [Params(8, 32, 128, 512)]
    public int HiddenSize { get; set; }

    /// <summary>Makes the network, its stream and the input.</summary>
    [GlobalSetup]
    public void Setup()
    {
        (RecurrentNetwork<TCell, float> network, _plain, _scalar) = Create();
        _stream = network.CreateStream();
        (_x, _h, _c) = (BenchGraphs.Values(HiddenSize), new float[HiddenSize], new float[HiddenSize]);
    }

    /// <summary>Through a stream.</summary>
    [Benchmark]
    public float[] Ours()
    {
        _stream.Step(_x, _h);
        return _h;
    }

    /// <summary>A dot product a row.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        _plain(_x, _h, _c);
        return _h;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        _scalar(_x, _h, _c);
        return _h;
    }

    /// <summary>A network with parameters drawn, and the baselines beside it: a dot product a row,
    /// one multiplication after another.</summary>
    protected abstract (RecurrentNetwork<TCell, float> Network, PlainStep Plain, PlainStep Scalar) Create();
}
