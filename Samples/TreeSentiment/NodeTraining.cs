using System.Diagnostics;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>How a classifier is trained; the epoch is chosen by the validation trees.</summary>
internal sealed record NodeTraining(int Epochs, int Seed, double LearningRate, double WeightDecay, bool RootsOnly)
{
    public TrainingView Run(NodeClassifier classifier, Tree[] training, Tree[] validation, CancellationToken cancellation)
    {
        Console.WriteLine(classifier);
        int batchSize = Math.Clamp(training.Length / 4, 1, NodeClassifier.BatchSize); // the sample's few trees make more than one step too
        Trainer<float> trainer = new(
            new AdamW<float>(classifier.Parameters, LearningRate, weightDecay: WeightDecay),
            classifier.Pack,
            new TrainerOptions
            {
                Epochs = Epochs,
                BatchSize = batchSize,
                Seed = Seed,
                ClipNorm = 5,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("accuracy");
        Stopwatch watch = new();
        view.Show(progress => trainer.Fit(
            [.. training.Select(tree => tree.Size)],
            (examples, step) =>
            {
                watch.Start();
                double loss = classifier.Train([.. examples.Select(example => training[example])], unchecked((int)step));
                watch.Stop();
                return loss;
            },
            () => classifier.Accuracy(validation, RootsOnly),
            progress, cancellation));
        view.PrintEpochs();
        Console.WriteLine(
            $"{Epochs * (long)training.Length / watch.Elapsed.TotalSeconds:N0} trees a second in training, without the optimiser");
        return view;
    }
}
