using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>y = tanh x.</summary>
[MemoryDiagnoser]
public class Tanh : ElementwiseBenchmark
{
    /// <summary>This library.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.Tanh<float>(X, Destination);
        return Destination;
    }

    /// <summary>The framework's own.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        TensorPrimitives.Tanh(X, Destination);
        return Destination;
    }

    /// <summary>One element after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int i = 0; i < Destination.Length; i++)
        {
            Destination[i] = MathF.Tanh(X[i]);
        }

        return Destination;
    }
}
