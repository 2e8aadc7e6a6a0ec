using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>
    /// The steps of a single sequence that is not recorded: what <see cref="RunSteps"/> does, with nothing to look up from step to step.
    /// Small cells take such a sequence in three quarters of the time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunSequence(
        int layer, int direction, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0, scoped in SequenceOutput<T> output, scoped in Places<T> places,
        WorkerPool? workers)
    {
        Tape<T> tape = places.Tape;
        BatchSchedule schedule = places.Schedule;
        int index = layer * Directions + direction, steps = schedule.Rows;
        ref TCell cell = ref _cells[index];
        workers = WorksAhead(cell, workers) ? null : workers;
        LoadStates(h0, HiddenSize, tape.Hidden.Item1.Span, HiddenStride, 0, 1, schedule);
        LoadStates(c0, CellStateSize, tape.CellState.Item1.Span, CellStateStride, 0, 1, schedule);
        AlignedMemory<T> hidden = tape.Hidden.Item1.AsMemory(0, HiddenStride), nextHidden = tape.Hidden.Item2.AsMemory(0, HiddenStride);
        AlignedMemory<T> cellState = tape.CellState.Item1.AsMemory(0, CellStateStride),
            nextCellState = tape.CellState.Item2.AsMemory(0, CellStateStride);
        AlignedMemory<T> saved = tape.Saved[index].AsMemory(0, cell.SavedSize);
        bool reverse = direction == 1, isLast = layer + 1 == Layers;
        int turn = 0, turns = 2 * tape.WeightCopies[index], copyLength = cell.Recurrent?.Length ?? 0;
        int stride = isLast ? OutputSize : GateLayout.Pad(OutputSize), size = HiddenSize;
        SequenceGates gates = new(this, layer, ref cell, reverse, places, workers);
        Span<T> y = isLast ? output.Y : tape.Inputs[layer + 1].Span;
        for (int i = 0; i < steps; i++)
        {
            int t = reverse ? steps - 1 - i : i;
            CellForward<T> step = new()
            {
                Rows = 1,
                Gates = gates.Of(t),
                PreviousHidden = hidden,
                RecurrentInput = hidden,
                PreviousCellState = cellState,
                Hidden = nextHidden,
                CellState = nextCellState,
                Saved = saved,
                IsDescending = (turn & 1) != 0,
                WeightOffset = (turn >> 1) * copyLength,
                Ahead = gates.Ahead,
            };
            cell.Forward(step);
            if (!y.IsEmpty)
            {
                nextHidden.Span[..size].CopyTo(y[(t * stride + direction * size)..]);
            }

            if (!output.CellStates.IsEmpty)
            {
                nextCellState.Span[..CellStateSize].CopyTo(output.CellStates[((t * Directions + direction) * CellStateSize)..]);
            }

            turn = turn + 1 == turns ? 0 : turn + 1;
            (hidden, nextHidden) = (nextHidden, hidden);
            (cellState, nextCellState) = (nextCellState, cellState);
        }

        StoreStates(hidden.Span, HiddenStride, output.H, HiddenSize, 0, 1, schedule);
        StoreStates(cellState.Span, CellStateStride, output.C, CellStateSize, 0, 1, schedule);
    }
}
