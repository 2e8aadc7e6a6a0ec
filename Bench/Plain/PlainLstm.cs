using System.Numerics.Tensors;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Plain;

/// <summary>
/// The LSTM as a .NET developer would write it today with <see cref="TensorPrimitives"/>: a dot product a row, PyTorch's layout, no
/// packing. The baseline of the benchmarks.
/// </summary>
public sealed class PlainLstm(int inputSize, int hiddenSize)
{
    private readonly float[] _gates = new float[4 * hiddenSize];
    private readonly float[] _gateGradients = new float[4 * hiddenSize];
    private float[] _tape = [];

    /// <summary>[4H, D], gate rows i, f, g, o.</summary>
    public float[] WeightIh { get; } = new float[4 * hiddenSize * inputSize];

    /// <summary>[4H, H].</summary>
    public float[] WeightHh { get; } = new float[4 * hiddenSize * hiddenSize];

    /// <summary>[4H], both biases added.</summary>
    public float[] Bias { get; } = new float[4 * hiddenSize];

    /// <summary>∂L/∂<see cref="WeightIh"/>.</summary>
    public float[] WeightIhGradient { get; } = new float[4 * hiddenSize * inputSize];

    /// <summary>∂L/∂<see cref="WeightHh"/>.</summary>
    public float[] WeightHhGradient { get; } = new float[4 * hiddenSize * hiddenSize];

    /// <summary>∂L/∂<see cref="Bias"/>.</summary>
    public float[] BiasGradient { get; } = new float[4 * hiddenSize];

    /// <summary>One with the parameters of the first layer of <paramref name="network"/>.</summary>
    public static PlainLstm Of(Lstm<float> network)
    {
        PlainLstm plain = new(network.InputSize, network.HiddenSize);
        network.Parameters["weight_ih_l0"].Value.CopyTo(plain.WeightIh);
        network.Parameters["weight_hh_l0"].Value.CopyTo(plain.WeightHh);
        TensorPrimitives.Add(network.Parameters["bias_ih_l0"].Value, network.Parameters["bias_hh_l0"].Value, plain.Bias);
        return plain;
    }

    /// <summary>One step; h and c are updated.</summary>
    public void Step(ReadOnlySpan<float> x, Span<float> h, Span<float> c) => Step(x, h, c, _gates);

