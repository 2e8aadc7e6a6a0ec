using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="NaryTreeLstm{T}"/>'s runs. Rows are in the schedule's order,
/// padded to whole blocks of units.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class NaryTreeLstmTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal NaryTreeLstmTape(NaryTreeLstm<T> owner, int maxNodes, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        int padded = GateLayout.Pad(owner.HiddenSize);
        long states = (long)maxNodes * padded;
        X = new AlignedBuffer<T>((long)maxNodes * owner.InputSize);
        Iou = new AlignedBuffer<T>(3 * states);
        InputF = new AlignedBuffer<T>(states);
        Gates = new AlignedBuffer<T>((3 + owner.Arity) * states);
        Children = new AlignedBuffer<T>((long)maxNodes * owner.Arity * owner.HiddenSize);
        ChildrenGradient = new AlignedBuffer<T>((long)maxNodes * owner.Arity * owner.HiddenSize);
        ChildrenCGradient = new AlignedBuffer<T>(owner.Arity * states);
        C = new AlignedBuffer<T>(states + padded);
        TanhC = new AlignedBuffer<T>(states);
        H = new AlignedBuffer<T>(states + padded);
        HGradient = new AlignedBuffer<T>(states);
        CGradient = new AlignedBuffer<T>(states);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal NaryTreeLstm<T> Owner { get; }

    internal NarySchedule? Schedule { get; set; }

    /// <summary>Nodes, the first in order, that have an input.</summary>
    internal int InputRows { get; set; }

    /// <summary>Inputs; in the end of a backward run their gradients.</summary>
    internal AlignedBuffer<T> X { get; }

    /// <summary>[N, i o u]: b + W x, then the gates, then the gradients of their pre-activations.</summary>
    internal AlignedBuffer<T> Iou { get; }

    /// <summary>[N, H]: b_f + W_f x, then the sum of the forget gates' gradients.</summary>
    internal AlignedBuffer<T> InputF { get; }

    /// <summary>[N, i o u f_1 … f_N]: the children's part; then f_k at its place; then the gradients of all. Not used by leaves.</summary>
    internal AlignedBuffer<T> Gates { get; }

    /// <summary>[N, arity, H]: the children's states, not padded.</summary>
    internal AlignedBuffer<T> Children { get; }

    internal AlignedBuffer<T> ChildrenGradient { get; }

    /// <summary>[N, arity, H]: f_k ⊙ ∂c.</summary>
    internal AlignedBuffer<T> ChildrenCGradient { get; }

    /// <summary>[1 + N, H], row 0 for nobody: zeros.</summary>
    internal AlignedBuffer<T> C { get; }

    internal AlignedBuffer<T> TanhC { get; }

    /// <summary>[1 + N, H], row 0 for nobody: zeros.</summary>
    internal AlignedBuffer<T> H { get; }

    internal AlignedBuffer<T> HGradient { get; }

    internal AlignedBuffer<T> CGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }
}
