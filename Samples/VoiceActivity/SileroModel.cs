using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>
/// The weights of Silero VAD v5 (MIT), its branch for 16 kHz: short-time Fourier transform as a convolution, four convolutions, an LSTM of
/// 128, a linear layer. Shared by any number of <see cref="SileroStream"/>s.
/// </summary>
internal sealed class SileroModel
{
    /// <summary>Samples of a window of the transform, and from one to the next.</summary>
    public const int Window = 256, Hop = 128;

    /// <summary>Frequencies of the transform.</summary>
    public const int Bins = Window / 2 + 1;

    private const string Basis = "stft.forward_basis_buffer";

    /// <summary>The network with random weights: as fast, but it hears nothing.</summary>
    public SileroModel(int seed)
    {
        Transform.Initialise(seed);
        foreach (ConvolutionLayer layer in Encoder)
        {
            layer.Initialise(seed);
        }

        Lstm.Initialise(seed);
        Decoder.Initialise(seed);
    }

    /// <summary>The weights of <c>silero_vad_v5.onnx</c>.</summary>
    /// <exception cref="InvalidDataException">The file is no such model.</exception>
    public SileroModel(OnnxFile file)
    {
        // The model has a branch a sampling rate, with the same names under different prefixes; the windows tell them apart.
        OnnxTensor basis = file.Tensors.FirstOrDefault(tensor => tensor.Name.EndsWith(Basis, StringComparison.Ordinal)
            && tensor.Shape.SequenceEqual([2L * Bins, 1, Window]))
            ?? throw new InvalidDataException($"The model has no '{Basis}' of [{2 * Bins}, 1, {Window}]: it is not Silero VAD v5.");
        string prefix = basis.Name[..^Basis.Length];
        Fill(Transform.Parameters["weight"], basis);
        Transform.Pack();
        for (int layer = 0; layer < Encoder.Length; layer++)
        {
            Encoder[layer].Load(Get($"encoder.{layer}.reparam_conv.weight"), Get($"encoder.{layer}.reparam_conv.bias"));
        }

        Lstm.Parameters.LoadCell(file, prefix + "decoder.rnn.");
        Lstm.Pack();
        Fill(Decoder.Parameters["weight"], Get("decoder.decoder.2.weight"));
        Fill(Decoder.Parameters["bias"], Get("decoder.decoder.2.bias"));
        Decoder.Pack();

        OnnxTensor Get(string name) => file.GetTensor(prefix + name);
    }

    /// <summary>Cosines, then sines, of every frequency, under a Hann window.</summary>
    public Linear<float> Transform { get; } = new(Window, 2 * Bins, bias: false);

    /// <summary>Convolutions with relu.</summary>
    public ConvolutionLayer[] Encoder { get; } = [new(Bins, 128, stride: 1), new(128, 64, stride: 2), new(64, 64, stride: 2),
        new(64, 128, stride: 1)];

    /// <summary>One step a frame.</summary>
    public Lstm<float> Lstm { get; } = new(new LstmOptions { InputSize = 128, HiddenSize = 128 });

    /// <summary>From relu(h) to the logit of speech.</summary>
    public Linear<float> Decoder { get; } = new(128, 1);

    /// <summary>Rounds the LSTM's weights, a quarter of a frame's arithmetic.</summary>
    public void Round(RoundedWeights format) => Lstm.PackRounded(format);

    private static void Fill(Parameter<float> parameter, OnnxTensor tensor)
    {
        if (tensor.ElementCount != parameter.Length)
        {
            throw new InvalidDataException($"{tensor} does not fit {parameter}: the model is not Silero VAD v5.");
        }

        tensor.CopyTo(parameter.Value);
    }
}
