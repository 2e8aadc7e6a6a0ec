using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>Every node a weighted sum of its neighbours; with 1/degree for weights their mean.</summary>
[MemoryDiagnoser]
public class AggregateWeighted : AggregateBenchmark
{
    /// <summary>The sum stays in registers.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.Aggregate<float>(Pattern, Weights, X, Features, Features, Y, Features);
        return Y;
    }

    /// <summary>A row added at a time.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int row = 0; row < Nodes; row++)
        {
            Span<float> sum = Target(row);
            sum.Clear();
            for (int entry = Pattern.Offsets[row]; entry < Pattern.Offsets[row + 1]; entry++)
            {
                TensorPrimitives.MultiplyAdd(Source(entry), Weights[entry], sum, sum);
            }
        }

        return Y;
    }

    /// <summary>A number added at a time.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int row = 0; row < Nodes; row++)
        {
            Span<float> sum = Target(row);
            sum.Clear();
            for (int entry = Pattern.Offsets[row]; entry < Pattern.Offsets[row + 1]; entry++)
            {
                ReadOnlySpan<float> source = Source(entry);
                float weight = Weights[entry];
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += weight * source[i];
                }
            }
        }

        return Y;
    }
}
