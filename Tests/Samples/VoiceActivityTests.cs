using FastRecurrent.Models;
using FastRecurrent.Samples.VoiceActivity;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Samples;

/// <summary>The voice-activity network with random weights, since the model itself is no part of this repository: its constants under
/// their names in an ONNX file, against its layers one number at a time.</summary>
public class VoiceActivityTests
{
    private const string Prefix = "If_0_then_branch__Inline_0__";

    private static readonly (string Name, long[] Shape)[] _weights =
    [
        ("stft.forward_basis_buffer", [258, 1, 256]),
        ("encoder.0.reparam_conv.weight", [128, 129, 3]), ("encoder.0.reparam_conv.bias", [128]),
        ("encoder.1.reparam_conv.weight", [64, 128, 3]), ("encoder.1.reparam_conv.bias", [64]),
        ("encoder.2.reparam_conv.weight", [64, 64, 3]), ("encoder.2.reparam_conv.bias", [64]),
        ("encoder.3.reparam_conv.weight", [128, 64, 3]), ("encoder.3.reparam_conv.bias", [128]),
        ("decoder.rnn.weight_ih", [512, 128]), ("decoder.rnn.weight_hh", [512, 128]),
        ("decoder.rnn.bias_ih", [512]), ("decoder.rnn.bias_hh", [512]),
        ("decoder.decoder.2.weight", [1, 128, 1]), ("decoder.decoder.2.bias", [1]),
    ];

    [Fact]
    public void A_stream_equals_the_layers_one_after_another()
    {
        SileroStream stream = new(new SileroModel(OnnxFile.Read(Model(_weights))));
        PlainNetwork plain = new(name => Values(Prefix + name, _weights.Single(weight => weight.Name == name).Shape));
        List<float> probabilities = [];
        for (int frame = 0; frame < 6; frame++)
        {
            float[] sound = Sound(frame);
            probabilities.Add(stream.Step(sound));
            Assert.Equal(plain.Step(sound), probabilities[^1], 1e-5);
        }

        Assert.True(probabilities.Max() - probabilities.Min() > 0.01, $"the sound makes no difference: {string.Join(", ", probabilities)}");
        stream.Reset();
        Assert.Equal(probabilities[0], stream.Step(Sound(0)));
        float[] silence = new float[SileroStream.FrameSize];
        Assert.Equal(0, Numbers.AllocatedBytes(() => stream.Step(silence)));

        static float[] Sound(int frame) => Numbers.Random<float>(frame, SileroStream.FrameSize, scale: 0.01 * (1 << (2 * frame)));
    }

    [Fact]
    public void Another_model_is_refused()
    {
        Assert.Contains("not Silero VAD v5", Refused(_weights[1..]));
        Assert.Contains("no convolution from 129 to 128", Refused([.. _weights.Select(weight => (weight.Name,
            weight.Name == "encoder.0.reparam_conv.weight" ? (long[])[128, 129, 5] : weight.Shape))]));
        Assert.Contains("decoder.decoder.2.weight", Refused([.. _weights[..^2], ("decoder.decoder.2.weight", [1, 64, 1]), _weights[^1]]));
        Assert.Contains("decoder.rnn.weight_hh", Refused([.. _weights.Where(weight => weight.Name != "decoder.rnn.weight_hh")]));

        static string Refused((string Name, long[] Shape)[] weights) =>
            Assert.Throws<InvalidDataException>(() => new SileroModel(OnnxFile.Read(Model(weights)))).Message;
    }

    /// <summary>One branch a sampling rate, as the real model has; that of 8 kHz comes first here and has the same names.</summary>
    private static byte[] Model((string Name, long[] Shape)[] weights)
    {
        (string Name, long[] Shape)[] slow = [.. weights.Select(weight => weight.Name switch
        {
            "stft.forward_basis_buffer" => (weight.Name, [130, 1, 128]),
            "encoder.0.reparam_conv.weight" => (weight.Name, [128, 65, 3]),
            _ => weight,
        })];
        byte[] branches = OnnxBytes.Node("If", "If_0", ["is16k"], ["output"],
            OnnxBytes.GraphAttribute("else_branch", Branch("If_0_else_branch__Inline_0__", slow)),
            OnnxBytes.GraphAttribute("then_branch", Branch(Prefix, weights)));
        return OnnxBytes.Model(OnnxBytes.Graph([branches], []));

        static byte[] Branch(string prefix, (string Name, long[] Shape)[] weights) => OnnxBytes.Graph(
            weights.Select(weight => OnnxBytes.Node("Constant", "", [], [prefix + weight.Name],
                OnnxBytes.TensorAttribute("value", OnnxBytes.Tensor("", weight.Shape, Values(prefix + weight.Name, weight.Shape))))), []);
    }

