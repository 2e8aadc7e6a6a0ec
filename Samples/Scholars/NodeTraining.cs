using FastRecurrent.Models;

namespace FastRecurrent.Samples.Scholars;

/// <summary>What a training step left behind.</summary>
/// <param name="Loss">Of the labelled papers, with dropout.</param>
/// <param name="ValidationLoss">Of those that choose the epoch, without.</param>
/// <param name="Validation">F1 of the same.</param>
/// <param name="Beta">Of the meta-paths; empty for a network without them.</param>
internal sealed record Epoch(double Loss, double ValidationLoss, F1 Validation, float[] Beta);

/// <summary>Trains one network on the whole graph at once, so that an epoch is a step, with the settings of Wang et al. 2019.</summary>
internal sealed class NodeTraining(AcademicGraph graph, IPaperClassifier classifier)
{
    private const double LearningRate = 0.005, Decay = 0.001;

    public List<Epoch> Epochs { get; } = [];

    /// <summary>Trains, stops when the validation loss has not fallen for long, and puts the best parameters back.</summary>
    public void Run(TrainerOptions options, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        double loss = 0;
        new Trainer<float>(new Adam<float>(classifier.Parameters, LearningRate, weightDecay: Decay), classifier.Pack, options).Fit(
            [1],
            (_, step) =>
            {
                float[] logits = classifier.Forward(graph.Training, unchecked((int)(options.Seed * 1_000_003L + step)));
                loss = Loss.CrossEntropy<float>(logits, ClassesOf(graph.Training), logits);
                classifier.Backward(logits);
                return loss;
            },
            () =>
            {
                (double validationLoss, F1 validation) = Evaluate(graph.Validation);
                Epochs.Add(new Epoch(loss, validationLoss, validation, classifier is HanClassifier han ? han.Beta.ToArray() : []));
                return -validationLoss;
            },
            progress, cancellation);
    }

    public (double Loss, F1 F1) Evaluate(int[] papers)
    {
        float[] logits = classifier.Forward(papers, seed: null);
        int[] classes = ClassesOf(papers);
        int[] predicted = [.. Enumerable.Range(0, papers.Length)
            .Select(i => Prediction.ArgMax<float>(logits.AsSpan(i * graph.ClassCount, graph.ClassCount)))];
        return (Loss.CrossEntropy<float>(logits, classes, logits), F1.Of(predicted, classes, graph.ClassCount));
    }

    private int[] ClassesOf(int[] papers) => Array.ConvertAll(papers, paper => graph.Classes[paper]);
}
