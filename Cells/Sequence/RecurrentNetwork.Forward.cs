using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void RunLayers(scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        GatherInput(input.X, tape);
        if (schedule.HasPadding)
        {
            output.Y.Clear();
        }

        for (int layer = 0; layer < Layers; layer++)
        {
            DropInput(layer, tape.Inputs[layer].Span, tape);
            for (int direction = 0; direction < Directions; direction++)
            {
                int cell = layer * Directions + direction;
                ReadOnlySpan<T> h0 = StateOf(input.H0, cell, schedule.Batch, HiddenSize);
                ReadOnlySpan<T> c0 = StateOf(input.C0, cell, schedule.Batch, CellStateSize);
                SequenceOutput<T> target = new()
                {
                    Y = output.Y,
                    H = StateOf(output.H, cell, schedule.Batch, HiddenSize),
                    C = StateOf(output.C, cell, schedule.Batch, CellStateSize),
                };
                RunCell(layer, direction, h0, c0, target, tape);
            }
        }
    }

    /// <summary>Copies x into the tape in the order of the schedule, without padding and without denormals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherInput(ReadOnlySpan<T> x, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        Span<T> rows = tape.Inputs[0].Span;
        int stride = GateLayout.Pad(InputSize);
        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = 0; place < schedule.Active(t); place++)
            {
                ReadOnlySpan<T> source = x.Slice(schedule.SourceRow(t, place) * InputSize, InputSize);
                NeuralPrimitives.FlushTiny(source, rows.Slice((schedule.Offset(t) + place) * stride, InputSize));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunCell(
        int layer, int direction, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0, scoped in SequenceOutput<T> output, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        int index = layer * Directions + direction;
        ref TCell cell = ref _cells[index];
        int inputStride = GateLayout.Pad(cell.Input.Depth), gateWidth = cell.Input.Gates.Width;
        int hidden = HiddenStride, cellState = CellStateStride;
        ReadOnlySpan<T> x = tape.Inputs[layer].Span;
        Span<T> gates = tape.Gates.Span;
        (AlignedBuffer<T> previousHidden, AlignedBuffer<T> nextHidden) = tape.Hidden;
        (AlignedBuffer<T> previousCellState, AlignedBuffer<T> nextCellState) = tape.CellState;
        bool reverse = direction == 1;

        CopyStates(h0, output.H, HiddenSize, schedule.Steps == 0 ? 0 : schedule.Active(0), schedule);
        CopyStates(c0, output.C, CellStateSize, schedule.Steps == 0 ? 0 : schedule.Active(0), schedule);
        int first = 0, last = 0; // the steps whose input products lie in gates: [first, last)
        for (int i = 0; i < schedule.Steps; i++)
        {
            int t = reverse ? schedule.Steps - 1 - i : i;
            int active = schedule.Active(t), row = schedule.Offset(t);
            if (active == 0)
            {
                continue;
            }

            if (t < first || t >= last)
            {
                (first, last) = Chunk(t, reverse, schedule, tape.GateRows);
                int chunkRow = schedule.Offset(first);
                int chunkRows = schedule.Offset(last - 1) + schedule.Active(last - 1) - chunkRow;
                cell.Input.Forward(x[(chunkRow * inputStride)..], inputStride, chunkRows, gates, gateWidth, tape.Workers);
            }

            (int from, int to) = Entering(t, reverse, schedule);
            LoadStates(h0, HiddenSize, previousHidden.Span, hidden, from, to, schedule);
            LoadStates(c0, CellStateSize, previousCellState.Span, cellState, from, to, schedule);
            ForwardJob step = new()
            {
                Network = this,
                Tape = tape,
                Layer = layer,
                Direction = direction,
                Time = t,
                Gates = gates.Slice((row - schedule.Offset(first)) * gateWidth, active * gateWidth),
                PreviousHidden = previousHidden.Span,
                NextHidden = nextHidden.Span,
                PreviousCellState = previousCellState.Span,
                NextCellState = nextCellState.Span,
                Y = output.Y,
            };
            if (active > 1 && WorkerPool.Parts(tape.Workers, (long)active * gateWidth * HiddenSize) > 1)
            {
                tape.Workers!.Run(ref step);
            }
            else
            {
                step.Run(0, 1);
            }

            (from, to) = Leaving(t, reverse, schedule);
            StoreStates(nextHidden.Span, hidden, output.H, HiddenSize, from, to, schedule);
            StoreStates(nextCellState.Span, cellState, output.C, CellStateSize, from, to, schedule);
            (previousHidden, nextHidden) = (nextHidden, previousHidden);
            (previousCellState, nextCellState) = (nextCellState, previousCellState);
        }
    }

    /// <summary>Leaves out inputs of a layer, or, since the mask is the same, gradients of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DropInput(int layer, Span<T> rows, Tape<T> tape)
    {
        SequenceDropout dropout = tape.Dropout;
        if (!dropout.HasInput(layer))
        {
            return;
        }

        BatchSchedule schedule = tape.Schedule;
        int size = _cells[layer * Directions].Input.Depth, stride = GateLayout.Pad(size);
        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = 0; place < schedule.Active(t); place++)
            {
                Span<T> row = rows.Slice((schedule.Offset(t) + place) * stride, size);
                int sequence = schedule.Order[place];
                if (dropout.Input > 0)
                {
                    DropoutMask.Apply(row, dropout.Input, dropout.Seed, DropoutMask.InputPurpose, layer, sequence, step: 0);
                }

                if (dropout.Between > 0 && layer > 0)
                {
                    DropoutMask.Apply(row, dropout.Between, dropout.Seed, DropoutMask.BetweenPurpose, layer, sequence, t);
                }
            }
        }
    }

    /// <summary>Leaves out states as products see them, or gradients of those.</summary>
    /// <param name="cell">layer·directions + direction.</param>
    /// <param name="rows">[places, h], from the first place on.</param>
    /// <param name="firstPlace">The first place.</param>
    /// <param name="tape">The tape.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DropState(int cell, Span<T> rows, int firstPlace, Tape<T> tape)
    {
        for (int i = 0; i < rows.Length / HiddenStride; i++)
        {
            DropoutMask.Apply(
                rows.Slice(i * HiddenStride, HiddenSize), tape.Dropout.State, tape.Dropout.Seed, DropoutMask.StatePurpose, cell, tape.Schedule.Order[firstPlace + i], step: 0);
        }
    }

    /// <summary>The steps around <paramref name="t"/>, in the direction of the run, whose rows fit into the gate buffer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int First, int Last) Chunk(int t, bool reverse, BatchSchedule schedule, int maxRows)
    {
        int first = t, last = t + 1;
        int rows = schedule.Active(t);
        if (reverse)
        {
            while (first > 0 && rows + schedule.Active(first - 1) <= maxRows)
            {
                rows += schedule.Active(--first);
            }
        }
        else
        {
            while (last < schedule.Steps && rows + schedule.Active(last) <= maxRows)
            {
                rows += schedule.Active(last++);
            }
        }

        return (first, last);
    }

    /// <summary>The places whose first step, in the direction of the run, is <paramref name="t"/>.</summary>
    private static (int From, int To) Entering(int t, bool reverse, BatchSchedule schedule) =>
        reverse ? (schedule.Active(t + 1), schedule.Active(t)) : t == 0 ? (0, schedule.Active(0)) : (0, 0);

    /// <summary>The places whose last step, in the direction of the run, is <paramref name="t"/>.</summary>
    private static (int From, int To) Leaving(int t, bool reverse, BatchSchedule schedule) => Entering(t, !reverse, schedule);

    private static ReadOnlySpan<T> StateOf(ReadOnlySpan<T> states, int cell, int batch, int size) =>
        states.IsEmpty ? default : states.Slice(cell * batch * size, batch * size);

    private static Span<T> StateOf(Span<T> states, int cell, int batch, int size) =>
        states.IsEmpty ? default : states.Slice(cell * batch * size, batch * size);

    /// <summary>Caller's rows [B, size] to places; missing ones are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadStates(ReadOnlySpan<T> source, int size, Span<T> target, int stride, int from, int to, BatchSchedule schedule)
    {
        for (int place = from; place < to; place++)
        {
            Span<T> row = target.Slice(place * stride, stride);
            row.Clear();
            if (!source.IsEmpty)
            {
                NeuralPrimitives.FlushTiny(source.Slice(schedule.Order[place] * size, size), row[..size]);
            }
        }
    }

    /// <summary>Places to the caller's rows [B, size].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreStates(ReadOnlySpan<T> source, int stride, Span<T> target, int size, int from, int to, BatchSchedule schedule)
    {
        if (target.IsEmpty)
        {
            return;
        }

        for (int place = from; place < to; place++)
        {
            source.Slice(place * stride, size).CopyTo(target[(schedule.Order[place] * size)..]);
        }
    }

    /// <summary>Sequences without a step pass their states, or gradients, on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyStates(ReadOnlySpan<T> source, Span<T> target, int size, int from, BatchSchedule schedule)
    {
        if (target.IsEmpty)
        {
            return;
        }

        for (int place = from; place < schedule.Batch; place++)
        {
            Span<T> row = target.Slice(schedule.Order[place] * size, size);
            if (source.IsEmpty)
            {
                row.Clear();
            }
            else
            {
                source.Slice(schedule.Order[place] * size, size).CopyTo(row);
            }
        }
    }
}