    /// <summary>Random, and of a size that keeps layers from dying out.</summary>
    private static float[] Values(string name, long[] shape)
    {
        long inputs = Math.Max(1, shape[1..].Aggregate(1L, (a, b) => a * b));
        return Numbers.Random<float>(
            name.Sum(letter => letter), shape[0] * inputs, shape.Length == 1 ? 0.2 : Math.Sqrt(6.0 / inputs));
    }

    /// <summary>The network in double, from the description of the model's nodes.</summary>
    private sealed class PlainNetwork(Func<string, float[]> weights)
    {
        private static readonly int[] _strides = [1, 2, 2, 1];

        private double[] _h = new double[128];
        private double[] _c = new double[128];

        public double Step(float[] sound)
        {
            double[] x = [.. sound.Select(value => (double)value), .. Enumerable.Range(0, 64).Select(i => (double)sound[^(i + 2)])];
            double[][] spectrum = Convolve([x], weights("stft.forward_basis_buffer"), new float[258], taps: 256, stride: 128, padding: 0);
            double[][] y = [.. Enumerable.Range(0, 129).Select(k =>
                spectrum[k].Zip(spectrum[129 + k], (re, im) => Math.Sqrt(re * re + im * im)).ToArray())];
            for (int layer = 0; layer < 4; layer++)
            {
                y = Convolve(y, weights($"encoder.{layer}.reparam_conv.weight"), weights($"encoder.{layer}.reparam_conv.bias"),
                    taps: 3, _strides[layer], padding: 1);
                y = [.. y.Select(channel => channel.Select(value => Math.Max(value, 0)).ToArray())];
            }

            double[] features = [.. y.Select(Assert.Single)];
            double[] z = Product(weights("decoder.rnn.weight_ih"), features, weights("decoder.rnn.bias_ih")),
                u = Product(weights("decoder.rnn.weight_hh"), _h, weights("decoder.rnn.bias_hh"));
            _c = [.. _c.Select((c, i) => Sigmoid(Gate(1, i)) * c + Sigmoid(Gate(0, i)) * Math.Tanh(Gate(2, i)))]; // i, f, g, o
            _h = [.. _c.Select((c, i) => Sigmoid(Gate(3, i)) * Math.Tanh(c))];
            double[] logit = Product(weights("decoder.decoder.2.weight"), [.. _h.Select(h => Math.Max(h, 0))],
                weights("decoder.decoder.2.bias"));
            return Sigmoid(Assert.Single(logit));

            double Gate(int gate, int unit) => z[gate * 128 + unit] + u[gate * 128 + unit];
        }

        private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

        private static double[] Product(float[] matrix, double[] x, float[] bias) =>
            [.. bias.Select((b, row) => b + x.Select((value, column) => value * matrix[row * x.Length + column]).Sum())];

        /// <summary>From channels over time to channels over time; weights [outputs, inputs, taps].</summary>
        private static double[][] Convolve(double[][] x, float[] weights, float[] bias, int taps, int stride, int padding)
        {
            int steps = (x[0].Length + 2 * padding - taps) / stride + 1;
            double[][] y = [.. bias.Select(b => Enumerable.Repeat((double)b, steps).ToArray())];
            for (int output = 0; output < y.Length; output++)
            {
                for (int t = 0; t < steps; t++)
                {
                    for (int i = 0; i < x.Length * taps; i++)
                    {
                        int at = t * stride + i % taps - padding;
                        y[output][t] += at >= 0 && at < x[0].Length ? x[i / taps][at] * weights[output * x.Length * taps + i] : 0;
                    }
                }
            }

            return y;
        }
    }
}
