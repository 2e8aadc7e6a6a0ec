using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRecurrent.Cells;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.SessionHandover;

/// <summary>A live sequence of readings through an LSTM of two layers, as every machine has it.</summary>
internal sealed class LiveStream
{
    private const int InputSize = 8, HiddenSize = 64;

    private readonly RecurrentStream<LstmCell<float>, float> _stream;
    private readonly float[] _reading = new float[InputSize];

    public LiveStream()
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = InputSize, HiddenSize = HiddenSize, Layers = 2 });
        lstm.Initialise(1); // a real service loads the same file everywhere
        _stream = lstm.CreateStream();
        State = new float[_stream.StateLength];
        Weights = WeightsDigest.Of(lstm.Parameters);
    }

    /// <summary>What weights these are.</summary>
    public string Weights { get; }

    /// <summary>Where the state is put to be stored, and taken from.</summary>
    public float[] State { get; }

    public void SaveState() => _stream.Save(State);

    public void RestoreState() => _stream.Restore(State);

    /// <summary>Takes the readings of some steps, and calls <paramref name="after"/> each.</summary>
    /// <returns>A digest of all bits of all outputs.</returns>
    public string Run(long first, long last, Action<long>? after = null)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long step = first; step <= last; step++)
        {
            Random reading = new(unchecked((int)step)); // stands for what arrives at that moment
            foreach (ref float value in _reading.AsSpan())
            {
                value = 2 * reading.NextSingle() - 1;
            }

            _stream.Step(_reading);
            hash.AppendData(MemoryMarshal.AsBytes(_stream.Output));
            after?.Invoke(step);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
