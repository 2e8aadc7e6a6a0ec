using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>y = 1 / (1 + e⁻ˣ).</summary>
[MemoryDiagnoser]
public class Sigmoid : ElementwiseBenchmark
{
    /// <summary>This library.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.Sigmoid<float>(X, Destination);
        return Destination;
    }

    /// <summary>The framework's own.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        TensorPrimitives.Sigmoid(X, Destination);
        return Destination;
    }

    /// <summary>One element after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int i = 0; i < Destination.Length; i++)
        {
            Destination[i] = ScalarMath.Sigmoid(X[i]);
        }

        return Destination;
    }
}
