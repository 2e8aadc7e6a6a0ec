using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>
/// Features → perceptron → Graph LSTM with residual connections → linear layer → classes of superpixels. The states begin with the embedded
/// features, so that the first node updated sees something of its neighbours too.
/// </summary>
internal sealed class GraphParser
{
    public const int BatchSize = 4;
    private const double DropoutRate = 0.2;
    private readonly Mlp<float> _embedding;
    private readonly GraphLstm<float> _lstm;
    private readonly Linear<float> _output;
    private readonly MlpTape<float> _embeddingTape;
    private readonly GraphLstmTape<float> _lstmTape;
    private readonly float[] _embedded, _states, _gradients, _embeddedGradients, _firstGradients, _workspace;

    /// <param name="all">Any batch of them must fit.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="layers">Of the Graph LSTM.</param>
    /// <param name="seed">Of the first weights.</param>
    public GraphParser(SceneGraph[] all, int hiddenSize, int layers, int seed)
    {
        _embedding = new Mlp<float>([SuperpixelFeatures.Count, 2 * hiddenSize, hiddenSize]);
        _lstm = new GraphLstm<float>(
            new GraphLstmOptions
            {
                InputSize = hiddenSize,
                HiddenSize = hiddenSize,
                Layers = layers,
                OutputSeesNeighbours = true,
                Residual = true
            });
        _output = new Linear<float>(hiddenSize, Scene.Classes);
        Parameters = new ParameterSet<float>().Join("embedding.", _embedding.Parameters).Join("lstm.", _lstm.Parameters)
            .Join("output.", _output.Parameters);
        _embedding.Initialise(seed);
        _lstm.Initialise(unchecked(seed + 10));
        _output.Initialise(unchecked(seed + 20));
        int maxNodes = BatchSize * all.Max(scene => scene.Nodes), maxEdges = BatchSize * all.Max(scene => scene.Graph.EdgeCount);
        _embeddingTape = _embedding.CreateTape(maxNodes);
        _lstmTape = _lstm.CreateTape(maxNodes, maxEdges);
        _output.Parameters.AllocateGradients();
        _workspace = new float[_output.WorkspaceLength];
        _embedded = new float[maxNodes * hiddenSize];
        _states = new float[maxNodes * hiddenSize];
        _gradients = new float[maxNodes * hiddenSize];
        _embeddedGradients = new float[maxNodes * hiddenSize];
        _firstGradients = new float[maxNodes * hiddenSize];
    }

    public ParameterSet<float> Parameters { get; }

    public void Pack()
    {
        _embedding.Pack();
        _lstm.Pack();
        _output.Pack();
    }

    /// <summary>Adds the gradients of a batch.</summary>
    /// <returns>Its mean loss.</returns>
    public double Train(OrderedScene[] scenes, WeightedLoss loss, int seed)
    {
        float[] features = FeaturesOf(scenes), logits = Forward(scenes, features, DropoutRate, seed);
        double mean = loss.Differentiate(logits, [.. scenes.SelectMany(scene => scene.Scene.Majority)]);
        int length = logits.Length / Scene.Classes * _lstm.Options.HiddenSize;
        Span<float> gradients = _gradients.AsSpan(0, length), embeddedGradients = _embeddedGradients.AsSpan(0, length),
            firstGradients = _firstGradients.AsSpan(0, length);
        _output.Backward(_states.AsSpan(0, length), logits, gradients, _workspace);
        _lstm.Backward(gradients, default, embeddedGradients, firstGradients, default, _lstmTape);
        NeuralPrimitives.Add<float>(embeddedGradients, firstGradients, embeddedGradients);
        NeuralPrimitives.Add<float>(embeddedGradients, gradients, embeddedGradients);
        _embedding.Backward(features, embeddedGradients, default, _embeddingTape);
        return mean;
    }

    /// <summary>The labels of each scene's superpixels.</summary>
    public IEnumerable<(SceneGraph Scene, int[] Labels)> Parse(IEnumerable<OrderedScene> scenes) =>
        scenes.Select(scene => (scene.Scene, ConfusionMatrix.Labels(Forward([scene], scene.Scene.Features))));

    /// <inheritdoc/>
    public override string ToString() => $"{_embedding}\n{_lstm}\n{_output}";

    private static float[] FeaturesOf(OrderedScene[] scenes) => [.. scenes.SelectMany(scene => scene.Scene.Features)];

    private float[] Forward(OrderedScene[] scenes, float[] features, double dropout = 0, int seed = 0)
    {
        GraphLstmSchedule schedule = OrderedScene.Batch(scenes);
        int length = schedule.NodeCount * _lstm.Options.HiddenSize;
        float[] logits = new float[schedule.NodeCount * Scene.Classes];
        Span<float> embedded = _embedded.AsSpan(0, length), states = _states.AsSpan(0, length);
        _embedding.Forward(features, embedded, _embeddingTape, dropout, seed);
        _lstm.Forward(schedule, embedded, embedded, default, states, default, _lstmTape);
        NeuralPrimitives.Add<float>(states, embedded, states);
        _output.Forward(states, logits);
        return logits;
    }
}
