using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void RunLayers(scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        ReadOnlySpan<T> inPlace = CanStay(input.X, output.Y, tape) ? input.X : default;
        if (IsShared(tape))
        {
            schedule.Divide(tape.Workers!.Count, SmallestGroup);
            Span<long> groups = stackalloc long[schedule.Groups];
            ForwardJob job = new()
            {
                Network = this,
                Input = input,
                InPlace = inPlace,
                Output = output,
                Tape = tape,
                Groups = new GroupQueue(groups, _cells.Length * schedule.Steps),
            };
            tape.Workers.Run(ref job);
        }
        else
        {
            RunPlaces(input, output, new Places<T>(tape) { Input = inPlace }, tape.Workers);
        }

        ClearPadding(output.Y, OutputSize, schedule);
        ClearPadding(output.CellStates, Directions * CellStateSize, schedule);
    }

    /// <summary>Zeros the caller's rows that no sequence reaches, last of all: they may be memory of what is read.</summary>
    private static void ClearPadding(Span<T> rows, int size, BatchSchedule schedule)
    {
        if (rows.IsEmpty || !schedule.HasPadding)
        {
            return;
        }

        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = schedule.Active(t); place < schedule.Batch; place++)
            {
                rows.Slice(schedule.SourceRow(t, place) * size, size).Clear();
            }
        }
    }

    /// <summary>Runs some of the sequences: no sequence needs another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPlaces(scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output, scoped in Places<T> places,
        WorkerPool? workers)
    {
        for (int cell = 0; cell < _cells.Length; cell++)
        {
            int step = 0;
            do
            {
                step = RunStretch(cell, step, input, output, places, workers);
            }
            while (step < places.Schedule.Steps);
        }
    }

    /// <summary>Takes some of the sequences through a stretch of steps of one cell.</summary>
    /// <param name="index">layer·directions + direction. They come one after another, each from its first step on.</param>
    /// <param name="step">Where the stretch begins, counted as the cell goes.</param>
    /// <param name="input">All x.</param>
    /// <param name="output">All y.</param>
    /// <param name="places">The sequences.</param>
    /// <param name="workers">Threads that share products and steps of one row, or null.</param>
    /// <returns>Where it ends: the next step, or the number of steps.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int RunStretch(int index, int step, scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output,
        scoped in Places<T> places, WorkerPool? workers)
    {
        int batch = places.Schedule.Batch, layer = index / Directions, direction = index % Directions;
        ReadOnlySpan<T> h0 = StateOf(input.H0, index, batch, HiddenSize);
        ReadOnlySpan<T> c0 = StateOf(input.C0, index, batch, CellStateSize);
        SequenceOutput<T> target = new()
        {
            Y = output.Y,
            H = StateOf(output.H, index, batch, HiddenSize),
            C = StateOf(output.C, index, batch, CellStateSize),
            CellStates = layer + 1 == Layers ? output.CellStates : default,
        };
        if (step == 0)
        {
            if (index == 0 && places.Input.IsEmpty)
            {
                GatherInput(input.X, places);
            }

            if (direction == 0)
            {
                DropInput(layer, places.Tape.Inputs[layer].Span, places);
            }

            CopyStates(h0, target.H, HiddenSize, places);
            CopyStates(c0, target.C, CellStateSize, places);
            if (batch == 1 && places.Schedule.Rows > 0 && !places.Tape.IsRecording && places.Tape.Dropout.State == 0)
            {
                if (IsSharedSequence(_cells[index], workers))
                {
                    RunSharedSequence(layer, direction, h0, c0, target, places, workers!);
                }
                else
                {
                    RunSequence(layer, direction, h0, c0, target, places, workers);
                }

                return places.Schedule.Steps;
            }
        }

        return RunSteps(layer, direction, step, h0, c0, target, places, workers);
    }

    /// <summary>Whether products can read x where it is: nothing writes it meanwhile or will want a copy of it.</summary>
    private static bool CanStay(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Tape<T> tape) =>
        tape.Schedule.IsCallersOrder && !tape.IsRecording && !tape.Dropout.HasInput(0)
        && !x.Overlaps(y);

    /// <summary>Copies x into the tape in the order of the schedule, without padding and without denormals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherInput(ReadOnlySpan<T> x, scoped in Places<T> places)
    {
        BatchSchedule schedule = places.Schedule;
        Span<T> rows = places.Tape.Inputs[0].Span;
        int stride = GateLayout.Pad(InputSize);
        for (int t = 0; t < schedule.Steps; t++)
        {
            int together = Together(t, InputSize, InputSize, true, places);
            for (int place = places.From; place < places.End(t); place += together)
            {
                ReadOnlySpan<T> source = x.Slice(schedule.SourceRow(t, place) * InputSize, together * InputSize);
                NeuralPrimitives.FlushTiny(source, rows.Slice((schedule.Offset(t) + place) * stride, source.Length));
            }
        }
    }

    /// <summary>As many steps of a cell as have their input products in the gate buffer.</summary>
    /// <returns>The steps taken then, of <paramref name="taken"/> before.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int RunSteps(
        int layer, int direction, int taken, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0, scoped in SequenceOutput<T> output,
        scoped in Places<T> places, WorkerPool? workers)
    {
        BatchSchedule schedule = places.Schedule;
        Tape<T> tape = places.Tape;
        int index = layer * Directions + direction;
        ref TCell cell = ref _cells[index];
        int gateWidth = cell.Input.Gates.Width, saved = cell.SavedSize, hidden = HiddenStride, cellState = CellStateStride;
        bool reverse = direction == 1;
        int turns = 2 * tape.WeightCopies[index], copyLength = cell.Recurrent?.Length ?? 0;
        int from = places.From, steps = schedule.Steps, direct = reverse ? -1 : 1;
        int start = reverse ? steps - 1 : 0; // the first step of all
        int i = taken;
        while (i < steps && places.End(start + i * direct) == from)
        {
            i++; // nobody runs
        }

        if (i == steps)
        {
            return steps;
        }

        int t = start + i * direct;
        (int first, int last) = Chunk(t, reverse, places);
        InputProducts(layer, ref cell, first, last, places.Gates.Span, places, workers);
        int row = 0; // of the next step, in gates
        for (int s = first; s < t; s++)
        {
            row += places.End(s) - from; // reverse: the last step of the chunk comes first
        }

        // Steps from one buffer to the other: those of a step's number, so that a stretch finds what the one before has left.
        bool odd = (i & 1) != 0;
        (AlignedBuffer<T> previousHidden, AlignedBuffer<T> nextHidden) = odd ? (tape.Hidden.Next, tape.Hidden.Previous) : tape.Hidden;
        (AlignedBuffer<T> previousCellState, AlignedBuffer<T> nextCellState) =
            odd ? (tape.CellState.Next, tape.CellState.Previous) : tape.CellState;
        int turn = i % turns;
        // Where the places end that ran before (before), run now (end), and will run next (after).
        int before = i == 0 ? from : places.End(t - direct), end = places.End(t), after = from;
        for (; t >= first && t < last; i++, t += direct, before = end, end = after)
        {
            after = i + 1 < steps ? places.End(t + direct) : from;
            int rows = end - from;
            if (before < end)
            {
                LoadStates(h0, HiddenSize, previousHidden.Span, hidden, before, end, schedule);
                LoadStates(c0, CellStateSize, previousCellState.Span, cellState, before, end, schedule);
            }

            int tapeRow = schedule.Offset(t) + from;
            AlignedMemory<T> previous = previousHidden.AsMemory(from * hidden, rows * hidden);
            AlignedMemory<T> previousCell = previousCellState.AsMemory(from * cellState, rows * cellState);
            CellForward<T> step = new()
            {
                Rows = rows,
                Gates = places.Gates.Slice(row * gateWidth, rows * gateWidth),
                PreviousHidden = previous,
                RecurrentInput = tape.IsRecording || tape.Dropout.State > 0
                ? Record(index, tapeRow, previous, previousCell.Span, places)
                : previous,
                PreviousCellState = previousCell,
                Hidden = nextHidden.AsMemory(from * hidden, rows * hidden),
                CellState = nextCellState.AsMemory(from * cellState, rows * cellState),
                Saved = tape.Saved[index].AsMemory((tape.IsRecording ? tapeRow : from) * saved, rows * saved),
                IsSavedFar = tape.IsRecording,
                IsDescending = (turn & 1) != 0,
                WeightOffset = (turn >> 1) * copyLength,
            };
            Forward(ref cell, step, workers);

            WriteOutput(layer, direction, t, nextHidden.Span, output.Y, places);
            if (!output.CellStates.IsEmpty)
            {
                WriteRows(direction, t, nextCellState.Span, CellStateSize, output.CellStates, Directions * CellStateSize, true, places);
            }

            if (after < end)
            {
                StoreStates(nextHidden.Span, hidden, output.H, HiddenSize, after, end, schedule);
                StoreStates(nextCellState.Span, cellState, output.C, CellStateSize, after, end, schedule);
            }

            turn = turn + 1 == turns ? 0 : turn + 1;
            (previousHidden, nextHidden) = (nextHidden, previousHidden);
            (previousCellState, nextCellState) = (nextCellState, previousCellState);
            row += reverse ? from - after : rows;
        }

        return after == from ? steps : i; // steps: all have ended
    }

    /// <summary>A cell's step; of one row, threads may share the units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward(ref TCell cell, scoped in CellForward<T> step, WorkerPool? workers)
    {
        if (workers is not null && step.Rows == 1)
        {
            CellJob<TCell, T> units = new() { Cell = ref cell, Step = step };
            units.Run(workers);
        }
        else
        {
            cell.Forward(step);
        }
    }

    /// <summary>b + W x of some steps, one after another, in <paramref name="gates"/>; one product where the rows of all sequences lie
    /// together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputProducts(
        int layer, ref TCell cell, int first, int last, Span<T> gates, scoped in Places<T> places, WorkerPool? workers)
    {
        BatchSchedule schedule = places.Schedule;
        int width = cell.Input.Gates.Width;
        if (places.IsAll)
        {
            int row = schedule.Offset(first), rows = schedule.Offset(last - 1) + schedule.Active(last - 1) - row;
            ReadOnlySpan<T> x = InputRows(layer, row, rows, places, out int stride);
            cell.Input.Forward(x, stride, rows, gates, width, workers);
            return;
        }

        for (int t = first; t < last; t++)
        {
            int rows = places.End(t) - places.From;
            if (rows > 0)
            {
                ReadOnlySpan<T> x = InputRows(layer, schedule.Offset(t) + places.From, rows, places, out int stride);
                cell.Input.Forward(x, stride, rows, gates, width);
                gates = gates[(rows * width)..];
            }
        }
    }

    /// <summary>Rows of a layer's input, the caller's or the tape's, without denormals.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="row">The first row, by the schedule.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="places">Where the caller's x is.</param>
    /// <param name="stride">Elements from row to row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<T> InputRows(int layer, int row, int rows, scoped in Places<T> places, out int stride)
    {
        int depth = _cells[layer * Directions].Input.Depth;
        stride = GateLayout.Pad(depth);
        Span<T> own = places.Tape.Inputs[layer].Span.Slice(row * stride, rows * stride);
        if (layer > 0 || places.Input.IsEmpty)
        {
            return own;
        }

        ReadOnlySpan<T> x = places.Input.Slice(row * depth, rows * depth);
        if (!NeuralPrimitives.HasTiny(x))
        {
            stride = depth;
            return x;
        }

        for (int i = 0; i < rows; i++)
        {
            NeuralPrimitives.FlushTiny(x.Slice(i * depth, depth), own.Slice(i * stride, depth));
        }

        return own;
    }

    /// <summary>Keeps the states of the step before for backward, and returns h as products see it: thinned by dropout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private AlignedMemory<T> Record(int index, int row, AlignedMemory<T> hidden, ReadOnlySpan<T> cellState, scoped in Places<T> places)
    {
        Tape<T> tape = places.Tape;
        if (tape.IsRecording)
        {
            hidden.Span.CopyTo(tape.PreviousHidden[index].Span[(row * HiddenStride)..]);
            cellState.CopyTo(tape.PreviousCellState[index].Span[(row * CellStateStride)..]);
        }

        if (tape.Dropout.State == 0)
        {
            return hidden;
        }

        AlignedMemory<T> thinned = tape.RecurrentInput.AsMemory(places.From * HiddenStride, hidden.Length);
        hidden.Span.CopyTo(thinned.Span);
        DropState(index, thinned.Span, places);
        if (tape.IsRecording)
        {
            thinned.Span.CopyTo(tape.RecurrentInputs[index].Span[(row * HiddenStride)..]);
        }

        return thinned;
    }

    /// <summary>Leaves out inputs of a layer, or, since the mask is the same, gradients of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DropInput(int layer, Span<T> rows, scoped in Places<T> places)
    {
        SequenceDropout dropout = places.Tape.Dropout;
        if (!dropout.HasInput(layer))
        {
            return;
        }

        BatchSchedule schedule = places.Schedule;
        int size = _cells[layer * Directions].Input.Depth, stride = GateLayout.Pad(size);
        for (int t = 0; t < schedule.Steps; t++)
        {
            for (int place = places.From; place < places.End(t); place++)
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
    /// <param name="places">The places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DropState(int cell, Span<T> rows, scoped in Places<T> places)
    {
        SequenceDropout dropout = places.Tape.Dropout;
        for (int i = 0; i < rows.Length / HiddenStride; i++)
        {
            int sequence = places.Schedule.Order[places.From + i];
            DropoutMask.Apply(rows.Slice(i * HiddenStride, HiddenSize), dropout.State, dropout.Seed, DropoutMask.StatePurpose, cell,
                sequence, step: 0);
        }
    }

    /// <summary>h of a step goes to the next layer's input or, from the last layer, to the caller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteOutput(int layer, int direction, int t, ReadOnlySpan<T> hidden, Span<T> y, scoped in Places<T> places)
    {
        bool isLast = layer + 1 == Layers;
        if (isLast && y.IsEmpty)
        {
            return;
        }

        Span<T> target = isLast ? y : places.Tape.Inputs[layer + 1].Span;
        WriteRows(direction, t, hidden, HiddenSize, target, isLast ? OutputSize : GateLayout.Pad(OutputSize), isLast, places);
    }

    /// <summary>States of a step, by places, go to their direction's part of rows in the caller's order or in the schedule's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteRows(int direction, int t, ReadOnlySpan<T> states, int size, Span<T> target, int stride, bool isCallers,
        scoped in Places<T> places)
    {
        BatchSchedule schedule = places.Schedule;
        int stateStride = GateLayout.Pad(size), together = Together(t, size, stride, isCallers, places);
        for (int place = places.From; place < places.End(t); place += together)
        {
            int row = isCallers ? schedule.SourceRow(t, place) : schedule.Offset(t) + place;
            states.Slice(place * stateStride, together * size).CopyTo(target[(row * stride + direction * size)..]);
        }
    }

    /// <summary>How many of a step's rows, in places and in the caller's order or the schedule's, lie one after another without gaps, so
    /// that they are one long row: all of them or 1.</summary>
    /// <param name="t">The step.</param>
    /// <param name="size">Elements of a row.</param>
    /// <param name="stride">Elements from row to row, elsewhere than in places.</param>
    /// <param name="isCallers">Whether they are the caller's there.</param>
    /// <param name="places">The places.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Together(int t, int size, int stride, bool isCallers, scoped in Places<T> places) =>
        size == stride && size == GateLayout.Pad(size) && (!isCallers || places.Schedule.IsCallersOrder)
            ? places.End(t) - places.From
            : 1;

    /// <summary>The steps around <paramref name="t"/>, in the direction of the run, whose rows fit into the gate buffer; none at which
    /// nobody runs, and not more than a stretch for a group that threads hand to each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int First, int Last) Chunk(int t, bool reverse, scoped in Places<T> places)
    {
        int first = t, last = t + 1, from = places.From, maxRows = places.Tape.GateRows, maxSteps = places.IsAll ? int.MaxValue : Stretch;
        int rows = places.End(t) - from;
        if (reverse)
        {
            while (first > 0 && last - first < maxSteps && rows + places.End(first - 1) - from <= maxRows)
            {
                rows += places.End(--first) - from;
            }
        }
        else
        {
            while (last < places.Schedule.Steps && places.End(last) > from && last - first < maxSteps
                && rows + places.End(last) - from <= maxRows)
            {
                rows += places.End(last++) - from;
            }
        }

        return (first, last);
    }

    /// <summary>The places whose first step, in the direction of the run, is <paramref name="t"/>.</summary>
    private static (int From, int To) Entering(int t, bool reverse, scoped in Places<T> places) =>
        reverse ? (places.End(t + 1), places.End(t)) : t == 0 ? (places.From, places.End(0)) : (0, 0);

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
    private static void CopyStates(ReadOnlySpan<T> source, Span<T> target, int size, scoped in Places<T> places)
    {
        if (target.IsEmpty)
        {
            return;
        }

        BatchSchedule schedule = places.Schedule;
        for (int place = schedule.Steps == 0 ? places.From : places.End(0); place < places.To; place++)
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
