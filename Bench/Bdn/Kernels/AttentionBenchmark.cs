using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The memory of additive attention over neighbours with eight heads.</summary>
public abstract class AttentionBenchmark : GraphBenchmark
{
    /// <summary>Heads.</summary>
    protected const int Heads = 8;

    private const float Slope = 0.2f;

    /// <summary>[N, heads], a node's score as the one that looks.</summary>
    protected float[] Left { get; private set; } = [];

    /// <summary>[N, heads], a node's score as the one looked at.</summary>
    protected float[] Right { get; private set; } = [];

    /// <summary>[entries, heads], the coefficients.</summary>
    protected float[] Alpha { get; private set; } = [];

    /// <summary>A row of scratch, enough for the entries of any row.</summary>
    protected float[] Scratch { get; private set; } = [];

    /// <inheritdoc/>
    protected override void Fill()
    {
        (Left, Right) = (BenchGraphs.Values(Nodes * Heads, 2), BenchGraphs.Values(Nodes * Heads, 3));
        (Alpha, Scratch) = (new float[Pattern.Count * Heads], new float[Pattern.Count]);
        NeuralPrimitives.SegmentSoftmax<float>(Pattern, Left, Right, Heads, Heads, Alpha);
    }

    /// <summary>The sum of both scores of an entry.</summary>
    protected float Sum(int row, int entry, int head) => Left[row * Heads + head] + Right[Pattern.Indices[entry] * Heads + head];

    /// <summary>The sum after the leaky relu.</summary>
    protected float Score(int row, int entry, int head)
    {
        float sum = Sum(row, entry, head);
        return sum > 0 ? sum : Slope * sum;
    }

    /// <summary>The derivative of the leaky relu at the sum.</summary>
    protected float Derivative(int row, int entry, int head) => Sum(row, entry, head) > 0 ? 1 : Slope;
}
