using System.Globalization;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Names;

/// <summary>Trains the classifier and compares it with always telling the commonest language.</summary>
internal static class Experiment
{
    private const int BatchSize = 64;

    public static int Run(string? path, int epochs, int hiddenSize, int seed, string curve, CancellationToken cancellation)
    {
        NameData data = NameData.Load(path, seed);
        Console.WriteLine(
            $"{data.Training.Length:N0} names to train on, {data.Validation.Length:N0} to choose by, {data.HeldOut.Length:N0} held out, "
            + $"{data.Languages.Length} languages, {data.Letters} letters");
        NameClassifier model = new(data, hiddenSize, BatchSize, seed);
        Console.WriteLine(model);

        Trainer<float> trainer = new(model.CreateOptimiser(), model.Pack, NameClassifier.Options(epochs, BatchSize, seed));
        TrainingView view = new("accuracy");
        view.Show(progress => trainer.Fit(
            [.. data.Training.Select(example => example.Ids.Length)], model.TrainBatch, () =>
                model.Accuracy(data.Validation), progress, cancellation));
        view.PrintEpochs();
        int largest = data.HeldOut.GroupBy(example => example.Class).Max(group => group.Count());
        TrainingView.PrintComparison(
            "held-out accuracy",
            ("ours", model.Accuracy(data.HeldOut).ToString("P1", CultureInfo.InvariantCulture)),
            ("always the commonest language", ((double)largest / data.HeldOut.Length).ToString("P1", CultureInfo.InvariantCulture)));
        view.SaveCurve(curve, "Names to languages, bidirectional GRU");
        return 0;
    }
}
