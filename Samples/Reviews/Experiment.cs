using System.Globalization;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Reviews;

/// <summary>Words → bidirectional GRU → attention → sentences → bidirectional GRU → attention → softmax,
/// with each fold held out in turn.</summary>
internal sealed class Experiment(int epochs, int hiddenSize, int seed, string? vectors)
{
    private const int RightShown = 3, WrongShown = 1;

    public int Run(string? path, int folds, string curve, string page, CancellationToken cancellation)
    {
        Review[] all = ReviewData.Load(path);
        double[] accuracies = new double[folds];
        List<(string, string)> rows = [];
        for (int fold = 0; fold < folds; fold++)
        {
            // The fold after the one held out is not trained on either: the epoch is chosen by it.
            int validationFold = (fold + 1) % Review.Folds;
            Review[] heldOut = [.. all.Where(review => review.Fold == fold)],
                validation = [.. all.Where(review => review.Fold == validationFold)];
            Review[] training = [.. all.Where(review => review.Fold != fold && review.Fold != validationFold)];
            ReviewClassifier classifier = new(training, all, hiddenSize, seed);
            Console.WriteLine(
                $"fold {fold + 1}: {training.Length:N0} reviews to train on, {validation.Length:N0} to choose by, {heldOut.Length:N0} "
                + $"held out, {classifier.Vocabulary.Size:N0} words");
            Console.WriteLine(classifier.Model);
            if (vectors is not null)
            {
                Console.WriteLine(
                    $"{classifier.Vocabulary.LoadVectors(vectors, classifier.Model.Embedding):N0} words have pretrained vectors");
            }

            TrainingView view = Train(classifier, training, validation, cancellation);
            view.PrintEpochs();
            accuracies[fold] = classifier.Accuracy(heldOut);
            rows.Add(($"fold {fold + 1}", Percent(accuracies[fold])));
            if (fold == 0)
            {
                view.SaveCurve(curve, "Sentiment of film reviews, hierarchical attention, first fold");
                SavePage(page, [.. heldOut.Select(classifier.Read)]);
                Console.WriteLine($"page of attention: {page}");
            }
        }

        rows.Add(($"mean of {folds}", Percent(accuracies.Average())));
        if (path is not null)
        {
            rows.Add(("Pang and Lee 2004, mean of ten folds: SVM on unigrams", "87.15 %"));
            rows.Add(("naïve Bayes on the sentences that a minimum cut finds subjective", "86.4 %"));
            rows.Add(("naïve Bayes on unigrams", "82.8 %"));
        }

        TrainingView.PrintComparison("held-out accuracy", [.. rows]);
        return 0;
    }

    private TrainingView Train(ReviewClassifier classifier, Review[] training, Review[] validation, CancellationToken cancellation)
    {
        Trainer<float> trainer = new(
            new AdamW<float>(classifier.Model.Parameters, 2e-3, weightDecay: 0.1),
            classifier.Model.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = ReviewClassifier.BatchSize,
                Seed = seed,
                ClipNorm = 1,
                Schedule = (step,
            total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("accuracy");
        view.Show(progress => trainer.Fit(
            [.. training.Select(review => review.Words)],
            (examples, step) => classifier.Train(examples.Select(example => training[example]), unchecked((int)step)),
            () => classifier.Accuracy(validation),
            progress, cancellation));
        return view;
    }

    /// <summary>Mistakes are shown too: a page of successes alone would tell less about what attention explains.</summary>
    private static void SavePage(string path, Reading[] readings)
    {
        double words = readings.Average(reading => reading.WordSpread), sentences = readings.Average(reading => reading.SentenceSpread);
        string spread = string.Create(
            CultureInfo.InvariantCulture,
            $"attention spreads as if evenly over {words:P0} of a sentence's words and {sentences:P0} of a review's sentences, on average");
        Console.WriteLine(spread);
        AttentionPage.Save(
            path, $"Of {readings.Length} held-out reviews, of each class the first {RightShown} told rightly and the first told wrongly. "
                + $"Over all of them, {spread}.",
            [.. readings.GroupBy(reading => reading.Review.Class).SelectMany(group =>
                group.Where(reading => reading.IsRight).Take(RightShown)
                .Concat(group.Where(reading => !reading.IsRight).Take(WrongShown)))]);
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
