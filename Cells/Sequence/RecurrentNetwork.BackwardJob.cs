using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>One step of a cell backward, whose rows can be shared among threads.</summary>
    private ref struct BackwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public Tape<T> Tape;
        public int Cell;
        public int Direction;
        public int Time;
        public ReadOnlySpan<T> OutputGradient; // [rows of the schedule, padded output]
        public ReadOnlySpan<T> RecurrentInputs; // [rows of the schedule, h]

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int parts)
        {
            (int from, int to) = CellJob<TCell, T>.ShareRows(Tape.Schedule.Active(Time), part, parts);
            if (from == to)
            {
                return;
            }

            int hidden = Network.HiddenStride, cellState = Network.CellStateStride, size = Network.HiddenSize, output = GateLayout.Pad(Network.OutputSize);
            int row = Tape.Schedule.Offset(Time) + from, rows = to - from;
            ref TCell cell = ref Network._cells[Cell];
            int saved = cell.SavedSize, scratch = cell.ScratchSize;
            Span<T> hiddenGradient = Tape.Hidden.Previous.Span.Slice(from * hidden, rows * hidden);
            Span<T> recurrentGradient = Tape.RecurrentGradient.Span.Slice(from * hidden, rows * hidden);
            for (int i = 0; i < rows; i++)
            {
                Span<T> target = hiddenGradient.Slice(i * hidden, size);
                NeuralPrimitives.Add(target, OutputGradient.Slice((row + i) * output + Direction * size, size), target);
            }

            cell.Backward(new CellBackward<T>
            {
                Rows = rows,
                PreviousHidden = Tape.PreviousHidden[Cell].Span.Slice(row * hidden, rows * hidden),
                PreviousCellState = Tape.PreviousCellState[Cell].Span.Slice(row * cellState, rows * cellState),
                RecurrentInput = RecurrentInputs.Slice(row * hidden, rows * hidden),
                HiddenGradient = hiddenGradient,
                RecurrentGradient = recurrentGradient,
                CellStateGradient = Tape.CellState.Previous.Span.Slice(from * cellState, rows * cellState),
                Saved = Tape.Saved[Cell].Span.Slice(row * saved, rows * saved),
                Scratch = Tape.Scratch.Span.Slice(from * scratch, rows * scratch),
            });
            if (Tape.Dropout.State > 0)
            {
                Network.DropState(Cell, recurrentGradient, from, Tape);
            }

            NeuralPrimitives.Add(hiddenGradient, recurrentGradient, hiddenGradient);
        }
    }
}
