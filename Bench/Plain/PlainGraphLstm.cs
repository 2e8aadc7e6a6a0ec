using System.Numerics.Tensors;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Plain;

/// <summary>
/// One layer of the Graph LSTM as its equations read: a loop over the nodes in their order, every product and gate when its turn comes,
/// with <see cref="TensorPrimitives"/>. The baseline of the benchmarks.
/// </summary>
internal sealed class PlainGraphLstm(int inputSize, int hiddenSize)
{
    private readonly float[] _gates = new float[4 * hiddenSize];
    private readonly float[] _forget = new float[hiddenSize];
    private readonly float[] _input = new float[hiddenSize];
    private readonly float[] _mean = new float[hiddenSize];

    /// <summary>[4H, D], rows u, f, o, c.</summary>
    public float[] WeightX { get; } = new float[4 * hiddenSize * inputSize];

    /// <summary>[4H, H].</summary>
    public float[] WeightH { get; } = new float[4 * hiddenSize * hiddenSize];

    /// <summary>[2H, H], rows u, c.</summary>
    public float[] WeightN { get; } = new float[2 * hiddenSize * hiddenSize];

    /// <summary>[H, H].</summary>
    public float[] WeightFn { get; } = new float[hiddenSize * hiddenSize];

    /// <summary>[4H].</summary>
    public float[] Bias { get; } = new float[4 * hiddenSize];

    /// <summary>h and m hold the old states, then the new ones.</summary>
    public void Forward(CsrGraph graph, ReadOnlySpan<int> order, ReadOnlySpan<int> turn, ReadOnlySpan<float> x, ReadOnlySpan<float> oldH,
        ReadOnlySpan<float> oldM, Span<float> h, Span<float> m)
    {
        int size = hiddenSize;
        oldH.CopyTo(h);
        oldM.CopyTo(m);
        foreach (int node in order)
        {
            ReadOnlySpan<int> near = graph[node];
            ReadOnlySpan<float> feature = x.Slice(node * inputSize, inputSize), own = oldH.Slice(node * size, size);
            _mean.AsSpan().Clear();
            foreach (int other in near)
            {
                TensorPrimitives.Add(_mean, h.Slice(other * size, size), _mean);
            }

            TensorPrimitives.Multiply(_mean, 1f / Math.Max(1, near.Length), _mean);
            for (int row = 0; row < 4 * size; row++)
            {
                float input = Bias[row] + TensorPrimitives.Dot(WeightX.AsSpan(row * inputSize, inputSize), feature);
                int seen = row < size ? row : row >= 3 * size ? row - 2 * size : -1;
                _gates[row] = input + TensorPrimitives.Dot(WeightH.AsSpan(row * size, size), own)
                    + (seen < 0 ? 0 : TensorPrimitives.Dot(WeightN.AsSpan(seen * size, size), _mean));
                if (row / size == 1)
                {
                    _input[row - size] = input;
                }
            }

            TensorPrimitives.Sigmoid(_gates.AsSpan(0, 3 * size), _gates.AsSpan(0, 3 * size));
            Span<float> candidate = _gates.AsSpan(3 * size), memory = m.Slice(node * size, size);
            TensorPrimitives.Tanh(candidate, candidate);
            TensorPrimitives.Multiply(_gates.AsSpan(size, size), memory, memory);
            TensorPrimitives.MultiplyAdd(_gates.AsSpan(0, size), candidate, memory, memory);
            foreach (int other in near)
            {
                for (int row = 0; row < size; row++)
                {
                    _forget[row] = _input[row] + TensorPrimitives.Dot(WeightFn.AsSpan(row * size, size), oldH.Slice(other * size, size));
                }

                TensorPrimitives.Sigmoid(_forget, _forget);
                TensorPrimitives.Multiply(_forget, 1f / near.Length, _forget);
                TensorPrimitives.MultiplyAdd(_forget, (turn[other] < turn[node] ? m : oldM).Slice(other * size, size), memory, memory);
            }

            Span<float> state = h.Slice(node * size, size);
            TensorPrimitives.Multiply(_gates.AsSpan(2 * size, size), memory, state);
            TensorPrimitives.Tanh(state, state);
        }
    }
}
