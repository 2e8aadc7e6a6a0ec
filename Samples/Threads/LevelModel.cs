using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Threads;

/// <summary>From features of comments to logits of levels.</summary>
internal abstract class LevelModel(string name, ParameterSet<float> parameters)
{
    public string Name { get; } = name;

    public ParameterSet<float> Parameters { get; } = parameters;

    public abstract void Pack();

    public abstract void Forward(ThreadBatch batch, Span<float> logits, double dropout = 0, int seed = 0);

    public abstract void Backward(ThreadBatch batch, ReadOnlySpan<float> gradient);
}

/// <summary>Sees the thread around a comment.</summary>
internal sealed class GraphModel : LevelModel
{
    private readonly ThreadClassifier<float> _model;
    private readonly ThreadClassifierTape<float> _tape;

    public GraphModel(string name, GsLstmDirection direction, int hiddenSize, int seed, int maxNodes)
        : this(name, new GsLstm<float>(new GsLstmOptions { InputSize = Features.Count, HiddenSize = hiddenSize, Direction = direction }),
            seed, maxNodes)
    {
    }

    private GraphModel(string name, GsLstm<float> threads, int seed, int maxNodes)
        : this(name,
            new ThreadClassifier<float>(threads, new Mlp<float>([threads.OutputSize, threads.Options.HiddenSize, KarmaLevels.Count])),
            seed, maxNodes)
    {
    }

    private GraphModel(string name, ThreadClassifier<float> model, int seed, int maxNodes)
        : base(name, model.Parameters)
    {
        _model = model;
        _model.Initialise(seed);
        _tape = _model.CreateTape(maxNodes);
    }

    public override void Pack() => _model.Pack();

    public override void Forward(ThreadBatch batch, Span<float> logits, double dropout, int seed) =>
        _model.Forward(batch.Schedule, batch.X, logits, _tape, dropout, seed);

    public override void Backward(ThreadBatch batch, ReadOnlySpan<float> gradient) => _model.Backward(gradient, default, _tape);
}

/// <summary>Sees each comment alone.</summary>
internal sealed class CommentModel : LevelModel
{
    private readonly Mlp<float> _model;
    private readonly MlpTape<float> _tape;

    public CommentModel(string name, Mlp<float> model, int seed, int maxNodes)
        : base(name, model.Parameters)
    {
        _model = model;
        _model.Initialise(seed);
        _tape = _model.CreateTape(maxNodes);
    }

    public override void Pack() => _model.Pack();

    public override void Forward(ThreadBatch batch, Span<float> logits, double dropout, int seed) =>
        _model.Forward(batch.X, logits, _tape, dropout, seed);

    public override void Backward(ThreadBatch batch, ReadOnlySpan<float> gradient) => _model.Backward(batch.X, gradient, default, _tape);
}
