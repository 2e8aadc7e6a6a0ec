using System.Numerics.Tensors;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Plain;

/// <summary>
/// The GRU (reset after, update keeps) as a .NET developer would write it today with <see cref="TensorPrimitives"/>.
/// The baseline of the benchmarks.
/// </summary>
public sealed class PlainGru(int inputSize, int hiddenSize)
{
    private readonly float[] _input = new float[3 * hiddenSize];
    private readonly float[] _state = new float[3 * hiddenSize];

    /// <summary>[3H, D], gate rows r, z, n.</summary>
    public float[] WeightIh { get; } = new float[3 * hiddenSize * inputSize];

    /// <summary>[3H, H].</summary>
    public float[] WeightHh { get; } = new float[3 * hiddenSize * hiddenSize];

    /// <summary>[3H].</summary>
    public float[] BiasIh { get; } = new float[3 * hiddenSize];

    /// <summary>[3H].</summary>
    public float[] BiasHh { get; } = new float[3 * hiddenSize];

    /// <summary>One with the parameters of the first layer of <paramref name="network"/>.</summary>
    public static PlainGru Of(Gru<float> network)
    {
        PlainGru plain = new(network.InputSize, network.HiddenSize);
        network.Parameters["weight_ih_l0"].Value.CopyTo(plain.WeightIh);
        network.Parameters["weight_hh_l0"].Value.CopyTo(plain.WeightHh);
        network.Parameters["bias_ih_l0"].Value.CopyTo(plain.BiasIh);
        network.Parameters["bias_hh_l0"].Value.CopyTo(plain.BiasHh);
        return plain;
    }

    /// <summary>One step; h is updated.</summary>
    public void Step(ReadOnlySpan<float> x, Span<float> h)
    {
        for (int row = 0; row < _input.Length; row++)
        {
            _input[row] = BiasIh[row] + TensorPrimitives.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x);
            _state[row] = BiasHh[row] + TensorPrimitives.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h);
        }

        Span<float> gates = _input.AsSpan(0, 2 * hiddenSize), n = _input.AsSpan(2 * hiddenSize);
        TensorPrimitives.Add(gates, _state.AsSpan(0, 2 * hiddenSize), gates);
        TensorPrimitives.Sigmoid(gates, gates);
        TensorPrimitives.MultiplyAdd(gates[..hiddenSize], _state.AsSpan(2 * hiddenSize), n, n);
        TensorPrimitives.Tanh(n, n);
        TensorPrimitives.Subtract(h, n, h);
        TensorPrimitives.MultiplyAdd(gates[hiddenSize..], h, n, h);
    }

    /// <summary>The same step, one number at a time.</summary>
    public void ScalarStep(ReadOnlySpan<float> x, Span<float> h)
    {
        for (int row = 0; row < _input.Length; row++)
        {
            _input[row] = BiasIh[row] + ScalarMath.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x);
            _state[row] = BiasHh[row] + ScalarMath.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h);
        }

        for (int u = 0; u < hiddenSize; u++)
        {
            float r = ScalarMath.Sigmoid(_input[u] + _state[u]), z = ScalarMath.Sigmoid(_input[hiddenSize + u] + _state[hiddenSize + u]);
            float n = MathF.Tanh(_input[2 * hiddenSize + u] + r * _state[2 * hiddenSize + u]);
            h[u] = n + z * (h[u] - n);
        }
    }
}
