using System.Diagnostics;
using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.TextModel;

/// <summary>The sample's course: train, measure on the held-out text, save, load, write.</summary>
internal static class Training
{
    private const int EmbeddingSize = 64, Steps = 64, Batch = 32;
    private const double LearningRate = 4e-3, Clip = 1.0;

    public static int Run(
        string path, TimeSpan time, int hiddenSize, int layers, double dropout, string output, string curve, int seed,
        CancellationToken cancellation)
    {
        Corpus corpus = Corpus.Load(path);
        CharacterModel model = new(corpus.VocabularySize, EmbeddingSize, hiddenSize, layers);
        model.Initialise(seed);
        Console.WriteLine(
            $"{path}: {corpus.Training.Length:N0} characters to train on, {corpus.HeldOut.Length:N0} held out, {corpus.VocabularySize} "
            + $"different ones");
        Console.WriteLine($"LSTM of {hiddenSize} units in {layers} layer(s), {model.Parameters}; Adam, {time.TotalMinutes:0.##} minutes");
        (double Minutes, double Bits)[] course = Train(model, corpus, time, dropout, seed, cancellation);
        double bits = Evaluate(model, corpus.HeldOut);
        Compare(corpus, bits);
        new LineChart("Character model, LSTM", "minutes", "bits per character").Add("training", course)
            .Add("held out, at the end", [(0, bits), (time.TotalMinutes, bits)]).Save(curve);
        Console.WriteLine($"learning curve: {curve}");

        new SafeTensorsWriter().SetMetadata("held-out-bits", bits.ToString("F3", CultureInfo.InvariantCulture))
            .Add(model.Parameters).Save(output);
        CharacterModel loaded = new(corpus.VocabularySize, EmbeddingSize, hiddenSize, layers);
        loaded.Parameters.Load(output);
        loaded.Pack();
        Console.WriteLine($"saved to {output} and loaded again; it writes:");
        Console.WriteLine();
        Console.WriteLine(corpus.Decode(loaded.Generate(corpus.HeldOut[..1], 500, temperature: 0.7f, seed)));
        return 0;
    }

    private static void Compare(Corpus corpus, double bits)
    {
        List<(string, string)> rows =
        [
            ("ours", bits.ToString("F3", CultureInfo.InvariantCulture)),
            ("every character by its frequency", corpus.UnigramBits().ToString("F3", CultureInfo.InvariantCulture)),
        ];
        if (corpus.IsTinyShakespeare)
        {
            // The same tenth is held out there; the figure is given as 1.4697 natural units.
            rows.Add(("nanoGPT, a transformer of 6 layers of 384, the best of its course (Karpathy 2022)", "2.120"));
        }

        TrainingView.PrintComparison("bits per character, held out", [.. rows]);
    }

    private static (double Minutes, double Bits)[] Train(CharacterModel model, Corpus corpus, TimeSpan time, double dropout, int seed,
        CancellationToken cancellation)
    {
        // B places in the text are read side by side; a short text has fewer steps in a chunk.
        int stretch = (corpus.Training.Length - 1) / Batch, steps = Math.Min(Steps, stretch);
        if (steps < 1)
        {
            throw new InvalidDataException($"Training needs at least {Batch + 1} characters.");
        }

        CharacterModel.Session session = new(model, steps, Batch, training: true);
        Adam<float> adam = new(model.Parameters, LearningRate);
        int[] ids = new int[steps * Batch], targets = new int[ids.Length];
        long characters = 0, sinceReport = 0, reports = 0, allocated = 0;
        double bits = 0;
        List<(double, double)> course = [];
        Random random = new(seed);
        Stopwatch watch = Stopwatch.StartNew();
        for (int position = 0; watch.Elapsed < time; position += steps)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (position + steps > stretch)
            {
                position = 0;
            }

            // Now and then a place starts afresh, or the model would never learn how to begin.
            session.Reset(random.Next(Batch));

            for (int t = 0; t < steps; t++)
            {
                for (int b = 0; b < Batch; b++)
                {
                    int at = b * stretch + position + t;
                    ids[t * Batch + b] = corpus.Training[at];
                    targets[t * Batch + b] = corpus.Training[at + 1];
                }
            }

            model.Parameters.ZeroGradients();
            bits += session.Run(ids, targets, new SequenceDropout { Input = dropout, State = dropout, Seed = unchecked((int)adam.Steps) });
            Gradients.ClipByNorm(model.Parameters, Clip);
            adam.LearningRate = LearningRate * Schedule(watch.Elapsed / time);
            adam.Step();
            model.Pack();
            characters += ids.Length;
            sinceReport++;
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (watch.Elapsed >= time * ((reports + 1) / 20.0))
            {
                reports++;
                Console.WriteLine(
                    $"{watch.Elapsed.TotalSeconds,5:F0} s  {characters,12:N0} characters  {bits / sinceReport:F3} bits/character"
                    + $"  {characters / watch.Elapsed.TotalSeconds,9:N0} characters/s  {allocated} bytes allocated in the last step");
                course.Add((watch.Elapsed.TotalMinutes, bits / sinceReport));
                (bits, sinceReport) = (0, 0);
            }
        }

        return [.. course];
    }

    /// <summary>Up over the first hundredth of the time, then down to a twentieth along a cosine.</summary>
    private static double Schedule(double progress) =>
        Math.Min(1, progress * 100) * (0.05 + 0.95 * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));

    /// <summary>Mean bits over a text read once from its start, with a state of zeros.</summary>
    private static double Evaluate(CharacterModel model, int[] text)
    {
        const int Chunk = 256;
        CharacterModel.Session session = new(model, Chunk, batch: 1, training: false);
        double bits = 0;
        for (int position = 0; position < text.Length - 1; position += Chunk)
        {
            int count = Math.Min(Chunk, text.Length - 1 - position);
            bits += count * session.Run(text.AsSpan(position, count), text.AsSpan(position + 1, count));
        }

        return bits / (text.Length - 1);
    }
}
