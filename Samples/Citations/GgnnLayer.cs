using FastRecurrent.Cells;
using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Citations;

/// <summary>Gated graph neural network (Li et al. 2016): a linear layer makes states of the words,
/// then nodes and their neighbours talk.</summary>
internal sealed class GgnnLayer : INodeLayer
{
    // As far as two layers of graph convolution see.
    private const int Rounds = 2;

    private readonly GcnLayer _words;
    private readonly GraphNet<float> _network;
    private readonly GraphNetPlan _plan;
    private readonly GraphNetTape<float> _tape;
    private readonly float[] _states, _stateGradient;

    public GgnnLayer(CsrGraph graph, SparseMatrix<float> unlinked, int inputSize, int outputSize)
    {
        // States of a GRU lie in −1 … 1. The mean, for sums over hundreds of neighbours would shut its gates.
        _words = new GcnLayer(unlinked, inputSize, outputSize, Kernels.Activation.Tanh);
        _network =
            new GraphNet<float>(
                new GraphNetOptions { HiddenSize = outputSize, MessageSize = outputSize, Rounds = Rounds, Aggregate = Aggregation.Mean });
        _plan = new GraphNetPlan(_network.Options, graph);
        _tape = _network.CreateTape(graph.NodeCount, graph.EdgeCount);
        _states = new float[graph.NodeCount * outputSize];
        _stateGradient = new float[_states.Length];
        Parameters = new ParameterSet<float>().Join("words.", _words.Parameters).Join("rounds.", _network.Parameters);
    }

    public int OutputSize => _words.OutputSize;

    public ParameterSet<float> Parameters { get; }

    public void Initialise(int seed)
    {
        _words.Initialise(seed);
        _network.Initialise(unchecked(seed + 1));
    }

    public void Pack()
    {
        _words.Pack();
        _network.Pack();
    }

    public void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        _words.Forward(x, _states);
        _network.Forward(_plan, _states, [], y, [], _tape);
    }

    public void Backward(ReadOnlySpan<float> dy, Span<float> dx)
    {
        _network.Backward(dy, [], _stateGradient, [], _tape);
        _words.Backward(_stateGradient, dx);
    }
}
