using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="GsLstm{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GsLstmTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GsLstmTape(GsLstm<T> owner, int maxNodes, GsLstmOptions options, int[] workspaces, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        Passes =
            [.. workspaces.Select(workspace => new GsLstmPassTape<T>(maxNodes, options.InputSize, options.HiddenSize, workspace, workers))];
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal GsLstm<T> Owner { get; }

    internal GsLstmSchedule? Schedule { get; set; }

    internal GsLstmPassTape<T>[] Passes { get; }
}

/// <summary>The memory of one direction. Rows are in its schedule's order, states padded to whole blocks,
/// row 0 for whoever is missing.</summary>
internal sealed class GsLstmPassTape<T>(int maxNodes, int inputSize, int hiddenSize, int workspace, WorkerPool? workers)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public AlignedBuffer<T> X { get; } = new((long)maxNodes * inputSize);

    /// <summary>[N, i f g o c]: b + W x, then the gates, then the gradients of their pre-activations.</summary>
    public AlignedBuffer<T> Gates { get; } = new(5L * maxNodes * GateLayout.Pad(hiddenSize));

    /// <summary>[a level's nodes, i f g o c]: U h_p + V h_π.</summary>
    public AlignedBuffer<T> Recurrent { get; } = new(5L * maxNodes * GateLayout.Pad(hiddenSize));

    /// <summary>[N, h_p h_π], not padded.</summary>
    public AlignedBuffer<T> Seen { get; } = new(2L * maxNodes * hiddenSize);

    public AlignedBuffer<T> SeenGradient { get; } = new(2L * maxNodes * hiddenSize);

    /// <summary>[N, 2, H]: f ⊙ ∂c, g ⊙ ∂c.</summary>
    public AlignedBuffer<T> SeenCGradient { get; } = new(2L * maxNodes * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> C { get; } = new((maxNodes + 1L) * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> TanhC { get; } = new((long)maxNodes * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> H { get; } = new((maxNodes + 1L) * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> HGradient { get; } = new((maxNodes + 1L) * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> CGradient { get; } = new((maxNodes + 1L) * GateLayout.Pad(hiddenSize));

    public AlignedBuffer<T> Workspace { get; } = GradientWorkspace.Create<T>(workspace, workers);

    public WorkerPool? Workers { get; } = workers;
}
