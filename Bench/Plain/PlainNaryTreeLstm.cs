using System.Numerics.Tensors;

namespace FastRecurrent.Bench.Plain;

/// <summary>
/// The binary Tree-LSTM as a .NET developer would write it today: one node after another, children first, with
/// <see cref="TensorPrimitives"/>. Words stand at the leaves. The baseline of the benchmarks.
/// </summary>
internal sealed class PlainNaryTreeLstm(int inputSize, int hiddenSize)
{
    private readonly float[] _gates = new float[5 * hiddenSize];
    private readonly float[] _children = new float[2 * hiddenSize];

    /// <summary>[5H, D], rows i, o, u, f, f.</summary>
    public float[] WeightX { get; } = new float[5 * hiddenSize * inputSize];

    /// <summary>[5H, 2H].</summary>
    public float[] WeightH { get; } = new float[5 * hiddenSize * 2 * hiddenSize];

    /// <summary>[5H].</summary>
    public float[] Bias { get; } = new float[5 * hiddenSize];

    /// <summary>All nodes, in an order in which children come before their parents.</summary>
    public void Forward(ReadOnlySpan<int> order, ReadOnlySpan<int> children, ReadOnlySpan<float> x, Span<float> h, Span<float> c)
    {
        int size = hiddenSize;
        foreach (int node in order)
        {
            int left = children[2 * node], right = children[2 * node + 1];
            bool leaf = left < 0;
            if (!leaf)
            {
                h.Slice(left * size, size).CopyTo(_children);
                h.Slice(right * size, size).CopyTo(_children.AsSpan(size));
            }

            for (int row = 0; row < (leaf ? 3 : 5) * size; row++)
            {
                _gates[row] = Bias[row] + (leaf
                    ? TensorPrimitives.Dot(WeightX.AsSpan(row * inputSize, inputSize), x.Slice(node * inputSize, inputSize))
                    : TensorPrimitives.Dot(WeightH.AsSpan(row * 2 * size, 2 * size), _children));
            }

            Span<float> i = _gates.AsSpan(0, size), o = _gates.AsSpan(size, size), u = _gates.AsSpan(2 * size, size),
                own = c.Slice(node * size, size);
            TensorPrimitives.Sigmoid(_gates.AsSpan(0, 2 * size), _gates.AsSpan(0, 2 * size));
            TensorPrimitives.Tanh(u, u);
            TensorPrimitives.Multiply(i, u, own);
            if (!leaf)
            {
                Span<float> f = _gates.AsSpan(3 * size, 2 * size);
                TensorPrimitives.Sigmoid(f, f);
                TensorPrimitives.MultiplyAdd(f[..size], c.Slice(left * size, size), own, own);
                TensorPrimitives.MultiplyAdd(f[size..], c.Slice(right * size, size), own, own);
            }

            Span<float> state = h.Slice(node * size, size);
            TensorPrimitives.Tanh(own, state);
            TensorPrimitives.Multiply(o, state, state);
        }
    }
}
