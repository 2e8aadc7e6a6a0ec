using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void BackwardLayers(
        scoped in SequenceOutputGradient<T> upstream, scoped in SequenceInputGradient<T> gradient, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        (AlignedBuffer<T> outputGradient, AlignedBuffer<T> inputGradient) = tape.OutputGradient;
        GatherOutputGradient(upstream.Y, outputGradient.Span, schedule);
        for (int layer = Layers - 1; layer >= 0; layer--)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                int cell = layer * Directions + direction;
                SequenceOutputGradient<T> source = new()
                {
                    Y = outputGradient.Span,
                    H = StateOf(upstream.H, cell, schedule.Batch, HiddenSize),
                    C = StateOf(upstream.C, cell, schedule.Batch, CellStateSize),
                };
                SequenceInputGradient<T> target = new()
                {
                    X = layer > 0 || !gradient.X.IsEmpty ? inputGradient.Span : default,
                    H0 = StateOf(gradient.H0, cell, schedule.Batch, HiddenSize),
                    C0 = StateOf(gradient.C0, cell, schedule.Batch, CellStateSize),
                };
                BackwardCell(layer, direction, source, target, tape);
            }

            if (layer > 0 || !gradient.X.IsEmpty)
            {
                DropInput(layer, inputGradient.Span, tape);
            }

            (outputGradient, inputGradient) = (inputGradient, outputGradient);
        }

        ScatterInputGradient(outputGradient.Span, gradient.X, schedule);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardCell(
        int layer, int direction, scoped in SequenceOutputGradient<T> upstream, scoped in SequenceInputGradient<T> gradient, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        int index = layer * Directions + direction;
        ref TCell cell = ref _cells[index];
        int saved = cell.SavedSize, hidden = HiddenStride, cellState = CellStateStride;
        Span<T> hiddenGradient = tape.Hidden.Previous.Span, cellStateGradient = tape.CellState.Previous.Span;
        ReadOnlySpan<T> recurrentInputs = (tape.Dropout.State > 0 ? tape.RecurrentInputs : tape.PreviousHidden)[index].Span;
        bool reverse = direction == 1;

        tape.RecurrentGradient.Span.Clear();
        CopyStates(upstream.H, gradient.H0, HiddenSize, schedule.Steps == 0 ? 0 : schedule.Active(0), schedule);
        CopyStates(upstream.C, gradient.C0, CellStateSize, schedule.Steps == 0 ? 0 : schedule.Active(0), schedule);
        for (int i = 0; i < schedule.Steps; i++)
        {
            int t = reverse ? i : schedule.Steps - 1 - i; // the run backwards
            int active = schedule.Active(t);
            if (active == 0)
            {
                continue;
            }

            (int from, int to) = Leaving(t, reverse, schedule);
            LoadStates(upstream.H, HiddenSize, hiddenGradient, hidden, from, to, schedule);
            LoadStates(upstream.C, CellStateSize, cellStateGradient, cellState, from, to, schedule);
            BackwardJob step = new()
            {
                Network = this,
                Tape = tape,
                Cell = index,
                Direction = direction,
                Time = t,
                OutputGradient = upstream.Y,
                RecurrentInputs = recurrentInputs,
            };
            if (WorkerPool.Parts(tape.Workers, (long)active * cell.Input.Gates.Width * HiddenSize) > 1 && active > 1)
            {
                tape.Workers!.Run(ref step);
            }
            else
            {
                step.Run(0, 1);
            }

            (from, to) = Entering(t, reverse, schedule);
            StoreStates(hiddenGradient, hidden, gradient.H0, HiddenSize, from, to, schedule);
            StoreStates(cellStateGradient, cellState, gradient.C0, CellStateSize, from, to, schedule);
        }

        int rows = schedule.Rows, inputStride = GateLayout.Pad(cell.Input.Depth);
        ReadOnlySpan<T> all = tape.Saved[index].Span[..(rows * saved)];
        Span<T> workspace = tape.Workspace.Span;
        cell.Input.AccumulateWeightGradient(all, saved, tape.Inputs[layer].Span, inputStride, rows, workspace, tape.Workers);
        cell.AccumulateGradients(
            new CellRows<T>
            {
                Rows = rows,
                Workers = tape.Workers,
                RecurrentInput = recurrentInputs[..(rows * hidden)],
                PreviousCellState = tape.PreviousCellState[index].Span[..(rows * cellState)],
                Saved = all,
            },
            workspace);
        if (!gradient.X.IsEmpty)
        {
            cell.Input.Backward(all, saved, rows, gradient.X, inputStride, accumulate: direction > 0, tape.Workers);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherOutputGradient(ReadOnlySpan<T> dy, Span<T> rows, BatchSchedule schedule)
    {
        int stride = GateLayout.Pad(OutputSize);
        if (dy.IsEmpty)
        {
            rows[..(schedule.Rows * stride)].Clear();
            return;
        }

        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = 0; place < schedule.Active(t); place++)
            {
                dy.Slice(schedule.SourceRow(t, place) * OutputSize, OutputSize)
                    .CopyTo(rows[((schedule.Offset(t) + place) * stride)..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScatterInputGradient(ReadOnlySpan<T> rows, Span<T> dx, BatchSchedule schedule)
    {
        if (dx.IsEmpty)
        {
            return;
        }

        if (schedule.HasPadding)
        {
            dx.Clear();
        }

        int stride = GateLayout.Pad(InputSize);
        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = 0; place < schedule.Active(t); place++)
            {
                rows.Slice((schedule.Offset(t) + place) * stride, InputSize)
                    .CopyTo(dx[(schedule.SourceRow(t, place) * InputSize)..]);
            }
        }
    }
}
