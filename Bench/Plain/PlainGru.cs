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
    private float[] _tape = [];

    /// <summary>[3H, D], gate rows r, z, n.</summary>
    public float[] WeightIh { get; } = new float[3 * hiddenSize * inputSize];

    /// <summary>[3H, H].</summary>
    public float[] WeightHh { get; } = new float[3 * hiddenSize * hiddenSize];

    /// <summary>[3H].</summary>
    public float[] BiasIh { get; } = new float[3 * hiddenSize];

    /// <summary>[3H].</summary>
    public float[] BiasHh { get; } = new float[3 * hiddenSize];

    /// <summary>∂L/∂<see cref="WeightIh"/>.</summary>
    public float[] WeightIhGradient { get; } = new float[3 * hiddenSize * inputSize];

    /// <summary>∂L/∂<see cref="WeightHh"/>.</summary>
    public float[] WeightHhGradient { get; } = new float[3 * hiddenSize * hiddenSize];

    /// <summary>∂L/∂<see cref="BiasIh"/>.</summary>
    public float[] BiasIhGradient { get; } = new float[3 * hiddenSize];

    /// <summary>∂L/∂<see cref="BiasHh"/>.</summary>
    public float[] BiasHhGradient { get; } = new float[3 * hiddenSize];

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

    /// <summary>T steps of B sequences, time-major, from a state of zeros.</summary>
    public void Run(int steps, int batch, ReadOnlySpan<float> x, Span<float> y, Span<float> h)
    {
        h.Clear();
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                int row = t * batch + b;
                Span<float> hidden = h.Slice(b * hiddenSize, hiddenSize);
                Step(x.Slice(row * inputSize, inputSize), hidden);
                hidden.CopyTo(y[(row * hiddenSize)..]);
            }
        }
    }

    /// <summary>Forward and backward through time from a state of zeros; gradients are added up, dx is written.</summary>
    public void Train(int steps, int batch, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        int width = 5 * hiddenSize; // r, z, n, U_n h + b_hn, h before
        if (_tape.Length < steps * batch * width)
        {
            _tape = new float[steps * batch * width];
        }

        Span<float> h = new float[hiddenSize], dh = new float[hiddenSize];
        for (int b = 0; b < batch; b++)
        {
            h.Clear();
            for (int t = 0; t < steps; t++)
            {
                int row = t * batch + b;
                Span<float> tape = _tape.AsSpan(row * width, width);
                h.CopyTo(tape[(4 * hiddenSize)..]);
                Step(x.Slice(row * inputSize, inputSize), h);
                _input.CopyTo(tape);
                _state.AsSpan(2 * hiddenSize).CopyTo(tape[(3 * hiddenSize)..]);
                h.CopyTo(y[(row * hiddenSize)..]);
            }

            dh.Clear();
            for (int t = steps - 1; t >= 0; t--)
            {
                int row = t * batch + b;
                TensorPrimitives.Add(dh, dy.Slice(row * hiddenSize, hiddenSize), dh);
                BackwardStep(_tape.AsSpan(row * width, width), x.Slice(row * inputSize, inputSize), dh,
                    dx.Slice(row * inputSize, inputSize));
            }
        }
    }

    /// <summary>From ∂L/∂h of a step to that of the step before; both products' gates keep their gradients where their sums were.</summary>
    private void BackwardStep(ReadOnlySpan<float> tape, ReadOnlySpan<float> x, Span<float> dh, Span<float> dx)
    {
        int size = hiddenSize;
        ReadOnlySpan<float> before = tape[(4 * size)..];
        for (int u = 0; u < size; u++)
        {
            float r = tape[u], z = tape[size + u], n = tape[2 * size + u], product = tape[3 * size + u];
            float dn = dh[u] * (1 - z) * (1 - n * n);
            _input[u] = _state[u] = dn * product * r * (1 - r);
            _input[size + u] = _state[size + u] = dh[u] * (before[u] - n) * z * (1 - z);
            _input[2 * size + u] = dn;
            _state[2 * size + u] = dn * r;
            dh[u] *= z;
        }

        TensorPrimitives.Add(BiasIhGradient, _input, BiasIhGradient);
        TensorPrimitives.Add(BiasHhGradient, _state, BiasHhGradient);
        dx.Clear();
        for (int row = 0; row < 3 * size; row++)
        {
            Span<float> weightIh = WeightIhGradient.AsSpan(row * inputSize, inputSize);
            Span<float> weightHh = WeightHhGradient.AsSpan(row * size, size);
            TensorPrimitives.MultiplyAdd(x, _input[row], weightIh, weightIh);
            TensorPrimitives.MultiplyAdd(before, _state[row], weightHh, weightHh);
            TensorPrimitives.MultiplyAdd(WeightIh.AsSpan(row * inputSize, inputSize), _input[row], dx, dx);
            TensorPrimitives.MultiplyAdd(WeightHh.AsSpan(row * size, size), _state[row], dh, dh);
        }
    }
}