    /// <summary>The same step, one number at a time.</summary>
    public void ScalarStep(ReadOnlySpan<float> x, Span<float> h, Span<float> c)
    {
        for (int row = 0; row < _gates.Length; row++)
        {
            _gates[row] = Bias[row]
                + ScalarMath.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x)
                + ScalarMath.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h);
        }

        for (int u = 0; u < hiddenSize; u++)
        {
            float i = ScalarMath.Sigmoid(_gates[u]), f = ScalarMath.Sigmoid(_gates[hiddenSize + u]),
                g = MathF.Tanh(_gates[2 * hiddenSize + u]);
            c[u] = f * c[u] + i * g;
            h[u] = ScalarMath.Sigmoid(_gates[3 * hiddenSize + u]) * MathF.Tanh(c[u]);
        }
    }

    /// <summary>T steps of B sequences, time-major, from a state of zeros.</summary>
    public void Run(int steps, int batch, ReadOnlySpan<float> x, Span<float> y, Span<float> h, Span<float> c)
    {
        h.Clear();
        c.Clear();
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                int row = t * batch + b;
                Span<float> hidden = h.Slice(b * hiddenSize, hiddenSize);
                Step(x.Slice(row * inputSize, inputSize), hidden, c.Slice(b * hiddenSize, hiddenSize));
                hidden.CopyTo(y[(row * hiddenSize)..]);
            }
        }
    }

    /// <summary>Forward and backward through time from a state of zeros; gradients are added up, dx is written.</summary>
    public void Train(int steps, int batch, ReadOnlySpan<float> x, Span<float> y, ReadOnlySpan<float> dy, Span<float> dx)
    {
        int row = 4 * hiddenSize + 3 * hiddenSize; // gates, c before, h before, tanh c
        if (_tape.Length < steps * batch * row)
        {
            _tape = new float[steps * batch * row];
        }

        Span<float> h = new float[hiddenSize], c = new float[hiddenSize], dh = new float[hiddenSize], dc = new float[hiddenSize];
        for (int b = 0; b < batch; b++)
        {
            h.Clear();
            c.Clear();
            for (int t = 0; t < steps; t++)
            {
                Span<float> tape = _tape.AsSpan((t * batch + b) * row, row);
                c.CopyTo(tape[(4 * hiddenSize)..]);
                h.CopyTo(tape[(5 * hiddenSize)..]);
                Step(x.Slice((t * batch + b) * inputSize, inputSize), h, c, tape[..(4 * hiddenSize)]);
                TensorPrimitives.Tanh(c, tape[(6 * hiddenSize)..]);
                h.CopyTo(y[((t * batch + b) * hiddenSize)..]);
            }

            dh.Clear();
            dc.Clear();
            for (int t = steps - 1; t >= 0; t--)
            {
                TensorPrimitives.Add(dh, dy.Slice((t * batch + b) * hiddenSize, hiddenSize), dh);
                BackwardStep(
                    _tape.AsSpan((t * batch + b) * row, row), x.Slice((t * batch + b) * inputSize, inputSize), dh, dc,
                    dx.Slice((t * batch + b) * inputSize, inputSize));
            }
        }
    }

    private void Step(ReadOnlySpan<float> x, Span<float> h, Span<float> c, Span<float> gates)
    {
        for (int row = 0; row < gates.Length; row++)
        {
            gates[row] = Bias[row]
                + TensorPrimitives.Dot(WeightIh.AsSpan(row * inputSize, inputSize), x)
                + TensorPrimitives.Dot(WeightHh.AsSpan(row * hiddenSize, hiddenSize), h);
        }

        Span<float> i = gates[..hiddenSize], f = gates.Slice(hiddenSize, hiddenSize), g = gates.Slice(2 * hiddenSize, hiddenSize),
            o = gates[(3 * hiddenSize)..];
        TensorPrimitives.Sigmoid(gates[..(2 * hiddenSize)], gates[..(2 * hiddenSize)]);
        TensorPrimitives.Tanh(g, g);
        TensorPrimitives.Sigmoid(o, o);
        TensorPrimitives.Multiply(f, c, c);
        TensorPrimitives.MultiplyAdd(i, g, c, c);
        TensorPrimitives.Tanh(c, h);
        TensorPrimitives.Multiply(h, o, h);
    }

    private void BackwardStep(ReadOnlySpan<float> tape, ReadOnlySpan<float> x, Span<float> dh, Span<float> dc, Span<float> dx)
    {
        int n = hiddenSize;
        ReadOnlySpan<float> previousHidden = tape.Slice(5 * n, n);
        for (int u = 0; u < n; u++)
        {
            float i = tape[u], f = tape[n + u], g = tape[2 * n + u], o = tape[3 * n + u], before = tape[4 * n + u],
                squashed = tape[6 * n + u];
            float d = dc[u] + dh[u] * o * (1 - squashed * squashed);
            _gateGradients[u] = d * g * i * (1 - i);
            _gateGradients[n + u] = d * before * f * (1 - f);
            _gateGradients[2 * n + u] = d * i * (1 - g * g);
            _gateGradients[3 * n + u] = dh[u] * squashed * o * (1 - o);
            dc[u] = d * f;
        }

        TensorPrimitives.Add(BiasGradient, _gateGradients, BiasGradient);
        dh.Clear();
        dx.Clear();
        for (int row = 0; row < 4 * n; row++)
        {
            float d = _gateGradients[row];
            Span<float> weightIh = WeightIhGradient.AsSpan(row * inputSize, inputSize), weightHh = WeightHhGradient.AsSpan(row * n, n);
            TensorPrimitives.MultiplyAdd(x, d, weightIh, weightIh);
            TensorPrimitives.MultiplyAdd(previousHidden, d, weightHh, weightHh);
            TensorPrimitives.MultiplyAdd(WeightIh.AsSpan(row * inputSize, inputSize), d, dx, dx);
            TensorPrimitives.MultiplyAdd(WeightHh.AsSpan(row * n, n), d, dh, dh);
        }
    }
}
