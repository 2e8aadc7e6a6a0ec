using FastRecurrent.Cells;
using FastRecurrent.Distributed;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Distributed;

/// <summary>A small task to train on: whether a sequence's first word is in the first, second or last third of the vocabulary.</summary>
internal static class WordTask
{
    public const int Words = 50;
    private const int Examples = 37, Classes = 3, Longest = 6;

    private static readonly int[][] _sequences = [.. Enumerable.Range(0, Examples).Select(i =>
    {
        Random random = new(i);
        return Enumerable.Range(0, random.Next(1, Longest + 1)).Select(_ => random.Next(Words)).ToArray();
    })];

    public static int[] Lengths { get; } = [.. _sequences.Select(sequence => sequence.Length)];

    public static SequenceClassifier<double> CreateModel(int seed)
    {
        SequenceClassifier<double> model = new(Words, new Gru<double>(new GruOptions { InputSize = 4, HiddenSize = 5 }), Classes,
            SequencePooling.LastState);
        model.Initialise(seed);
        return model;
    }

    public static double Fit(Communicator communicator, SequenceClassifier<double> model, Optimiser<double> optimiser,
        TrainerOptions options) =>
        new DistributedTrainer<double>(communicator, optimiser, model.Pack, options).Fit(Lengths, Batch(model), () => -Loss(model));

    /// <summary>Mean loss of all examples.</summary>
    public static double Loss(SequenceClassifier<double> model) => Batch(model)([.. Enumerable.Range(0, Examples)], 0);

    /// <summary>Adds gradients and returns the mean loss; dropout follows the step if there is any.</summary>
    public static Func<int[], long, double> Batch(SequenceClassifier<double> model, double dropout = 0)
    {
        SequenceModelTape<double> tape = model.CreateTape(Longest, Examples);
        return (examples, step) =>
        {
            int[] ids = [.. examples.SelectMany(example => _sequences[example])],
                lengths = [.. examples.Select(example => Lengths[example])];
            int[] targets = [.. examples.Select(example => _sequences[example][0] * Classes / Words)];
            double[] logits = new double[examples.Length * Classes];
            model.Forward(ids, lengths, logits, tape, new SequenceDropout { Input = dropout, Seed = (int)step });
            double loss = FastRecurrent.Models.Loss.CrossEntropy<double>(logits, targets, logits);
            model.Backward(ids, lengths, logits, tape);
            return loss;
        };
    }

    public static double[] Weights(SequenceClassifier<double> model) =>
        [.. model.Parameters.SelectMany(item => item.Value.Value.ToArray())];
}
