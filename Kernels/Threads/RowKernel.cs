using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>A kernel over rows (or columns) that do not depend on each other, so that threads can share them.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IRowKernel<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Leaves one part's share of the rows; perhaps none.</summary>
    /// <param name="part">0 … parts − 1.</param>
    /// <param name="parts">Parts in all.</param>
    void Take(int part, int parts);
}

/// <summary>Kernels on one thread or on several.</summary>
internal static class RowKernel
{
    /// <summary>Runs a kernel, on all threads if they save time.</summary>
    /// <param name="kernel">The kernel with all its rows.</param>
    /// <param name="multiplyAdds">The work.</param>
    /// <param name="workers">The threads, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TKernel, T>(scoped ref TKernel kernel, long multiplyAdds, WorkerPool? workers)
        where TKernel : struct, IRowKernel<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (WorkerPool.Parts(workers, multiplyAdds) > 1)
        {
            RowJob<TKernel, T> job = new() { Kernel = kernel };
            workers!.Run(ref job);
        }
        else
        {
            VectorKernel.Run<TKernel, T>(ref kernel);
        }
    }
}

/// <summary>A kernel whose rows threads share.</summary>
internal ref struct RowJob<TKernel, T> : IWorkerJob
    where TKernel : struct, IRowKernel<T>, allows ref struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public TKernel Kernel;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        TKernel share = Kernel;
        share.Take(part, parts);
        VectorKernel.Run<TKernel, T>(ref share);
    }
}
