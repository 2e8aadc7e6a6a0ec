using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>Attention over the neighbours of every node: α = softmax(leakyrelu(l + r)).</summary>
[MemoryDiagnoser]
public class SegmentSoftmax : AttentionBenchmark
{
    /// <summary>All heads at once.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.SegmentSoftmax<float>(Pattern, Left, Right, Heads, Heads, Alpha);
        return Alpha;
    }

    /// <summary>A softmax a row and head.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int row = 0; row < Nodes; row++)
        {
            int first = Pattern.Offsets[row], count = Pattern.Offsets[row + 1] - first;
            Span<float> scores = Scratch.AsSpan(0, count);
            for (int head = 0; head < Heads; head++)
            {
                for (int i = 0; i < count; i++)
                {
                    scores[i] = Score(row, first + i, head);
                }

                TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
                TensorPrimitives.SoftMax(scores, scores);
                for (int i = 0; i < count; i++)
                {
                    Alpha[(first + i) * Heads + head] = scores[i];
                }
            }
        }

        return Alpha;
    }

    /// <summary>One number after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int row = 0; row < Nodes; row++)
        {
            int first = Pattern.Offsets[row], end = Pattern.Offsets[row + 1];
            for (int head = 0; head < Heads; head++)
            {
                float largest = float.NegativeInfinity, sum = 0;
                for (int entry = first; entry < end; entry++)
                {
                    largest = MathF.Max(largest, Score(row, entry, head));
                }

                for (int entry = first; entry < end; entry++)
                {
                    sum += Alpha[entry * Heads + head] = MathF.Exp(Score(row, entry, head) - largest);
                }

                for (int entry = first; entry < end; entry++)
                {
                    Alpha[entry * Heads + head] /= sum;
                }
            }
        }

        return Alpha;
    }
}
