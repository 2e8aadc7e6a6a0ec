using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>What a cell does with the nodes of a level, or with some of them: no node of a level depends on another.</summary>
internal interface ILevel
{
    /// <summary>Takes some of the rows.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="workers">Threads that may share the products within; null where the rows are shared already.</param>
    void Run(int first, int rows, WorkerPool? workers);
}

/// <summary>
/// A level whose rows are shared among threads: each takes its rows through sums, products and activations, so that a level is one piece of
/// work and its rows stay in one core's caches.
/// </summary>
internal ref struct LevelJob<TLevel> : IWorkerJob
    where TLevel : struct, ILevel, allows ref struct
{
    private const int Block = 8; // rows of a tile of the product

    private TLevel _level;
    private int _first;
    private int _rows;

    /// <summary>Takes a level, on all threads if they save time. With few rows it is the products that they share, by columns.</summary>
    /// <param name="level">The level.</param>
    /// <param name="first">Its first row.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="multiplyAdds">The work of a row.</param>
    /// <param name="workers">The threads, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TLevel level, int first, int rows, long multiplyAdds, WorkerPool? workers)
    {
        int parts = WorkerPool.Parts(workers, rows * multiplyAdds);
        if (parts == 1 || rows < parts * Block)
        {
            level.Run(first, rows, workers);
            return;
        }

        LevelJob<TLevel> job = new() { _level = level, _first = first, _rows = rows };
        workers!.Run(ref job);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        (int from, int to) = WorkerPool.Share(_rows, Block, part, parts);
        if (from < to)
        {
            _level.Run(_first + from, to - from, workers: null);
        }
    }
}
