using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Names;

/// <summary>Embedding → bidirectional GRU → last states → softmax over the languages.</summary>
internal static class Experiment
{
    private const int EmbeddingSize = 32, BatchSize = 64;

    public static int Run(string? path, int epochs, int hiddenSize, int seed, string curve, CancellationToken cancellation)
    {
        NameData data = NameData.Load(path, seed);
        Console.WriteLine($"{data.Training.Length:N0} names to train on, {data.Validation.Length:N0} to choose by, {data.HeldOut.Length:N0} held out, {data.Languages.Length} languages, {data.Letters} letters");
        Gru<float> gru = new(new GruOptions { InputSize = EmbeddingSize, HiddenSize = hiddenSize, Bidirectional = true });
        SequenceClassifier<float> model = new(data.Letters, gru, data.Languages.Length, SequencePooling.LastState);
        model.Initialise(seed);
        Console.WriteLine(model);

        int longest = data.Training.Concat(data.Validation).Concat(data.HeldOut).Max(example => example.Ids.Length);
        SequenceModelTape<float> tape = model.CreateTape(longest, BatchSize);
        float[] logits = new float[BatchSize * data.Languages.Length];
        Trainer<float> trainer = new(
            new AdamW<float>(model.Parameters, 3e-3),
            model.Pack,
            new TrainerOptions { Epochs = epochs, BatchSize = BatchSize, Seed = seed, ClipNorm = 5, Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02) });
        TrainingView view = new("accuracy");
        view.Show(progress => trainer.Fit(
            [.. data.Training.Select(example => example.Ids.Length)], TrainBatch, () => Accuracy(data.Validation), progress, cancellation));
        view.PrintEpochs();
        int largest = data.HeldOut.GroupBy(example => example.Class).Max(group => group.Count());
        TrainingView.PrintComparison(
            "held-out accuracy",
            ("ours", Accuracy(data.HeldOut).ToString("P1", CultureInfo.InvariantCulture)),
            ("always the commonest language", ((double)largest / data.HeldOut.Length).ToString("P1", CultureInfo.InvariantCulture)));
        view.SaveCurve(curve, "Names to languages, bidirectional GRU");
        return 0;

        double TrainBatch(int[] examples, long step)
        {
            int[] lengths = [.. examples.Select(example => data.Training[example].Ids.Length)];
            int[] ids = [.. examples.SelectMany(example => data.Training[example].Ids)], targets = [.. examples.Select(example => data.Training[example].Class)];
            Span<float> batchLogits = logits.AsSpan(0, examples.Length * data.Languages.Length);
            model.Forward(ids, lengths, batchLogits, tape, new SequenceDropout { Input = 0.2, Seed = unchecked((int)step) });
            double loss = Loss.CrossEntropy<float>(batchLogits, targets, batchLogits);
            model.Backward(ids, lengths, batchLogits, tape);
            return loss;
        }

        double Accuracy((int[] Ids, int Class)[] examples)
        {
            int right = 0;
            foreach ((int[] Ids, int Class)[] batch in examples.Chunk(BatchSize))
            {
                Span<float> batchLogits = logits.AsSpan(0, batch.Length * data.Languages.Length);
                model.Forward([.. batch.SelectMany(example => example.Ids)], [.. batch.Select(example => example.Ids.Length)], batchLogits, tape);
                right += Prediction.CountCorrect<float>(batchLogits, [.. batch.Select(example => example.Class)]);
            }

            return (double)right / examples.Length;
        }
    }
}
