using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The backward pass of <see cref="SegmentSoftmax"/>. The kernel replaces dα, so that every way copies it first.</summary>
[MemoryDiagnoser]
public class SegmentSoftmaxBackward : AttentionBenchmark
{
    private float[] _upstream = [], _gradient = [], _leftGradient = [], _products = [];

    /// <summary>All heads at once.</summary>
    [Benchmark]
    public float[] Ours()
    {
        _upstream.CopyTo(_gradient, 0);
        NeuralPrimitives.SegmentSoftmaxBackward<float>(Pattern, Left, Right, Heads, Heads, Alpha, _gradient, _leftGradient);
        return _leftGradient;
    }

    /// <summary>A row and head at a time.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        _upstream.CopyTo(_gradient, 0);
        for (int row = 0; row < Nodes; row++)
        {
            int first = Pattern.Offsets[row] * Heads, end = Pattern.Offsets[row + 1] * Heads;
            Span<float> alpha = Alpha.AsSpan(first..end), gradient = _gradient.AsSpan(first..end),
                left = _leftGradient.AsSpan(row * Heads, Heads);
            Span<float> products = _products.AsSpan(0, Heads), sum = Scratch.AsSpan(0, Heads);
            sum.Clear();
            left.Clear();
            for (int at = 0; at < alpha.Length; at += Heads)
            {
                TensorPrimitives.MultiplyAdd(alpha.Slice(at, Heads), gradient.Slice(at, Heads), sum, sum);
            }

            for (int at = 0; at < alpha.Length; at += Heads)
            {
                Span<float> entry = gradient.Slice(at, Heads);
                for (int head = 0; head < Heads; head++)
                {
                    products[head] = Derivative(row, (first + at) / Heads, head);
                }

                TensorPrimitives.Multiply(products, alpha.Slice(at, Heads), products);
                TensorPrimitives.Subtract(entry, sum, entry);
                TensorPrimitives.Multiply(entry, products, entry);
                TensorPrimitives.Add(left, entry, left);
            }
        }

        return _leftGradient;
    }

    /// <summary>One number after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        _upstream.CopyTo(_gradient, 0);
        for (int row = 0; row < Nodes; row++)
        {
            int first = Pattern.Offsets[row], end = Pattern.Offsets[row + 1];
            for (int head = 0; head < Heads; head++)
            {
                float sum = 0, left = 0;
                for (int entry = first; entry < end; entry++)
                {
                    sum += Alpha[entry * Heads + head] * _gradient[entry * Heads + head];
                }

                for (int entry = first; entry < end; entry++)
                {
                    ref float gradient = ref _gradient[entry * Heads + head];
                    gradient = (gradient - sum) * Alpha[entry * Heads + head] * Derivative(row, entry, head);
                    left += gradient;
                }

                _leftGradient[row * Heads + head] = left;
            }
        }

        return _leftGradient;
    }

    /// <inheritdoc/>
    protected override void Fill()
    {
        base.Fill();
        (_upstream, _gradient) = (BenchGraphs.Values(Alpha.Length, 4), new float[Alpha.Length]);
        (_leftGradient, _products) = (new float[Left.Length], new float[Heads]);
    }
}
