using FastRecurrent.Cells;
using FastRecurrent.Graph;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>From the inputs of a forest's nodes to their states, upwards from the leaves.</summary>
internal abstract class TreeEncoder
{
    public abstract int StateSize { get; }

    public abstract ParameterSet<float> Parameters { get; }

    public abstract void Initialise(int seed);

    public abstract void Pack();

    /// <summary>Makes the memory for runs of up to so many nodes.</summary>
    public abstract void Reserve(int maxNodes);

    public abstract void Forward(int[] parents, ReadOnlySpan<float> x, Span<float> states);

    public abstract void Backward(ReadOnlySpan<float> stateGradients, Span<float> dx);
}

/// <summary>Binary Tree-LSTM with words at the leaves alone.</summary>
internal sealed class ConstituencyEncoder(int inputSize, int stateSize) : TreeEncoder
{
    private readonly NaryTreeLstm<float> _cell = new(inputSize, stateSize);
    private NaryTreeLstmTape<float>? _tape;

    public override int StateSize => _cell.HiddenSize;

    public override ParameterSet<float> Parameters => _cell.Parameters;

    public override void Initialise(int seed) => _cell.Initialise(seed);

    public override void Pack() => _cell.Pack();

    public override void Reserve(int maxNodes) => _tape = _cell.CreateTape(maxNodes);

    public override void Forward(int[] parents, ReadOnlySpan<float> x, Span<float> states) =>
        _cell.Forward(new NarySchedule(Forest.Children(Forest.FromParents(parents), _cell.Arity), _cell.Arity), x, states, default, _tape!,
            leavesOnly: true);

    public override void Backward(ReadOnlySpan<float> stateGradients, Span<float> dx) =>
        _cell.Backward(stateGradients, default, dx, _tape!);

    public override string ToString() => _cell.ToString();
}

/// <summary>Child-Sum Tree-LSTM with a word at every node.</summary>
internal sealed class DependencyEncoder(int inputSize, int stateSize) : TreeEncoder
{
    private readonly TreeLstm<float> _cell = new(inputSize, stateSize);
    private TreeLstmTape<float>? _tape;

    public override int StateSize => _cell.HiddenSize;

    public override ParameterSet<float> Parameters => _cell.Parameters;

    public override void Initialise(int seed) => _cell.Initialise(seed);

    public override void Pack() => _cell.Pack();

    // A forest has fewer edges than nodes.
    public override void Reserve(int maxNodes) => _tape = _cell.CreateTape(maxNodes, maxNodes);

    public override void Forward(int[] parents, ReadOnlySpan<float> x, Span<float> states) =>
        _cell.Forward(new LevelSchedule(Forest.FromParents(parents)), x, states, default, _tape!);

    public override void Backward(ReadOnlySpan<float> stateGradients, Span<float> dx) =>
        _cell.Backward(stateGradients, default, dx, _tape!);

    public override string ToString() => _cell.ToString();
}
