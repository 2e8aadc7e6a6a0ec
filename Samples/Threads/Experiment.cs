using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Threads;

/// <summary>Features → bidirectional Graph-Structured LSTM → perceptron → karma level of every comment,
/// beside the same without the graph.</summary>
internal sealed class Experiment(int epochs, int hiddenSize, int seed)
{
    private const int BatchSize = 8;
    private const double Dropout = 0.3;
    private Example[] _training = [], _validation = [], _heldOut = [];
    private float[] _logits = [];

    public int Run(string? path, string curve, CancellationToken cancellation)
    {
        int maxNodes = Prepare(ThreadData.Load(path));
        // Alone, a layer as wide as the states of both directions stands in for them under the same perceptron.
        LevelModel[] models =
        [
            new CommentModel("each comment alone", new Mlp<float>([Features.Count, 2 * hiddenSize, hiddenSize, KarmaLevels.Count]),
                seed, maxNodes),
            new GraphModel("GS-LSTM, forward", GsLstmDirection.Forward, hiddenSize, seed, maxNodes),
            new GraphModel("GS-LSTM, backward", GsLstmDirection.Backward, hiddenSize, seed, maxNodes),
            new GraphModel("GS-LSTM, both directions", GsLstmDirection.Both, hiddenSize, seed, maxNodes),
        ];
        List<(string, string)> rows = [], questions = [];
        foreach (LevelModel model in models)
        {
            Console.WriteLine($"{model.Name}: {model.Parameters}");
            TrainingView view = Train(model, cancellation);
            float[] thresholds = Score(model, _validation).BestThresholds();
            LevelScores scores = Score(model, _heldOut);
            rows.Add((model.Name, string.Create(
                CultureInfo.InvariantCulture, $"{scores.MeanF1(thresholds):P1}; {scores.MacroF1():P1}; {scores.Accuracy():P1}")));
            questions.Add((model.Name, string.Join("  ", scores.OfQuestions(thresholds).Select(question =>
                string.Create(CultureInfo.InvariantCulture, $"{question.Level}: {question.F1:P1}")))));
            if (model == models[^1])
            {
                view.PrintEpochs();
                view.SaveCurve(curve, "Karma levels of comments, bidirectional Graph-Structured LSTM");
                rows.Add(("always yes", scores.AlwaysYes().ToString("P1", CultureInfo.InvariantCulture)));
                if (path is not null)
                {
                    rows.Add(("Zayats and Ostendorf 2018, other subreddits, with words", "better with the graph than without, too"));
                }
            }
        }

        TrainingView.PrintComparison("held-out F1 of level ≥ j", [.. questions]);
        TrainingView.PrintComparison("their mean; macro-F1 of the levels; accuracy", [.. rows]);
        return 0;
    }

    /// <summary>Splits by threads: eight in ten to train on, one to choose the epoch and the thresholds by, one held out.</summary>
    /// <returns>The most comments of a batch.</returns>
    private int Prepare(CommentThread[] threads)
    {
        new Random(seed).Shuffle(threads);
        int tenth = Math.Max(2, threads.Length / 10);
        CommentThread[] training = threads[(2 * tenth)..];
        Features features = new(training);
        KarmaLevels levels = new(training.SelectMany(thread => thread.Comments.Skip(1)).Select(comment => comment.Score));
        Example[] all = [.. threads.Select(thread => new Example(
            thread, features.Of(thread), [.. thread.Comments.Select(comment => levels.Of(comment.Score))]))];
        (_heldOut, _validation, _training) = (all[..tenth], all[tenth..(2 * tenth)], all[(2 * tenth)..]);
        Console.WriteLine($"{Sizes(_training)} to train on, {Sizes(_validation)} to choose by, {Sizes(_heldOut)} held out");
        Console.WriteLine($"karma of the levels: {levels}");
        int maxNodes = all.Select(example => example.Nodes).OrderDescending().Take(BatchSize).Sum();
        _logits = new float[maxNodes * KarmaLevels.Count];
        return maxNodes;
    }

    private TrainingView Train(LevelModel model, CancellationToken cancellation)
    {
        Trainer<float> trainer = new(
            new AdamW<float>(model.Parameters, 3e-3, weightDecay: 0.02),
            model.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = BatchSize,
                Seed = seed,
                ClipNorm = 1,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("mean F1");
        view.Show(progress => trainer.Fit(
            [.. _training.Select(example => example.Nodes)], TrainBatch,
            () => Score(model, _validation) is var scores ? scores.MeanF1(scores.BestThresholds()) : 0,
            progress, cancellation));
        return view;

        double TrainBatch(int[] examples, long step)
        {
            ThreadBatch batch = ThreadBatch.Of([.. examples.Select(example => _training[example])]);
            Span<float> logits = _logits.AsSpan(0, batch.Levels.Length * KarmaLevels.Count);
            model.Forward(batch, logits, Dropout, unchecked((int)step));
            double loss = Loss.CrossEntropy<float>(logits, batch.Levels, logits, lengths: batch.Counts);
            model.Backward(batch, logits);
            return loss;
        }
    }

    private LevelScores Score(LevelModel model, Example[] examples)
    {
        LevelScores scores = new();
        foreach (Example[] chunk in examples.Chunk(BatchSize))
        {
            ThreadBatch batch = ThreadBatch.Of(chunk);
            Span<float> logits = _logits.AsSpan(0, batch.Levels.Length * KarmaLevels.Count);
            model.Forward(batch, logits);
            scores.Add(batch, logits);
        }

        return scores;
    }

    private static string Sizes(Example[] examples) =>
        $"{examples.Length:N0} threads of {examples.Sum(example => example.Nodes - 1):N0} comments";
}
