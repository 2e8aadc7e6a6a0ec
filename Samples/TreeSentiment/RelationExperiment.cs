using System.Globalization;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>What a word is to its head: Child-Sum Tree-LSTM over all that depends on the word,
/// against a perceptron that sees the word alone.</summary>
internal static class RelationExperiment
{
    private const int WordSize = 64, TagSize = 16;

    public static int Run(string? folder, int epochs, int hiddenSize, int seed, string curve, CancellationToken cancellation)
    {
        Treebank treebank = Treebank.Load(folder);
        Vocabulary words = new(treebank.Training.SelectMany(sentence => sentence).Select(word => word.Form));
        Vocabulary tags = new(treebank.Training.SelectMany(sentence => sentence).Select(word => word.Tag));
        Dictionary<string, int> relations = [];
        foreach (Word word in treebank.Training.SelectMany(sentence => sentence))
        {
            relations.TryAdd(word.Relation, relations.Count);
        }

        Tree[] training = TreesOf(treebank.Training), validation = TreesOf(treebank.Validation), test = TreesOf(treebank.Test);
        Console.WriteLine(
            $"{training.Length:N0} trees to train on, {validation.Length:N0} to choose by, {test.Length:N0} to test, {words.Size:N0} "
            + $"words, {relations.Count} relations");
        int maxNodes = training.Concat(validation).Concat(test).Select(tree => tree.Size).OrderDescending()
            .Take(NodeClassifier.BatchSize).Sum();
        DependencyEncoder encoder = new(WordSize + TagSize, hiddenSize);
        encoder.Initialise(seed);
        double withTree = Accuracy(encoder, new Mlp<float>([hiddenSize, relations.Count]), out TrainingView view);
        double alone = Accuracy(null, new Mlp<float>([WordSize + TagSize, hiddenSize, relations.Count]), out _);
        TrainingView.PrintComparison(
            "accuracy on the words of the test trees",
            ("Child-Sum Tree-LSTM over the subtree", withTree.ToString("P1", CultureInfo.InvariantCulture)),
            ("perceptron on the word and its part of speech", alone.ToString("P1", CultureInfo.InvariantCulture)));
        view.SaveCurve(curve, "Dependency relations, Child-Sum Tree-LSTM");
        return 0;

        double Accuracy(DependencyEncoder? encoder, Mlp<float> head, out TrainingView view)
        {
            Embedding<float> wordEmbedding = new(words.Size, WordSize), tagEmbedding = new(tags.Size, TagSize);
            wordEmbedding.Initialise(seed, 0.5);
            tagEmbedding.Initialise(seed + 1, 0.5);
            head.Initialise(seed);
            NodeClassifier classifier = new(new NodeInputs([wordEmbedding, tagEmbedding], maxNodes), encoder, head, maxNodes)
            {
                InputDropout = 0.2,
                StateDropout = 0.2,
                WordDropout = 0.05,
            };
            view = new NodeTraining(epochs, seed, LearningRate: 2e-3, WeightDecay: 0.01, RootsOnly: false)
                .Run(classifier, training, validation, cancellation);
            return classifier.Accuracy(test, rootsOnly: false);
        }

        Tree[] TreesOf(Word[][] sentences) => [.. sentences.Select(sentence => new Tree(
            [[.. sentence.Select(word => words.IdOf(word.Form))], [.. sentence.Select(word => tags.IdOf(word.Tag))]],
            [.. sentence.Select(word => word.Head - 1)],
            [.. sentence.Select(word => relations.GetValueOrDefault(word.Relation, Tree.UnknownLabel))]))];
    }
}
