using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>Frames → LSTM, plain or part-aware → mean state → softmax.</summary>
internal sealed class LstmContender : Contender
{
    private readonly SequenceClassifier<float> _model;
    private readonly SequenceModelTape<float> _tape;
    private readonly int _classes;

    public LstmContender(RecurrentNetwork<float> network, int classes, int seed)
    {
        _classes = classes;
        _model = new SequenceClassifier<float>(network, classes, SequencePooling.MeanState);
        _model.Initialise(seed);
        _tape = _model.CreateTape(Recordings.Steps, BatchSize);
    }

    public override ParameterSet<float> Parameters => _model.Parameters;

    public override void Pack() => _model.Pack();

    public override double Train(float[] x, int[] actions, int seed)
    {
        float[] logits = new float[actions.Length * _classes];
        int[] lengths = LengthsOf(actions);
        _model.Forward(x, lengths, logits, _tape, new SequenceDropout { Input = 0.2, State = 0.2, Seed = seed });
        double loss = Loss.CrossEntropy<float>(logits, actions, logits);
        _model.Backward(lengths, logits, default, _tape);
        return loss;
    }

    public override int CountRight(float[] x, int[] actions)
    {
        float[] logits = new float[actions.Length * _classes];
        _model.Forward(x, LengthsOf(actions), logits, _tape);
        return Prediction.CountCorrect<float>(logits, actions);
    }

    public override string ToString() => _model.ToString();

    private static int[] LengthsOf(int[] actions) => [.. Enumerable.Repeat(Recordings.Steps, actions.Length)];
}
