using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="Gcn{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GcnTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal GcnTape(Gcn<T> owner, int maxNodes, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        Input = new AlignedBuffer<T>((long)maxNodes * owner.InputSize);
        Output = new AlignedBuffer<T>((long)maxNodes * owner.OutputSize);
        Product = new AlignedBuffer<T>((long)maxNodes * Math.Min(owner.InputSize, owner.OutputSize));
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Rows and columns that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal Gcn<T> Owner { get; }

    internal SparseMatrix<T>? Matrix { get; set; }

    /// <summary>What the weight was multiplied with: Â X [M, D] or X [N, D].</summary>
    internal AlignedBuffer<T> Input { get; }

    /// <summary>[M, O]: Y, then the gradient of f's argument.</summary>
    internal AlignedBuffer<T> Output { get; }

    /// <summary>What Â is multiplied with on the narrower side: X Wᵀ and its gradient [N, O], or the gradient of Â X [M, D].</summary>
    internal AlignedBuffer<T> Product { get; }

    internal AlignedBuffer<T> Workspace { get; }
}
