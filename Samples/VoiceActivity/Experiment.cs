using System.Diagnostics;
using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>Streams a sound through the model frame by frame, draws it, and compares with ONNX Runtime where there is one.</summary>
internal static class Experiment
{
    private const double Threshold = 0.5;

    public static int Run(string? model, string? sound, string? runtime, int rounds, string picture, RoundedWeights? rounded,
        CancellationToken cancellation)
    {
        if (model is null)
        {
            Console.WriteLine(
                "No model is given (silero_vad_v5.onnx, MIT, comes with the npm package @ricky0123/vad-web): weights are random, "
                + "probabilities mean nothing.");
        }

        SileroModel weights = model is null ? new SileroModel(seed: 1) : new SileroModel(OnnxFile.Open(model));
        if (rounded is { } format)
        {
            weights.Round(format);
        }

        float[] samples = sound is null ? WaveFile.MakeUp(seconds: 9) : WaveFile.Read(sound);
        int frames = samples.Length / SileroStream.FrameSize;
        OnnxRuntime? rival = model is null || runtime is null ? null : new OnnxRuntime(runtime, model);
        SileroStream stream = new(weights);
        float[] ours = new float[frames], theirs = new float[rival is null ? 0 : frames];
        List<double> oursSeconds = new(frames * rounds), theirsSeconds = new(frames * rounds);
        long allocated = 0;
        for (int round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Reset();
            rival?.Reset();
            for (int frame = 0; frame < frames; frame++)
            {
                ReadOnlySpan<float> x = samples.AsSpan(frame * SileroStream.FrameSize, SileroStream.FrameSize);
                long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
                ours[frame] = stream.Step(x);
                long middle = Stopwatch.GetTimestamp();
                allocated += round > 0 ? GC.GetAllocatedBytesForCurrentThread() - before : 0; // the first round compiles
                if (rival is not null)
                {
                    long begin = Stopwatch.GetTimestamp();
                    theirs[frame] = rival.Step(x);
                    theirsSeconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
                }

                oursSeconds.Add(Stopwatch.GetElapsedTime(start, middle).TotalSeconds);
            }
        }

        Print(ours);
        List<(string, string)> rows =
            [("FastRecurrent",
                Describe(oursSeconds,
                string.Create(CultureInfo.InvariantCulture, $"{(double)allocated / Math.Max(1, frames * (rounds - 1)):0.#} B a frame")))];
        if (rival is not null)
        {
            double difference = ours.Zip(theirs, (a, b) => Math.Abs(a - b)).DefaultIfEmpty(0).Max();
            rows.Add(($"ONNX Runtime {rival.Version}, C API, one thread, tensors made once", Describe(theirsSeconds, "not counted")));
            rows.Add(("largest difference of probabilities", difference.ToString("E1", CultureInfo.InvariantCulture)));
        }

        TrainingView.PrintComparison($"a frame of {SileroStream.FrameSize} samples, {frames} frames × {rounds}, in turns", [.. rows]);
        Waveform.Save(picture, $"{(sound is null ? "made-up sound" : Path.GetFileName(sound))}: probability of speech", samples, ours);
        Console.WriteLine($"picture: {picture}");
        return 0;
    }

    /// <summary>Where speech begins and ends.</summary>
    private static void Print(float[] probabilities)
    {
        for (int frame = 0, start = -1; frame <= probabilities.Length; frame++)
        {
            bool speech = frame < probabilities.Length && probabilities[frame] >= Threshold;
            if (speech && start < 0)
            {
                start = frame;
            }
            else if (!speech && start >= 0)
            {
                double step = (double)SileroStream.FrameSize / SileroStream.SampleRate;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"speech {start * step,7:F2} s … {frame * step,7:F2} s"));
                start = -1;
            }
        }
    }

    private static string Describe(List<double> seconds, string allocated)
    {
        double[] sorted = [.. seconds.Order()];
        return sorted.Length == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"median {sorted[sorted.Length / 2] * 1e6:F1} µs, p99.9 {sorted[(int)((sorted.Length - 1) * 0.999)] * 1e6:F1} µs, allocated "
            + $"{allocated}");
    }
}
