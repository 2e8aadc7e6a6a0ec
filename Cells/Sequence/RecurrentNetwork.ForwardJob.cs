using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>One step of a cell, whose rows can be shared among threads; a single row shares its units.</summary>
    private ref struct ForwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public Tape<T> Tape;
        public int Layer;
        public int Direction;
        public int Time;
        public Span<T> Gates; // this step's rows only
        public Span<T> PreviousHidden;
        public Span<T> NextHidden;
        public Span<T> PreviousCellState;
        public Span<T> NextCellState;
        public Span<T> Y;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int parts)
        {
            int active = Tape.Schedule.Active(Time);
            (int from, int to) = CellJob<TCell, T>.ShareRows(active, part, parts);
            if (from == to)
            {
                return;
            }

            int hidden = Network.HiddenStride, cellState = Network.CellStateStride;
            int index = Layer * Network.Directions + Direction, row = Tape.Schedule.Offset(Time) + from, rows = to - from;
            ref TCell cell = ref Network._cells[index];
            int saved = cell.SavedSize, gateWidth = cell.Input.Gates.Width;
            ReadOnlySpan<T> previousHidden = PreviousHidden.Slice(from * hidden, rows * hidden);
            ReadOnlySpan<T> previousCellState = PreviousCellState.Slice(from * cellState, rows * cellState);
            if (Tape.IsRecording)
            {
                previousHidden.CopyTo(Tape.PreviousHidden[index].Span[(row * hidden)..]);
                previousCellState.CopyTo(Tape.PreviousCellState[index].Span[(row * cellState)..]);
            }

            ReadOnlySpan<T> recurrent = previousHidden;
            if (Tape.Dropout.State > 0)
            {
                Span<T> thinned = Tape.RecurrentInput.Span.Slice(from * hidden, rows * hidden);
                previousHidden.CopyTo(thinned);
                Network.DropState(index, thinned, from, Tape);
                if (Tape.IsRecording)
                {
                    thinned.CopyTo(Tape.RecurrentInputs[index].Span[(row * hidden)..]);
                }

                recurrent = thinned;
            }

            CellForward<T> step = new()
            {
                Rows = rows,
                Gates = Gates.Slice(from * gateWidth, rows * gateWidth),
                PreviousHidden = previousHidden,
                RecurrentInput = recurrent,
                PreviousCellState = previousCellState,
                Hidden = NextHidden.Slice(from * hidden, rows * hidden),
                CellState = NextCellState.Slice(from * cellState, rows * cellState),
                Saved = Tape.Saved[index].Span.Slice((Tape.IsRecording ? row : from) * saved, rows * saved),
            };
            if (active == 1 && Tape.Workers is { } workers)
            {
                CellJob<TCell, T> units = new() { Cell = ref cell, Step = step };
                units.Run(workers);
            }
            else
            {
                cell.Forward(step);
            }

            WriteOutput(from, to);
        }

        /// <summary>h of a step goes to the next layer's input or, from the last layer, to the caller.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void WriteOutput(int from, int to)
        {
            BatchSchedule schedule = Tape.Schedule;
            int hidden = Network.HiddenStride, size = Network.HiddenSize, output = Network.OutputSize;
            bool isLast = Layer + 1 == Network.Layers;
            if (isLast && Y.IsEmpty)
            {
                return;
            }

            int stride = isLast ? output : GateLayout.Pad(output);
            Span<T> target = isLast ? Y : Tape.Inputs[Layer + 1].Span;
            for (int place = from; place < to; place++)
            {
                int row = isLast ? schedule.SourceRow(Time, place) : schedule.Offset(Time) + place;
                NextHidden.Slice(place * hidden, size).CopyTo(target[(row * stride + Direction * size)..]);
            }
        }
    }
}
