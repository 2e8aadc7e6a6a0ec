using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Citations;

/// <summary>Two layers over a whole graph, dropout before each; only some of the nodes have labels.</summary>
internal sealed class NodeNetwork
{
    private readonly INodeLayer _first, _second;
    private readonly float[] _x, _input, _hidden, _thinned, _hiddenGradient, _logits, _logitGradient;
    private readonly int[] _classes;
    private readonly double _dropout, _decay;
    private readonly int _seed;

    /// <param name="first">From the nodes' features.</param>
    /// <param name="second">To logits.</param>
    /// <param name="x">The features of all nodes.</param>
    /// <param name="classes">One a node; only those of the nodes that training is given are looked at in training.</param>
    /// <param name="dropout">Of the features and of the hidden units.</param>
    /// <param name="decay">L2 on the first layer.</param>
    /// <param name="seed">Of the first weights and the dropout.</param>
    public NodeNetwork(INodeLayer first, INodeLayer second, float[] x, int[] classes, double dropout, double decay, int seed)
    {
        (_first, _second, _x, _classes, _dropout, _decay, _seed) = (first, second, x, classes, dropout, decay, seed);
        _input = new float[x.Length];
        _hidden = new float[classes.Length * first.OutputSize];
        (_thinned, _hiddenGradient) = (new float[_hidden.Length], new float[_hidden.Length]);
        _logits = new float[classes.Length * second.OutputSize];
        _logitGradient = new float[_logits.Length];
        Parameters = new ParameterSet<float>().Join("first.", first.Parameters).Join("second.", second.Parameters);
        Parameters.AllocateGradients();
        first.Initialise(seed);
        second.Initialise(unchecked(seed + 1_000_003));
    }

    public ParameterSet<float> Parameters { get; }

    public void Pack()
    {
        _first.Pack();
        _second.Pack();
    }

    /// <summary>Adds the gradients of the mean loss of these nodes, which the whole graph has a part in.</summary>
    public double Train(int[] nodes, long step)
    {
        int mask = unchecked((int)(2 * step));
        Forward(_dropout, mask);
        int size = _second.OutputSize;
        float[] rows = [.. nodes.SelectMany(node => _logits[(node * size)..((node + 1) * size)])];
        double loss = Loss.CrossEntropy<float>(rows, [.. nodes.Select(node => _classes[node])], rows);
        Array.Clear(_logitGradient);
        for (int i = 0; i < nodes.Length; i++)
        {
            rows.AsSpan(i * size, size).CopyTo(_logitGradient.AsSpan(nodes[i] * size));
        }

        _second.Backward(_logitGradient, _hiddenGradient);
        Dropout.Backward<float>(_hiddenGradient, _dropout, _seed, _hiddenGradient, mask + 1);
        _first.Backward(_hiddenGradient, default);
        foreach ((_, Parameter<float> parameter) in _first.Parameters)
        {
            NeuralPrimitives.MultiplyAdd(parameter.Value, (float)_decay, parameter.Gradient);
        }

        return loss;
    }

    /// <summary>The class of every node.</summary>
    public int[] Predict()
    {
        Forward(dropout: 0, mask: 0);
        return [.. Enumerable.Range(0, _classes.Length)
            .Select(node => Prediction.ArgMax<float>(_logits.AsSpan(node * _second.OutputSize, _second.OutputSize)))];
    }

    public double Accuracy(int[] nodes)
    {
        int[] predicted = Predict();
        return nodes.Average(node => predicted[node] == _classes[node] ? 1.0 : 0);
    }

    private void Forward(double dropout, int mask)
    {
        Dropout.Forward<float>(_x, dropout, _seed, _input, mask);
        _first.Forward(_input, _hidden);
        Dropout.Forward<float>(_hidden, dropout, _seed, _thinned, mask + 1);
        _second.Forward(_thinned, _logits);
    }
}
