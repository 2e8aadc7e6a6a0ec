using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="TreeLstm{T}"/>'s runs. Rows are in the schedule's order, padded to whole blocks of units.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TreeLstmTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal TreeLstmTape(TreeLstm<T> owner, int maxNodes, int maxEdges, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        ArgumentOutOfRangeException.ThrowIfNegative(maxEdges);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        MaxEdges = maxEdges;
        long states = (long)maxNodes * GateLayout.Pad(owner.HiddenSize), edges = (long)maxEdges * GateLayout.Pad(owner.HiddenSize);
        X = new AlignedBuffer<T>((long)maxNodes * owner.InputSize);
        Iou = new AlignedBuffer<T>(3 * states);
        StateIou = new AlignedBuffer<T>(3 * states);
        InputF = new AlignedBuffer<T>(states);
        StateF = new AlignedBuffer<T>(states);
        Forget = new AlignedBuffer<T>(edges);
        ForgetGradient = new AlignedBuffer<T>(edges);
        ChildSum = new AlignedBuffer<T>(states);
        ChildSumGradient = new AlignedBuffer<T>(states);
        C = new AlignedBuffer<T>(states);
        TanhC = new AlignedBuffer<T>(states);
        H = new AlignedBuffer<T>(states);
        HGradient = new AlignedBuffer<T>(states);
        CGradient = new AlignedBuffer<T>(states);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Edges that fit.</summary>
    public int MaxEdges { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal TreeLstm<T> Owner { get; }

    internal LevelSchedule? Schedule { get; set; }

    /// <summary>Inputs; in the end of a backward run their gradients.</summary>
    internal AlignedBuffer<T> X { get; }

    /// <summary>[N, i o u]: b + W x, then the gates, then the gradients of their pre-activations.</summary>
    internal AlignedBuffer<T> Iou { get; }

    /// <summary>[N, i o u]: U h̃.</summary>
    internal AlignedBuffer<T> StateIou { get; }

    /// <summary>[N, H]: b_f + W_f x, then Σ_k ∂f'_jk.</summary>
    internal AlignedBuffer<T> InputF { get; }

    /// <summary>[N, H]: U_f h_k, then Σ_j ∂f'_jk.</summary>
    internal AlignedBuffer<T> StateF { get; }

    /// <summary>[E, H]: f_jk, then f_jk ⊙ ∂c_j.</summary>
    internal AlignedBuffer<T> Forget { get; }

    /// <summary>[E, H]: ∂f'_jk.</summary>
    internal AlignedBuffer<T> ForgetGradient { get; }

    /// <summary>[N, H]: h̃.</summary>
    internal AlignedBuffer<T> ChildSum { get; }

    internal AlignedBuffer<T> ChildSumGradient { get; }

    internal AlignedBuffer<T> C { get; }

    internal AlignedBuffer<T> TanhC { get; }

    internal AlignedBuffer<T> H { get; }

    internal AlignedBuffer<T> HGradient { get; }

    internal AlignedBuffer<T> CGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }
}
