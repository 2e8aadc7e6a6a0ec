using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>Frames → LSTM, plain or part-aware → mean state → softmax. Subjects with odd numbers train, those with even numbers test.</summary>
internal static class Experiment
{
    private const int BatchSize = 16;

    public static int Run(string? path, int epochs, int hiddenSize, int seeds, CancellationToken cancellation)
    {
        Recording[] all = Recordings.Load(path), training = [.. all.Where(recording => recording.Subject % 2 == 1)], test = [.. all.Where(recording => recording.Subject % 2 == 0)];
        int classes = all.Max(recording => recording.Action) + 1;
        Console.WriteLine($"{training.Length} recordings of odd subjects to train on, {test.Length} of even subjects to test, {classes} actions");
        LstmPart[] parts = [.. Enumerable.Repeat(new LstmPart(Recordings.JointsInAPart * 3, hiddenSize / Recordings.Parts), Recordings.Parts)];
        (string, Func<RecurrentNetwork<float>>)[] networks =
        [
            ("plain LSTM", () => new Lstm<float>(new LstmOptions { InputSize = Recordings.FrameSize, HiddenSize = hiddenSize })),
            ("part-aware LSTM", () => new PartLstm<float>(parts)),
        ];
        List<(string, string)> rows = [];
        foreach ((string name, Func<RecurrentNetwork<float>> create) in networks)
        {
            double[] accuracies = [.. Enumerable.Range(1, seeds).Select(seed => Train(create(), training, test, classes, epochs, seed, cancellation))];
            rows.Add((name, string.Create(
                CultureInfo.InvariantCulture, $"{accuracies.Average():P1} (of {seeds}: {string.Join(", ", accuracies.Select(accuracy => accuracy.ToString("P1", CultureInfo.InvariantCulture)))})")));
        }

        if (path is not null)
        {
            rows.Add(("hand-made features in a Lie group (Vemulapalli et al. 2014)", "89.5 %"));
        }

        TrainingView.PrintComparison("accuracy on unseen subjects", [.. rows]);
        return 0;
    }

    private static double Train(
        RecurrentNetwork<float> network, Recording[] training, Recording[] test, int classes, int epochs, int seed, CancellationToken cancellation)
    {
        SequenceClassifier<float> model = new(network, classes, SequencePooling.MeanState);
        model.Initialise(seed);
        Console.WriteLine(network);
        SequenceModelTape<float> tape = model.CreateTape(training.Concat(test).Max(recording => recording.Frames.Length), BatchSize);
        AdamW<float> adam = new(model.Parameters, 3e-3, weightDecay: 0.02);
        double meanLoss = 0;
        Trainer<float> trainer = new(
            adam,
            model.Pack,
            new TrainerOptions { Epochs = epochs, BatchSize = BatchSize, Seed = seed, ClipNorm = 1, Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.01) });

        // The test is looked at once, at the end: epochs are told apart by the training loss alone.
        new TrainingView("score").Show(progress => trainer.Fit(
            [.. training.Select(recording => recording.Frames.Length)],
            (examples, step) => meanLoss = RunBatch([.. examples.Select(example => training[example])], unchecked((int)step)).Loss,
            () => -meanLoss,
            progress, cancellation));
        return test.Chunk(BatchSize).Sum(batch => RunBatch(batch, null).Right) / (double)test.Length;

        (double Loss, int Right) RunBatch(Recording[] batch, int? step)
        {
            Random random = new(step ?? 0);
            int[] lengths = [.. batch.Select(recording => recording.Frames.Length)], targets = [.. batch.Select(recording => recording.Action)];
            float[] x = [.. batch.SelectMany(recording => step is null ? recording.Frames.SelectMany(frame => frame) : Turn(recording.Frames, random))];
            float[] logits = new float[batch.Length * classes];
            model.Forward(
                x, lengths, logits, tape, step is { } seedOfStep ? new SequenceDropout { Input = 0.2, State = 0.2, Seed = seedOfStep } : default);
            int right = Prediction.CountCorrect<float>(logits, targets);
            double loss = Loss.CrossEntropy<float>(logits, targets, logits);
            if (step is not null)
            {
                model.Backward(lengths, logits, default, tape);
            }

            return (loss, right);
        }
    }

    /// <summary>The recording seen from a little to the side, of a person a little taller or smaller.</summary>
    private static IEnumerable<float> Turn(float[][] frames, Random random)
    {
        double angle = (random.NextDouble() - 0.5) * 0.6, scale = 0.9 + 0.2 * random.NextDouble(), cos = scale * Math.Cos(angle), sin = scale * Math.Sin(angle);
        foreach (float[] frame in frames)
        {
            for (int joint = 0; joint < frame.Length; joint += 3)
            {
                yield return (float)(cos * frame[joint] + sin * frame[joint + 2]);
                yield return (float)(scale * frame[joint + 1]);
                yield return (float)(cos * frame[joint + 2] - sin * frame[joint]);
            }
        }
    }
}
