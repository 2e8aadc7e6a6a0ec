using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The memory of benchmarks that take a vector element by element.</summary>
public abstract class ElementwiseBenchmark
{
    /// <summary>n.</summary>
    [Params(64, 1024, 16384)]
    public int Length { get; set; }

    /// <summary>[n], in ±4: pre-activations.</summary>
    protected float[] X { get; private set; } = [];

    /// <summary>[n], 1 / (1 + e⁻ˣ).</summary>
    protected float[] Activated { get; private set; } = [];

    /// <summary>[n], the gradient of the outputs.</summary>
    protected float[] Upstream { get; private set; } = [];

    /// <summary>[n], written.</summary>
    protected float[] Destination { get; private set; } = [];

    /// <summary>Makes the vectors.</summary>
    [GlobalSetup]
    public void Setup()
    {
        X = Array.ConvertAll(BenchGraphs.Values(Length), value => 4 * value);
        Activated = Array.ConvertAll(X, ScalarMath.Sigmoid);
        Upstream = BenchGraphs.Values(Length, 2);
        Destination = new float[Length];
    }
}
