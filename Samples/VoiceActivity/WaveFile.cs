using System.Buffers.Binary;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>Sound from a WAV file of 16 kHz, one channel, 16 bits.</summary>
internal static class WaveFile
{
    /// <summary>Samples in ±1.</summary>
    /// <exception cref="InvalidDataException">The file is no such sound; the message says what it is.</exception>
    public static float[] Read(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("RIFF"u8) || !bytes[8..12].SequenceEqual("WAVE"u8))
        {
            throw new InvalidDataException($"{path} is no WAV file.");
        }

        bool isKnown = false;
        for (int at = 12; at + 8 <= bytes.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            ReadOnlySpan<byte> body = bytes[(at + 8)..];
            if (bytes.Slice(at, 4).SequenceEqual("fmt "u8) && length >= 16 && body.Length >= 16)
            {
                int format = BinaryPrimitives.ReadUInt16LittleEndian(body), channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
                uint rate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
                int bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);
                isKnown = (format, channels, rate, bits) == (1, 1, SileroStream.SampleRate, 16)
                    ? true
                    : throw new InvalidDataException(
                        $"{path} has format {format}, {channels} channels, {rate} Hz, {bits} bits; needed are PCM (1), 1 channel, "
                        + $"{SileroStream.SampleRate} Hz, 16 bits.");
            }
            else if (bytes.Slice(at, 4).SequenceEqual("data"u8) && isKnown)
            {
                // A recorder that was cut off leaves a length longer than the file.
                float[] samples = new float[Math.Min(length, body.Length) / 2];
                for (int i = 0; i < samples.Length; i++)
                {
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(body[(2 * i)..]) / 32768f;
                }

                return samples;
            }

            at = (int)Math.Min(bytes.Length, at + 8 + length + length % 2);
        }

        throw new InvalidDataException($"{path} holds no sound.");
    }

    /// <summary>A made-up sound: noise, a gliding hum with overtones, and silence, a second each, in turns.</summary>
    public static float[] MakeUp(int seconds)
    {
        Random random = new(1);
        float[] samples = new float[seconds * SileroStream.SampleRate];
        for (int i = 0; i < samples.Length; i++)
        {
            double t = (double)i / SileroStream.SampleRate, phase = 2 * Math.PI * (120 * t + 8 * Math.Sin(3 * t));
            samples[i] = (i / SileroStream.SampleRate % 3) switch
            {
                0 => 0.05f * (2 * random.NextSingle() - 1),
                1 => (float)(0.2 * (Math.Sin(phase) + 0.6 * Math.Sin(2 * phase) + 0.4 * Math.Sin(5 * phase)) * Math.Abs(Math.Sin(9 * t))),
                _ => 0,
            };
        }

        return samples;
    }
}
