using System.Numerics.Tensors;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Plain;

/// <summary>Elman's network with tanh as a .NET developer would write it today with <see cref="TensorPrimitives"/>.
/// A baseline of the benchmarks.</summary>
public sealed class PlainSrn(int inputSize, int hiddenSize)
{
    private readonly float[] _next = new float[hiddenSize];

    /// <summary>[H, D].</summary>
    public float[] WeightIh { get; } = new float[hiddenSize * inputSize];

    /// <summary>[H, H].</summary>
    public float[] WeightHh { get; } = new float[hiddenSize * hiddenSize];

    /// <summary>[H], both biases added.</summary>
    public float[] Bias { get; } = new float[hiddenSize];

    /// <summary>One with the parameters of the first layer of <paramref name="network"/>.</summary>
    public static PlainSrn Of(Srn<float> network)
    {
        PlainSrn plain = new(network.InputSize, network.HiddenSize);
        network.Parameters["weight_ih_l0"].Value.CopyTo(plain.WeightIh);
        network.Parameters["weight_hh_l0"].Value.CopyTo(plain.WeightHh);
        TensorPrimitives.Add(network.Parameters["bias_ih_l0"].Value, network.Parameters["bias_hh_l0"].Value, plain.Bias);
        return plain;
    }

    /// <summary>One step; h is updated.</summary>
    public void Step(ReadOnlySpan<float> x, Span<float> h)
    {
        for (int row = 0; row < hiddenSize; row++)
        {
            _next[row] = Bias[row]
                + TensorPrimitives.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x)
                + TensorPrimitives.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h);
        }

        TensorPrimitives.Tanh(_next, h);
    }

    /// <summary>The same step, one number at a time.</summary>
    public void ScalarStep(ReadOnlySpan<float> x, Span<float> h)
    {
        for (int row = 0; row < hiddenSize; row++)
        {
            _next[row] = MathF.Tanh(Bias[row]
                + ScalarMath.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x)
                + ScalarMath.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h));
        }

        _next.CopyTo(h);
    }
}
