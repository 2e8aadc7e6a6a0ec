using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>One live sound: takes a frame of 512 samples and tells the probability of speech in it. A frame allocates nothing.</summary>
internal sealed class SileroStream
{
    /// <summary>Samples of a frame: 32 ms.</summary>
    public const int FrameSize = 512;

    /// <summary>Samples a second.</summary>
    public const int SampleRate = 16_000;

    private const int Reflected = 64;

    private readonly SileroModel _model;
    private readonly RecurrentStream<LstmCell<float>, float> _lstm;
    private readonly int _windows = (FrameSize + Reflected - SileroModel.Window) / SileroModel.Hop + 1;
    private readonly float[] _sound = new float[FrameSize + Reflected];
    private readonly float[] _framed;
    private readonly float[] _spectrum;
    private readonly float[] _scratch;
    private readonly float[][] _layers; // what each convolution reads, between two rows of zeros; last, what the LSTM reads
    private readonly float[] _hidden = new float[128];
    private readonly float[] _logit = new float[1];

    public SileroStream(SileroModel model)
    {
        _model = model;
        _lstm = model.Lstm.CreateStream();
        _framed = new float[_windows * SileroModel.Window];
        _spectrum = new float[_windows * 2 * SileroModel.Bins];
        int steps = _windows, scratch = 0;
        _layers = new float[model.Encoder.Length + 1][];
        for (int layer = 0; layer < model.Encoder.Length; layer++)
        {
            ConvolutionLayer convolution = model.Encoder[layer];
            _layers[layer] = new float[(steps + 2) * convolution.Inputs];
            steps = convolution.StepsOf(steps);
            scratch = Math.Max(scratch, 3 * steps * convolution.Inputs);
        }

        _layers[^1] = new float[(steps + 2) * 128];
        _scratch = new float[scratch];
    }

    /// <summary>Forgets the sound so far.</summary>
    public void Reset() => _lstm.Reset();

    /// <summary>The probability of speech in a frame.</summary>
    /// <param name="frame">512 samples in ±1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Step(ReadOnlySpan<float> frame)
    {
        frame.CopyTo(_sound);
        for (int i = 0; i < Reflected; i++)
        {
            _sound[FrameSize + i] = frame[FrameSize - 2 - i]; // the last sample is not repeated
        }

        for (int t = 0; t < _windows; t++)
        {
            _sound.AsSpan(t * SileroModel.Hop, SileroModel.Window).CopyTo(_framed.AsSpan(t * SileroModel.Window));
        }

        _model.Transform.Forward(_framed, _spectrum);
        for (int t = 0; t < _windows; t++)
        {
            ReadOnlySpan<float> real = _spectrum.AsSpan(t * 2 * SileroModel.Bins, SileroModel.Bins),
                imaginary = _spectrum.AsSpan((2 * t + 1) * SileroModel.Bins, SileroModel.Bins);
            Magnitude(real, imaginary, _layers[0].AsSpan((t + 1) * SileroModel.Bins, SileroModel.Bins));
        }

        for (int layer = 0; layer < _model.Encoder.Length; layer++)
        {
            _model.Encoder[layer].Forward(_layers[layer], _scratch, _layers[layer + 1].AsSpan(_model.Encoder[layer].Outputs));
            Span<float> written = _layers[layer + 1];
            written[^_model.Encoder[layer].Outputs..].Clear();
        }

        _lstm.Step(_layers[^1].AsSpan(128, 128), _hidden);
        NeuralPrimitives.Relu<float>(_hidden, _hidden);
        _model.Decoder.Forward(_hidden, _logit);
        NeuralPrimitives.Sigmoid<float>(_logit, _logit);
        return _logit[0];
    }

    private static void Magnitude(ReadOnlySpan<float> real, ReadOnlySpan<float> imaginary, Span<float> y)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= y.Length; i += Vector<float>.Count)
        {
            Vector<float> re = new(real[i..]), im = new(imaginary[i..]);
            Vector.SquareRoot(re * re + im * im).CopyTo(y[i..]);
        }

        for (; i < y.Length; i++)
        {
            y[i] = MathF.Sqrt(real[i] * real[i] + imaginary[i] * imaginary[i]);
        }
    }
}
