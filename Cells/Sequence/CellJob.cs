using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One step of a cell that threads can share: each takes some rows or, of a single row, some units,
/// whose weights then stay in its core's caches.
/// </summary>
internal ref struct CellJob<TCell, T> : IWorkerJob
    where TCell : struct, IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ref TCell Cell;

    /// <summary>x [rows, D]; empty where the step's gates already hold b + W x.</summary>
    public ReadOnlySpan<T> Input;

    /// <summary>Elements from row to row of x.</summary>
    public int InputStride;

    /// <summary>The whole step.</summary>
    public CellForward<T> Step;

    /// <summary>Multiply-adds of one row's two products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long StepWork(in TCell cell) => (long)(cell.OutputSize + cell.Input.Depth) * cell.Input.Width;

    /// <summary>Takes the step, on all threads if they save time.</summary>
    /// <param name="workers">The threads, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(WorkerPool? workers)
    {
        int depth = Cell.OutputSize + (Input.IsEmpty ? 0 : Cell.Input.Depth);
        if (WorkerPool.Parts(workers, (long)depth * Step.Gates.Length) > 1
            && (Step.Rows > 1 || (Cell.UnitsAreIndependent && Cell.Input.HasColumns)))
        {
            workers!.Run(ref this);
        }
        else
        {
            Rows(0, Step.Rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        if (Step.Rows > 1)
        {
            (int from, int to) = ShareRows(Step.Rows, part, parts);
            if (from < to)
            {
                Rows(from, to);
            }

            return;
        }

        (int first, int end) = WorkerPool.Share(Cell.Input.Gates.PaddedHiddenSize, GateLayout.Block, part, parts);
        if (first < end)
        {
            Cache.Prefetch(Input);
            Cache.Prefetch<T>(Step.RecurrentInput.Span);
            Cell.Forward(Step with { FirstUnit = first, EndUnit = end }, Input);
        }
    }

    /// <summary>One part's share of rows: in eights, a tile of the product, where there are enough of them.</summary>
    private static (int From, int To) ShareRows(int rows, int part, int parts) =>
        WorkerPool.Share(rows, rows >= 16 * parts ? 8 : 1, part, parts);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Rows(int from, int to)
    {
        int rows = to - from, width = Cell.Input.Gates.Width;
        if (!Input.IsEmpty)
        {
            Cell.Input.Forward(Input[(from * InputStride)..], InputStride, rows, Step.Gates.Span[(from * width)..], width);
        }

        Cell.Forward(rows == Step.Rows ? Step : Slice(from, rows));
    }

    private readonly CellForward<T> Slice(int from, int rows)
    {
        int hidden = GateLayout.Pad(Cell.OutputSize), cellState = GateLayout.Pad(Cell.CellStateSize), saved = Cell.SavedSize,
            width = Cell.Input.Gates.Width;
        return new CellForward<T>
        {
            Rows = rows,
            Gates = Step.Gates.Slice(from * width, rows * width),
            PreviousHidden = Step.PreviousHidden.Slice(from * hidden, rows * hidden),
            RecurrentInput = Step.RecurrentInput.Slice(from * hidden, rows * hidden),
            PreviousCellState = Step.PreviousCellState.Slice(from * cellState, rows * cellState),
            Hidden = Step.Hidden.Slice(from * hidden, rows * hidden),
            CellState = Step.CellState.Slice(from * cellState, rows * cellState),
            Saved = Step.Saved.Slice(from * saved, rows * saved),
        };
    }
}
