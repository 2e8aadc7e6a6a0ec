using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>Every node the element-wise maximum of its neighbours; ours keeps which neighbour it was, for the backward pass.</summary>
[MemoryDiagnoser]
public class AggregateMax : AggregateBenchmark
{
    private float[] _winner = [];

    /// <summary>The maximum stays in registers.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.AggregateMax<float>(Pattern, X, Features, Y, _winner);
        return Y;
    }

    /// <summary>A row at a time.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int row = 0; row < Nodes; row++)
        {
            Span<float> largest = Target(row);
            int first = Pattern.Offsets[row];
            Source(first).CopyTo(largest);
            for (int entry = first + 1; entry < Pattern.Offsets[row + 1]; entry++)
            {
                TensorPrimitives.Max(largest, Source(entry), largest);
            }
        }

        return Y;
    }

    /// <summary>A number at a time.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int row = 0; row < Nodes; row++)
        {
            Span<float> largest = Target(row);
            int first = Pattern.Offsets[row];
            Source(first).CopyTo(largest);
            for (int entry = first + 1; entry < Pattern.Offsets[row + 1]; entry++)
            {
                ReadOnlySpan<float> source = Source(entry);
                for (int i = 0; i < largest.Length; i++)
                {
                    largest[i] = MathF.Max(largest[i], source[i]);
                }
            }
        }

        return Y;
    }

    /// <inheritdoc/>
    protected override void Fill()
    {
        base.Fill();
        _winner = new float[Y.Length];
    }
}
