using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>A convolution of three taps over time, a zero at either end, with relu: one matrix product over all steps.</summary>
internal sealed class ConvolutionLayer(int inputs, int outputs, int stride)
{
    private const int Taps = 3;

    // [outputs, taps·inputs]: three neighbouring rows of a time-major input, side by side, are one row of the product's left side.
    private readonly Linear<float> _linear = new(Taps * inputs, outputs);

    public int Inputs => inputs;

    public int Outputs => outputs;

    /// <summary>Steps that come out of <paramref name="steps"/> steps.</summary>
    public int StepsOf(int steps) => (steps + 2 - Taps) / stride + 1;

    public void Initialise(int seed) => _linear.Initialise(seed);

    /// <summary>Takes weights [outputs, inputs, taps].</summary>
    public void Load(OnnxTensor weight, OnnxTensor bias)
    {
        if (!weight.Shape.SequenceEqual([outputs, inputs, Taps]) || !bias.Shape.SequenceEqual([outputs]))
        {
            throw new InvalidDataException($"{weight} and {bias} are no convolution from {inputs} to {outputs} channels with {Taps} taps.");
        }

        float[] values = weight.ToArray<float>();
        Span<float> target = _linear.Parameters["weight"].Value;
        for (int i = 0; i < values.Length; i++)
        {
            int output = i / (inputs * Taps), input = i / Taps % inputs, tap = i % Taps;
            target[(output * Taps + tap) * inputs + input] = values[i];
        }

        bias.CopyTo(_linear.Parameters["bias"].Value);
        _linear.Pack();
    }

    /// <summary>y = relu(b + W * x).</summary>
    /// <param name="x">[steps + 2, inputs], the first and the last row zero.</param>
    /// <param name="windows">Scratch for [<see cref="StepsOf"/>, 3·inputs].</param>
    /// <param name="y">[<see cref="StepsOf"/>, outputs], written.</param>
    public void Forward(ReadOnlySpan<float> x, Span<float> windows, Span<float> y)
    {
        int steps = StepsOf(x.Length / inputs - 2);
        for (int t = 0; t < steps; t++)
        {
            x.Slice(t * stride * inputs, Taps * inputs).CopyTo(windows[(t * Taps * inputs)..]);
        }

        y = y[..(steps * outputs)];
        _linear.Forward(windows[..(steps * Taps * inputs)], y);
        NeuralPrimitives.Relu<float>(y, y);
    }
}
