using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>dx = dy · (1 − y²).</summary>
[MemoryDiagnoser]
public class TanhBackward : ElementwiseBenchmark
{
    /// <summary>One pass.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.TanhBackward<float>(Activated, Upstream, Destination);
        return Destination;
    }

    /// <summary>A pass an operation.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        TensorPrimitives.Multiply(Activated, Activated, Destination);
        TensorPrimitives.Subtract(1, Destination, Destination);
        TensorPrimitives.Multiply(Destination, Upstream, Destination);
        return Destination;
    }

    /// <summary>One element after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int i = 0; i < Destination.Length; i++)
        {
            Destination[i] = Upstream[i] * (1 - Activated[i] * Activated[i]);
        }

        return Destination;
    }
}
