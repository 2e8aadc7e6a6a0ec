using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Words at the leaves → binary Tree-LSTM → softmax over the sentiments at every node (Tai, Socher and Manning 2015).</summary>
internal static class SentimentExperiment
{
    private const int OwnVectorSize = 50;

    // About that of GloVe's numbers, so that words without a pretrained vector weigh as much as the others.
    private const double VectorDeviation = 0.8;

    public static int Run(string? folder, bool binary, string[] vectors, int epochs, int hiddenSize, int seed, string curve,
        CancellationToken cancellation)
    {
        SentimentData data = SentimentData.Load(folder);
        Dictionary<string, float[]>[] tables = [.. vectors.Select(Vocabulary.ReadVectors)];
        Vocabulary vocabulary = new(data.Training.SelectMany(tree => tree.Words.ToArray()).OfType<string>()
            .Select(word => SentimentData.Normalise(word)!)
            .Concat(tables.SelectMany(table => table.Keys)));
        Tree[] training = TreesOf(data.Training), validation = TreesOf(data.Validation), test = TreesOf(data.Test);
        Console.WriteLine(
            $"{training.Length:N0} trees to train on, {validation.Length:N0} to choose by, {test.Length:N0} to test, "
            + $"{vocabulary.Size:N0} words");

        Embedding<float> embedding = new(vocabulary.Size,
            tables.Length == 0 ? OwnVectorSize : tables.Sum(table => table.First().Value.Length));
        embedding.Initialise(seed, VectorDeviation);
        if (tables.Length > 0)
        {
            Console.WriteLine($"{vocabulary.Load(tables, embedding):N0} words have pretrained vectors");
        }

        ConstituencyEncoder encoder = new(embedding.EmbeddingSize, hiddenSize);
        encoder.Initialise(seed);
        Mlp<float> head = new([hiddenSize, binary ? 2 : 5]);
        head.Initialise(seed);
        int maxNodes = training.Concat(validation).Concat(test).Select(tree => tree.Size).OrderDescending()
            .Take(NodeClassifier.BatchSize).Sum();
        NodeClassifier classifier = new(new NodeInputs([embedding], maxNodes), encoder, head, maxNodes)
        {
            InputDropout = 0.3,
            StateDropout = 0.5,
            WordDropout = 0.02,
        };
        TrainingView view = new NodeTraining(epochs, seed, LearningRate: 3e-3, WeightDecay: 0.1, RootsOnly: true)
            .Run(classifier, training, validation, cancellation);
        int largest = test.GroupBy(tree => tree.Targets[0]).Max(group => group.Count());
        List<(string, string)> rows =
        [
            ("ours", Percent(classifier.Accuracy(test, rootsOnly: true))),
            ("always the commonest sentiment", Percent((double)largest / test.Length)),
        ];
        if (folder is not null)
        {
            rows.Add(("Tai et al. 2015, table 2: constituency Tree-LSTM, GloVe of 300 tuned", binary ? "88.0 %" : "51.0 %"));
            rows.Add(("the same with vectors drawn at random", binary ? "82.0 %" : "43.9 %"));
        }

        Console.WriteLine(
            $"{Percent(classifier.Accuracy(test, rootsOnly: false))} of the labelled nodes of the test trees, phrases and single "
            + $"words too");
        TrainingView.PrintComparison($"accuracy at the roots of the test trees, {(binary ? "two" : "five")} classes", [.. rows]);
        view.SaveCurve(curve, "Sentiment of trees, binary Tree-LSTM");
        return 0;

        Tree[] TreesOf(LabelledTree[] trees) =>
            [.. trees.Where(tree => SentimentData.ClassOf(tree.Labels[0], binary) != Tree.Unlabelled).Select(tree => new Tree(
            [[.. tree.Words.ToArray().Select(word => vocabulary.IdOf(SentimentData.Normalise(word)))]],
            tree.Parent.ToArray(),
            [.. tree.Labels.ToArray().Select(label => SentimentData.ClassOf(label, binary))]))];
    }

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
