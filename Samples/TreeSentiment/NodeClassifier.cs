using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Inputs → dropout → encoder, or none → dropout → perceptron, at every node of trees.</summary>
internal sealed class NodeClassifier
{
    public const int BatchSize = 25;

    // The perceptron takes the masks from 0 on for its hidden layers.
    private const int InputMask = 100, StateMask = 101;
    private readonly NodeInputs _inputs;
    private readonly TreeEncoder? _encoder;
    private readonly Mlp<float> _head;
    private readonly MlpTape<float> _headTape;
    private readonly float[] _x, _states, _gradients, _nodeLogits, _logits;

    public NodeClassifier(NodeInputs inputs, TreeEncoder? encoder, Mlp<float> head, int maxNodes)
    {
        (_inputs, _encoder, _head) = (inputs, encoder, head);
        Parameters = new ParameterSet<float>().Join("embedding.", inputs.Parameters).Join("head.", head.Parameters);
        if (encoder is not null)
        {
            Parameters.Join("encoder.", encoder.Parameters);
            encoder.Reserve(maxNodes);
        }

        _headTape = head.CreateTape(maxNodes);
        _x = new float[maxNodes * inputs.Size];
        _states = new float[maxNodes * head.InputSize];
        _gradients = new float[maxNodes * head.InputSize];
        _nodeLogits = new float[maxNodes * head.OutputSize];
        _logits = new float[maxNodes * head.OutputSize];
    }

    public ParameterSet<float> Parameters { get; }

    public required double InputDropout { get; init; }

    public required double StateDropout { get; init; }

    public required double WordDropout { get; init; }

    public void Pack()
    {
        _encoder?.Pack();
        _head.Pack();
    }

    /// <summary>Adds the gradients of a batch.</summary>
    /// <returns>The mean loss of its labelled nodes.</returns>
    public double Train(IReadOnlyList<Tree> trees, int seed)
    {
        TreeBatch batch = TreeBatch.Of(trees);
        batch.ForgetWords(WordDropout, seed);
        Span<float> logits = Forward(batch, InputDropout, StateDropout, seed);
        double loss = Loss.CrossEntropy<float>(logits, batch.Targets, logits);
        int nodes = batch.Parents.Length, classes = _head.OutputSize;
        Span<float> slopes = _nodeLogits.AsSpan(0, nodes * classes);
        slopes.Clear();
        for (int i = 0; i < batch.Nodes.Length; i++)
        {
            logits.Slice(i * classes, classes).CopyTo(slopes[(batch.Nodes[i] * classes)..]);
        }

        Span<float> gradients = _gradients.AsSpan(0, nodes * _head.InputSize), dx = _x.AsSpan(0, nodes * _inputs.Size);
        _head.Backward(_states.AsSpan(0, gradients.Length), slopes, gradients, _headTape);
        Dropout.Backward<float>(gradients, StateDropout, seed, gradients, StateMask);
        if (_encoder is null)
        {
            gradients.CopyTo(dx);
        }
        else
        {
            _encoder.Backward(gradients, dx);
        }

        Dropout.Backward<float>(dx, InputDropout, seed, dx, InputMask);
        _inputs.Backward(batch.Ids, dx);
        return loss;
    }

    /// <summary>The share of labelled nodes, or of labelled roots, whose class is found.</summary>
    public double Accuracy(IEnumerable<Tree> trees, bool rootsOnly)
    {
        int right = 0, counted = 0;
        foreach (Tree[] chunk in trees.OrderBy(tree => tree.Size).Chunk(BatchSize))
        {
            TreeBatch batch = TreeBatch.Of(chunk, rootsOnly);
            right += Prediction.CountCorrect<float>(Forward(batch, 0, 0, 0), batch.Targets);
            counted += batch.Targets.Length;
        }

        return (double)right / counted;
    }

    public override string ToString() => $"{_inputs}{(_encoder is null ? "" : $" → {_encoder}")} → {_head}";

    /// <summary>Logits of the nodes that the batch asks for.</summary>
    private Span<float> Forward(TreeBatch batch, double inputDropout, double stateDropout, int seed)
    {
        int nodes = batch.Parents.Length, classes = _head.OutputSize;
        Span<float> x = _x.AsSpan(0, nodes * _inputs.Size), states = _states.AsSpan(0, nodes * _head.InputSize);
        Span<float> nodeLogits = _nodeLogits.AsSpan(0, nodes * classes), logits = _logits.AsSpan(0, batch.Nodes.Length * classes);
        _inputs.Forward(batch.Ids, x);
        Dropout.Forward<float>(x, inputDropout, seed, x, InputMask);
        if (_encoder is null)
        {
            x.CopyTo(states);
        }
        else
        {
            _encoder.Forward(batch.Parents, x, states);
        }

        Dropout.Forward<float>(states, stateDropout, seed, states, StateMask);
        _head.Forward(states, nodeLogits, _headTape, stateDropout, seed);
        for (int i = 0; i < batch.Nodes.Length; i++)
        {
            nodeLogits.Slice(batch.Nodes[i] * classes, classes).CopyTo(logits[(i * classes)..]);
        }

        return logits;
    }
}
