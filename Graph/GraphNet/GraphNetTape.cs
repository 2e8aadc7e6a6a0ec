using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The memory of a <see cref="GraphNet{T}"/>'s runs. Rows are padded to whole blocks of units; the rows of all rounds lie one after
/// another, so that one product makes the gradient of a weight of the GRU. What the options do not need is empty.
/// </summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GraphNetTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _states;
    private readonly AlignedBuffer<T> _stateGradient;
    private readonly AlignedBuffer<T> _messages;
    private readonly AlignedBuffer<T> _messageGradient;
    private readonly AlignedBuffer<T> _winners;
    private readonly AlignedBuffer<T> _inverseDegree;
    private readonly AlignedBuffer<T> _count;
    private readonly AlignedBuffer<T> _workspace;

    internal GraphNetTape(GraphNet<T> owner, int maxNodes, int maxEdges, int maxGraphs, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        ArgumentOutOfRangeException.ThrowIfNegative(maxEdges);
        ArgumentOutOfRangeException.ThrowIfNegative(maxGraphs);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        MaxEdges = maxEdges;
        MaxGraphs = maxGraphs;
        GraphNetOptions options = owner.Options;
        bool max = options.Aggregate == Aggregation.Max;
        StateStride = GateLayout.Pad(options.HiddenSize);
        MessageStride = GateLayout.Pad(options.MessageSize);
        long nodes = maxNodes, rounds = options.Rounds * nodes;
        _states = new AlignedBuffer<T>((rounds + nodes) * StateStride);
        _stateGradient = new AlignedBuffer<T>(nodes * StateStride);
        _messages = new AlignedBuffer<T>(rounds * MessageStride);
        _messageGradient = new AlignedBuffer<T>(nodes * MessageStride);
        _winners = new AlignedBuffer<T>(max ? rounds * MessageStride : 0);
        _inverseDegree = new AlignedBuffer<T>(nodes);
        _count = new AlignedBuffer<T>(nodes);
        _workspace = GradientWorkspace.Create<T>(workspace, workers);
        Linear = options.Message == MessageFunction.Linear ? new LinearMessageTape<T>(options, nodes, maxEdges) : null;
        Mlp = options.Message == MessageFunction.Mlp ? new MlpMessageTape<T>(options, nodes, maxEdges) : null;
        Update = new GraphUpdateTape<T>(options, nodes);
        Readout = new GraphReadoutTape<T>(options, nodes, maxGraphs, owner.Attention?.CreateTape(maxNodes, workers));
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Edges that fit.</summary>
    public int MaxEdges { get; }

    /// <summary>Graphs that fit.</summary>
    public int MaxGraphs { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal GraphNet<T> Owner { get; }

    /// <summary>That of the last forward run; null once it has been taken back.</summary>
    internal GraphNetPlan? Plan { get; set; }

    /// <summary>Nodes of the present run.</summary>
    internal int Nodes { get; set; }

    /// <summary>⌈H⌉.</summary>
    internal int StateStride { get; }

    /// <summary>⌈M⌉.</summary>
    internal int MessageStride { get; }

    /// <summary>[N]: 1/degree, 0 for no neighbours; for means.</summary>
    internal ReadOnlySpan<T> InverseDegree => _inverseDegree.Span[..Nodes];

    /// <summary>[N]: how often a bias enters a node's message: its degree, for means once if it has a neighbour.</summary>
    internal ReadOnlySpan<T> Count => _count.Span[..Nodes];

    /// <summary>[N, ⌈H⌉]: the gradient of the states at the present round.</summary>
    internal Span<T> StateGradient => _stateGradient.Span[..(Nodes * StateStride)];

    /// <summary>[N, ⌈M⌉]: the gradient of the present round's messages.</summary>
    internal Span<T> MessageGradient => _messageGradient.Span[..(Nodes * MessageStride)];

    internal Span<T> Workspace => _workspace.Span;

    internal LinearMessageTape<T>? Linear { get; }

    internal MlpMessageTape<T>? Mlp { get; }

    internal GraphUpdateTape<T> Update { get; }

    internal GraphReadoutTape<T> Readout { get; }

    /// <summary>[N, ⌈H⌉]: the states before a round; after the last for <c>round</c> = rounds.</summary>
    internal Span<T> StateOf(int round) => StatesOf(round, 1).Span;

    /// <summary>The states before each of some rounds.</summary>
    internal AlignedMemory<T> StatesOf(int round, int rounds) =>
        _states.AsMemory(round * Nodes * StateStride, rounds * Nodes * StateStride);

    /// <summary>[N, ⌈M⌉]: m of a round.</summary>
    internal Span<T> MessageOf(int round) => MessagesOf(round, 1);

    /// <summary>m of some rounds.</summary>
    internal Span<T> MessagesOf(int round, int rounds) =>
        _messages.Span.Slice(round * Nodes * MessageStride, rounds * Nodes * MessageStride);

    /// <summary>[N, ⌈M⌉]: whose message was the largest.</summary>
    internal Span<T> WinnerOf(int round) => _winners.Span.Slice(round * Nodes * MessageStride, Nodes * MessageStride);

    /// <summary>Takes a graph in.</summary>
    internal void Begin(GraphNetPlan plan)
    {
        Plan = plan;
        Nodes = plan.NodeCount;
        bool mean = plan.Options.Aggregate == Aggregation.Mean;
        Span<T> inverse = _inverseDegree.Span, count = _count.Span;
        for (int v = 0; v < Nodes; v++)
        {
            int degree = plan.Graph.InDegree(v);
            inverse[v] = Scalar.From<T>(degree == 0 ? 0 : 1.0 / degree);
            count[v] = Scalar.From<T>(mean ? Math.Min(1, degree) : degree);
        }
    }
}
