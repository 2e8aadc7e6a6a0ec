using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>dx = dy · y · (1 − y).</summary>
[MemoryDiagnoser]
public class SigmoidBackward : ElementwiseBenchmark
{
    /// <summary>One pass.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.SigmoidBackward<float>(Activated, Upstream, Destination);
        return Destination;
    }

    /// <summary>A pass an operation.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        TensorPrimitives.Subtract(1, Activated, Destination);
        TensorPrimitives.Multiply(Destination, Activated, Destination);
        TensorPrimitives.Multiply(Destination, Upstream, Destination);
        return Destination;
    }

    /// <summary>One element after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int i = 0; i < Destination.Length; i++)
        {
            Destination[i] = Upstream[i] * Activated[i] * (1 - Activated[i]);
        }

        return Destination;
    }
}
