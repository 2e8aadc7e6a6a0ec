using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Names;

/// <summary>Embedding → bidirectional GRU → last states → softmax over the languages, with the memory to train it.</summary>
internal sealed class NameClassifier
{
    private const int EmbeddingSize = 32;

    private readonly NameData _data;
    private readonly int _batchSize;
    private readonly SequenceClassifier<float> _model;
    private readonly SequenceModelTape<float> _tape;
    private readonly float[] _logits;

    public NameClassifier(NameData data, int hiddenSize, int batchSize, int seed)
    {
        _data = data;
        _batchSize = batchSize;
        Gru<float> gru = new(new GruOptions { InputSize = EmbeddingSize, HiddenSize = hiddenSize, Bidirectional = true });
        _model = new SequenceClassifier<float>(data.Letters, gru, data.Languages.Length, SequencePooling.LastState);
        _model.Initialise(seed);
        int longest = data.Training.Concat(data.Validation).Concat(data.HeldOut).Max(example => example.Ids.Length);
        _tape = _model.CreateTape(longest, batchSize);
        _logits = new float[batchSize * data.Languages.Length];
    }

    public ParameterSet<float> Parameters => _model.Parameters;

    public void Pack() => _model.Pack();

    /// <summary>What a trainer needs.</summary>
    public static TrainerOptions Options(int epochs, int batchSize, int seed) => new()
    {
        Epochs = epochs,
        BatchSize = batchSize,
        Seed = seed,
        ClipNorm = 5,
        Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02),
    };

    /// <summary>Changes the parameters along their gradients.</summary>
    public Optimiser<float> CreateOptimiser() => new AdamW<float>(_model.Parameters, 3e-3);

    /// <summary>Adds the gradients of training examples, and returns their mean loss.</summary>
    public double TrainBatch(int[] examples, long step)
    {
        int[] lengths = [.. examples.Select(example => _data.Training[example].Ids.Length)];
        int[] ids = [.. examples.SelectMany(example => _data.Training[example].Ids)],
            targets = [.. examples.Select(example => _data.Training[example].Class)];
        Span<float> logits = _logits.AsSpan(0, examples.Length * _data.Languages.Length);
        _model.Forward(ids, lengths, logits, _tape, new SequenceDropout { Input = 0.2, Seed = unchecked((int)step) });
        double loss = Loss.CrossEntropy<float>(logits, targets, logits);
        _model.Backward(ids, lengths, logits, _tape);
        return loss;
    }

    /// <summary>The part of the examples whose language it tells.</summary>
    public double Accuracy((int[] Ids, int Class)[] examples)
    {
        int right = 0;
        foreach ((int[] Ids, int Class)[] batch in examples.Chunk(_batchSize))
        {
            Span<float> logits = _logits.AsSpan(0, batch.Length * _data.Languages.Length);
            _model.Forward([.. batch.SelectMany(example => example.Ids)], [.. batch.Select(example => example.Ids.Length)], logits, _tape);
            right += Prediction.CountCorrect<float>(logits, [.. batch.Select(example => example.Class)]);
        }

        return (double)right / examples.Length;
    }

    public override string ToString() => _model.ToString();
}
