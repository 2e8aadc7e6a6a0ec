using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="GraphLstm{T}"/>'s runs. Rows are in the schedule's order,
/// states padded to whole blocks of units.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GraphLstmTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T>[] _features;

    internal GraphLstmTape(GraphLstm<T> owner, int maxNodes, int maxEdges, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        ArgumentOutOfRangeException.ThrowIfNegative(maxEdges);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        MaxEdges = maxEdges;
        GraphLstmOptions options = owner.Options;
        long states = (long)maxNodes * GateLayout.Pad(options.HiddenSize), edges = (long)maxEdges * GateLayout.Pad(options.HiddenSize);
        _features = [.. Enumerable.Range(0, options.Residual ? options.Layers : 1)
            .Select(_ => new AlignedBuffer<T>((long)maxNodes * options.InputSize))];
        FeatureGradient = new AlignedBuffer<T>((long)maxNodes * options.InputSize);
        H = new AlignedBuffer<T>((options.Layers + 1) * states);
        M = new AlignedBuffer<T>((options.Layers + 1) * states);
        HGradient = new AlignedBuffer<T>((options.Layers + 1) * states);
        MGradient = new AlignedBuffer<T>((options.Layers + 1) * states);
        Neighbour = new AlignedBuffer<T>(states);
        MeanGradient = new AlignedBuffer<T>(states);
        ForgetGradient = new AlignedBuffer<T>(edges);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
        Layers = [.. Enumerable.Range(0, options.Layers)
            .Select(_ => new GraphLstmLayerTape<T>(states, edges, options.OutputSeesNeighbours ? 3 : 2))];
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Edges that fit.</summary>
    public int MaxEdges { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal GraphLstm<T> Owner { get; }

    internal GraphLstmSchedule? Schedule { get; set; }

    internal GraphLstmLayerTape<T>[] Layers { get; }

    internal AlignedBuffer<T> FeatureGradient { get; }

    /// <summary>[layers + 1, N, H]: what each layer began with, and at the end what the last produced.</summary>
    internal AlignedBuffer<T> H { get; }

    internal AlignedBuffer<T> M { get; }

    internal AlignedBuffer<T> HGradient { get; }

    internal AlignedBuffer<T> MGradient { get; }

    /// <summary>[N, H]: U_fn h_j, then the gradient of it.</summary>
    internal AlignedBuffer<T> Neighbour { get; }

    /// <summary>[N, H]: ∂h̄_i / |N(i)|.</summary>
    internal AlignedBuffer<T> MeanGradient { get; }

    /// <summary>[E, H]: gradient of the pre-activation of ḡ^f_ij.</summary>
    internal AlignedBuffer<T> ForgetGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>[N, D], what layer <paramref name="layer"/> sees.</summary>
    internal Span<T> Features(int layer) => _features[Math.Min(layer, _features.Length - 1)].Span;
}

/// <summary>What a layer keeps of its forward run.</summary>
internal sealed class GraphLstmLayerTape<T>(long states, long edges, int meanGates)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[N, u f o c]: b + W f, then the gates, then gradients of pre-activations, f with that of the neighbours' gates.</summary>
    public AlignedBuffer<T> InputGates { get; } = new(4 * states);

    /// <summary>[N, u f o c]: U h, then gradients of pre-activations.</summary>
    public AlignedBuffer<T> StateGates { get; } = new(4 * states);

    /// <summary>[N, u (o) c]: U_n h̄, then gradients of pre-activations.</summary>
    public AlignedBuffer<T> MeanGates { get; } = new(meanGates * states);

    /// <summary>[N, H]: h̄.</summary>
    public AlignedBuffer<T> Mean { get; } = new(states);

    /// <summary>[E, H]: ḡ^f_ij, then its product with ∂m_i' / |N(i)|.</summary>
    public AlignedBuffer<T> Forget { get; } = new(edges);
}
