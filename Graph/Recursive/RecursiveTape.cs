using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="Recursive{T}"/>'s runs. Rows are in the schedule's order.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RecursiveTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RecursiveTape(Recursive<T> owner, int maxNodes, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        long states = (long)maxNodes * GateLayout.Pad(owner.HiddenSize), children = 2L * maxNodes * owner.HiddenSize;
        H = new AlignedBuffer<T>(states + GateLayout.Pad(owner.HiddenSize));
        HGradient = new AlignedBuffer<T>(states);
        Children = new AlignedBuffer<T>(children);
        ChildrenGradient = new AlignedBuffer<T>(children);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal Recursive<T> Owner { get; }

    internal NarySchedule? Schedule { get; set; }

    /// <summary>[1 + N, H padded], row 0 for nobody.</summary>
    internal AlignedBuffer<T> H { get; }

    /// <summary>[N, H padded]: ∂h, and of inner nodes then that of the pre-activation.</summary>
    internal AlignedBuffer<T> HGradient { get; }

    /// <summary>[N, 2H]: both children's states.</summary>
    internal AlignedBuffer<T> Children { get; }

    internal AlignedBuffer<T> ChildrenGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }
}
