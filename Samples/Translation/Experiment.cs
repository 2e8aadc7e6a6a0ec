using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Translation;

/// <summary>Trains the same encoder–decoder with and without attention and compares greedy and beam
/// decoding on held-out sentences.</summary>
internal static class Experiment
{
    private const int EmbeddingSize = 96, BatchSize = 64;

    public static int Run(string? path, int epochs, int hiddenSize, int beam, int seed, string curve, CancellationToken cancellation)
    {
        SentencePairs data = SentencePairs.Load(path, seed);
        Console.WriteLine(
            $"{data.Training.Length:N0} pairs to train on, {data.Validation.Length:N0} to choose by, {data.Test.Length:N0} sources to "
            + $"test; {data.SourceWords.Length:N0} and {data.TargetWords.Length:N0} words");
        List<(string, string)> figures = [];
        LineChart chart = new("English to French, validation loss", "epoch", "loss a word");
        foreach (bool attention in new[] { true, false })
        {
            string name = attention ? "attention" : "no attention";
            EncoderDecoder<float> network = new(new EncoderDecoderOptions
            {
                SourceVocabularySize = data.SourceWords.Length,
                TargetVocabularySize = data.TargetWords.Length,
                EmbeddingSize = EmbeddingSize,
                HiddenSize = hiddenSize,
                Attention = attention,
            });
            network.Initialise(seed);
            Console.WriteLine(network);
            chart.Add(name, Train(network, data, epochs, seed, cancellation));
            foreach (int width in new[] { 1, beam })
            {
                (double exact, double bleu, string[] examples) = Test(network, data, width);
                figures.Add(($"{name}, {(width == 1 ? "greedy" : $"beam of {width}")}",
                    string.Create(CultureInfo.InvariantCulture, $"{exact:P1} exact, BLEU {bleu:F1}")));
                if (attention && width == beam)
                {
                    Console.WriteLine(string.Join(Environment.NewLine, examples));
                }
            }
        }

        TrainingView.PrintComparison("held-out sentences", [.. figures]);
        chart.Save(curve);
        Console.WriteLine($"learning curves: {curve}");
        return 0;
    }

    private static (double, double)[] Train(EncoderDecoder<float> network, SentencePairs data, int epochs, int seed,
        CancellationToken cancellation)
    {
        EncoderDecoderTape<float> tape = network.CreateTape(data.LongestSource, data.LongestTarget, BatchSize);
        float[] logits = new float[BatchSize * data.LongestTarget * data.TargetWords.Length];
        List<(double, double)> course = [];
        Trainer<float> trainer = new(
            new AdamW<float>(network.Parameters, 2e-3),
            network.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = BatchSize,
                Seed = seed,
                ClipNorm = 2,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        new TrainingView("score").Show(progress => trainer.Fit(
            [.. data.Training.Select(pair => pair.Target.Length)],
            (examples, step) => RunBatch([.. examples.Select(example => data.Training[example])], unchecked((int)step)),
            () =>
            {
                double loss = data.Validation.Chunk(BatchSize).Select(batch => RunBatch(batch, null) * batch.Length)
                    .Sum() / data.Validation.Length;
                course.Add((course.Count + 1, loss));
                return -loss;
            },
            progress, cancellation));
        return [.. course];

        // Mean loss of a word; with a step's number, in training.
        double RunBatch((int[] Source, int[] Target)[] batch, int? step)
        {
            int[] sources = [.. batch.SelectMany(pair => pair.Source)], sourceLengths = [.. batch.Select(pair => pair.Source.Length)];
            int[] inputs = [.. batch.SelectMany(pair => pair.Target.Prepend(SentencePairs.Start))],
                targets = [.. batch.SelectMany(pair => pair.Target.Append(SentencePairs.End))];
            int[] targetLengths = [.. batch.Select(pair => pair.Target.Length + 1)];
            Span<float> rows = logits.AsSpan(0, inputs.Length * data.TargetWords.Length);
            SequenceDropout dropout = step is { } seedOfStep
                ? new SequenceDropout { Input = 0.3, State = 0.2, Seed = seedOfStep }
                : default;
            network.Forward(sources, sourceLengths, inputs, targetLengths, rows, tape, dropout);
            double loss = Loss.CrossEntropy<float>(rows, targets, rows);
            if (step is not null)
            {
                network.Backward(sources, sourceLengths, inputs, targetLengths, rows, tape);
            }

            return loss;
        }
    }

    private static (double Exact, double Bleu, string[] Examples) Test(EncoderDecoder<float> network, SentencePairs data, int beam)
    {
        BeamSearch<float> search = new(network, beam, data.LongestSource, data.LongestTarget + 5, SentencePairs.Start, SentencePairs.End);
        (string[] Hypothesis, string[][] References)[] pairs = [.. data.Test.Select(test =>
            (search.Decode(test.Source)[0].Words.Select(word => data.TargetWords[word]).ToArray(), test.References))];
        double exact =
            pairs.Count(pair => pair.References.Any(reference => reference.SequenceEqual(pair.Hypothesis))) / (double)pairs.Length;
        string[] examples =
            [.. pairs.Take(8)
                .Select((pair, i) => $"  {data.Test[i].Text}  →  {string.Join(' ', pair.Hypothesis)}   (one reference: "
                + $"{string.Join(' ', pair.References[0])})")];
        return (exact, Bleu.Score(pairs), examples);
    }
}
