using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The backward pass of <see cref="AggregateMax"/>: an element's gradient goes to the neighbour it came from.
/// X serves as the gradient of Y.</summary>
[MemoryDiagnoser]
public class AggregateMaxBackward : AggregateBenchmark
{
    private CsrPattern _byColumn = null!;
    private int[] _rowOfEntries = [];
    private float[] _winner = [];

    /// <summary>Every neighbour pulls what is its own.</summary>
    [Benchmark]
    public float[] Ours()
    {
        Y.AsSpan().Clear();
        NeuralPrimitives.AggregateMaxBackward<float>(Pattern, _byColumn, _rowOfEntries, _winner, X, Features, Y);
        return Y;
    }

    /// <summary>Every element is pushed to its neighbour.</summary>
    [Benchmark(Baseline = true)]
    public float[] ScalarLoop()
    {
        Y.AsSpan().Clear();
        for (int row = 0; row < Nodes; row++)
        {
            int first = Pattern.Offsets[row];
            for (int i = 0; i < Features; i++)
            {
                int element = row * Features + i;
                Y[Pattern.Indices[first + (int)_winner[element]] * Features + i] += X[element];
            }
        }

        return Y;
    }

    /// <inheritdoc/>
    protected override void Fill()
    {
        base.Fill();
        (_byColumn, _rowOfEntries, _winner) = (Pattern.EntriesByColumn(), Pattern.RowOfEntries(), new float[Y.Length]);
        NeuralPrimitives.AggregateMax<float>(Pattern, X, Features, Y, _winner);
    }
}
