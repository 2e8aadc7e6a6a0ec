using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The memory of aggregations: rows of X, gathered over a graph into rows of Y.</summary>
public abstract class AggregateBenchmark : GraphBenchmark
{
    /// <summary>Elements of a row.</summary>
    [Params(16, 64)]
    public int Features { get; set; }

    /// <summary>[N, features].</summary>
    protected float[] X { get; private set; } = [];

    /// <summary>[entries], a value an edge.</summary>
    protected float[] Weights { get; private set; } = [];

    /// <summary>[N, features], written.</summary>
    protected float[] Y { get; private set; } = [];

    /// <inheritdoc/>
    protected override void Fill() =>
        (X, Weights, Y) = (BenchGraphs.Values(Nodes * Features), BenchGraphs.Values(Pattern.Count, 2), new float[Nodes * Features]);

    /// <summary>The row of X that an entry names.</summary>
    protected ReadOnlySpan<float> Source(int entry) => X.AsSpan(Pattern.Indices[entry] * Features, Features);

    /// <summary>A row of Y.</summary>
    protected Span<float> Target(int row) => Y.AsSpan(row * Features, Features);
}
