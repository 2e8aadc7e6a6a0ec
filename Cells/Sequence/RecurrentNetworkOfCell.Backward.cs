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
        bool inPlace = schedule.IsCallersOrder && !tape.Dropout.HasInput(0) && !gradient.X.Overlaps(upstream.Y); // products write dx itself
        for (int layer = Layers - 1; layer >= 0; layer--)
        {
            bool isCallers = layer == 0 && (inPlace || gradient.X.IsEmpty);
            Span<T> dx = isCallers ? gradient.X : inputGradient.Span;
            int size = _cells[layer * Directions].Input.Depth, stride = isCallers ? size : GateLayout.Pad(size);
            for (int direction = 0; direction < Directions; direction++)
            {
                int cell = layer * Directions + direction;
                SequenceOutputGradient<T> source = new()
                {
                    Y = layer + 1 == Layers ? upstream.Y : outputGradient.Span,
                    H = StateOf(upstream.H, cell, schedule.Batch, HiddenSize),
                    C = StateOf(upstream.C, cell, schedule.Batch, CellStateSize),
                    CellStates = layer + 1 == Layers ? upstream.CellStates : default,
                };
                SequenceInputGradient<T> target = new()
                {
                    X = dx,
                    H0 = StateOf(gradient.H0, cell, schedule.Batch, HiddenSize),
                    C0 = StateOf(gradient.C0, cell, schedule.Batch, CellStateSize),
                };
                BackwardCell(layer, direction, source, target, stride, tape);
            }

            if (!isCallers)
            {
                DropInput(layer, inputGradient.Span, new Places<T>(tape));
            }

            (outputGradient, inputGradient) = (inputGradient, outputGradient);
        }

        if (!inPlace)
        {
            ScatterInputGradient(outputGradient.Span, gradient.X, schedule);
        }

        ClearPadding(gradient.X, InputSize, schedule);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardCell(
        int layer, int direction, scoped in SequenceOutputGradient<T> upstream, scoped in SequenceInputGradient<T> gradient,
        int gradientStride, Tape<T> tape)
    {
        BatchSchedule schedule = tape.Schedule;
        int index = layer * Directions + direction, rows = schedule.Rows;
        ref TCell cell = ref _cells[index];
        int saved = cell.SavedSize, hidden = HiddenStride, cellState = CellStateStride, inputStride = GateLayout.Pad(cell.Input.Depth);
        tape.RecurrentGradient.Span.Clear();
        if (IsShared(tape))
        {
            Span<long> groups = stackalloc long[schedule.Groups]; // as the run has divided them
            BackwardJob job = new()
            {
                Network = this,
                Layer = layer,
                Direction = direction,
                Upstream = upstream,
                Gradient = gradient,
                Tape = tape,
                Groups = new GroupQueue(groups, schedule.Steps),
            };
            tape.Workers!.Run(ref job);
        }
        else
        {
            BackwardPlaces(layer, direction, 0, schedule.Steps, upstream, gradient, new Places<T>(tape));
        }

        Span<T> all = tape.Saved[index].Span[..(rows * saved)];
        Span<T> workspace = tape.Workspace.Span;
        cell.Input.AccumulateWeightGradient(all, saved, tape.Inputs[layer].Span, inputStride, rows, workspace, tape.Workers);
        cell.AccumulateGradients(
            new CellRows<T>
            {
                Rows = rows,
                Workers = tape.Workers,
                RecurrentInput = RecurrentInputs(index, tape)[..(rows * hidden)],
                PreviousCellState = tape.PreviousCellState[index].Span[..(rows * cellState)],
                Saved = all,
            },
            workspace);
        if (!gradient.X.IsEmpty)
        {
            cell.Input.Backward(all, saved, rows, gradient.X, gradientStride, accumulate: direction > 0, tape.Workers);
        }
    }

    /// <summary>Some of the sequences of a cell, through some of the steps from their last to their first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardPlaces(
        int layer, int direction, int firstStep, int endStep, scoped in SequenceOutputGradient<T> upstream,
        scoped in SequenceInputGradient<T> gradient, scoped in Places<T> places)
    {
        BatchSchedule schedule = places.Schedule;
        Tape<T> tape = places.Tape;
        int index = layer * Directions + direction, from = places.From;
        ref TCell cell = ref _cells[index];
        int saved = cell.SavedSize, scratch = cell.ScratchSize, hidden = HiddenStride, cellState = CellStateStride;
        Span<T> allHidden = tape.Hidden.Previous.Span, allCellState = tape.CellState.Previous.Span;
        ReadOnlySpan<T> recurrentInputs = RecurrentInputs(index, tape);
        bool reverse = direction == 1;

        if (firstStep == 0)
        {
            CopyStates(upstream.H, gradient.H0, HiddenSize, places);
            CopyStates(upstream.C, gradient.C0, CellStateSize, places);
        }

        for (int i = firstStep; i < endStep; i++)
        {
            int t = reverse ? i : schedule.Steps - 1 - i; // the run backwards
            int rows = places.End(t) - from, row = schedule.Offset(t) + from;
            if (rows == 0)
            {
                continue;
            }

            (int leaving, int left) = Entering(t, !reverse, places);
            LoadStates(upstream.H, HiddenSize, allHidden, hidden, leaving, left, schedule);
            LoadStates(upstream.C, CellStateSize, allCellState, cellState, leaving, left, schedule);
            Span<T> hiddenGradient = allHidden.Slice(from * hidden, rows * hidden);
            Span<T> recurrentGradient = tape.RecurrentGradient.Span.Slice(from * hidden, rows * hidden);
            AddOutputGradient(layer, direction, t, upstream.Y, allHidden, places);
            if (!upstream.CellStates.IsEmpty)
            {
                AddRows(direction, t, upstream.CellStates, Directions * CellStateSize, true, allCellState, CellStateSize, places);
            }

            cell.Backward(new CellBackward<T>
            {
                Rows = rows,
                PreviousHidden = tape.PreviousHidden[index].Span.Slice(row * hidden, rows * hidden),
                PreviousCellState = tape.PreviousCellState[index].Span.Slice(row * cellState, rows * cellState),
                RecurrentInput = recurrentInputs.Slice(row * hidden, rows * hidden),
                HiddenGradient = hiddenGradient,
                RecurrentGradient = recurrentGradient,
                CellStateGradient = allCellState.Slice(from * cellState, rows * cellState),
                Saved = tape.Saved[index].Span.Slice(row * saved, rows * saved),
                Scratch = tape.Scratch.Span.Slice(from * scratch, rows * scratch),
            });
            if (tape.Dropout.State > 0)
            {
                DropState(index, recurrentGradient, places);
            }

            NeuralPrimitives.Add(hiddenGradient, recurrentGradient, hiddenGradient);
            (int entering, int entered) = Entering(t, reverse, places);
            StoreStates(allHidden, hidden, gradient.H0, HiddenSize, entering, entered, schedule);
            StoreStates(allCellState, cellState, gradient.C0, CellStateSize, entering, entered, schedule);
        }
    }

    /// <summary>h of the step before as it entered the products of all steps.</summary>
    private static ReadOnlySpan<T> RecurrentInputs(int index, Tape<T> tape) =>
        (tape.Dropout.State > 0 ? tape.RecurrentInputs : tape.PreviousHidden)[index].Span;

    /// <summary>Adds what comes from the outputs of a step: of the last layer's where the caller keeps it,
    /// of another's where the layer above wrote it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOutputGradient(
        int layer, int direction, int t, ReadOnlySpan<T> outputGradient, Span<T> hiddenGradient, scoped in Places<T> places)
    {
        bool isLast = layer + 1 == Layers;
        if (isLast && outputGradient.IsEmpty)
        {
            return;
        }

        int stride = isLast ? OutputSize : GateLayout.Pad(OutputSize);
        AddRows(direction, t, outputGradient, stride, isLast, hiddenGradient, HiddenSize, places);
    }

    /// <summary>Adds a direction's part of rows, in the caller's order or in the schedule's, to a step's gradients by places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows(int direction, int t, ReadOnlySpan<T> rows, int stride, bool isCallers, Span<T> gradient, int size,
        scoped in Places<T> places)
    {
        BatchSchedule schedule = places.Schedule;
        int gradientStride = GateLayout.Pad(size), together = Together(t, size, stride, isCallers, places);
        for (int place = places.From; place < places.End(t); place += together)
        {
            int row = isCallers ? schedule.SourceRow(t, place) : schedule.Offset(t) + place;
            Span<T> target = gradient.Slice(place * gradientStride, together * size);
            NeuralPrimitives.Add(target, rows.Slice(row * stride + direction * size, target.Length), target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScatterInputGradient(ReadOnlySpan<T> rows, Span<T> dx, BatchSchedule schedule)
    {
        if (dx.IsEmpty)
        {
            return;
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
