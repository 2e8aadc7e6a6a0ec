using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Memory for products that make gradients of weights.</summary>
internal static class GradientWorkspace
{
    /// <summary>Memory with a part for each thread.</summary>
    /// <param name="length">Elements that a thread needs.</param>
    /// <param name="workers">The threads; null for one.</param>
    public static AlignedBuffer<T> Create<T>(int length, WorkerPool? workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new((long)length * (workers?.Count ?? 1));
}
