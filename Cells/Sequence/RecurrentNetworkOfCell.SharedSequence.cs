using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>Whether threads share the units of a single sequence's steps.</summary>
    private static bool IsSharedSequence(in TCell cell, WorkerPool? workers) =>
        cell.UnitsAreIndependent && cell.Input.HasColumns && StepThreads(cell, workers) > 1 && !WorksAhead(cell, workers);

    /// <summary>Whether each of them makes the products of later steps beside its own, of its units.</summary>
    private static bool ThreadsWorkAhead(in TCell cell, WorkerPool? workers) =>
        IsSharedSequence(cell, workers) && cell.Recurrent is not null
        && ProductAhead<T>.Helps(cell.Input.Width, cell.Input.Depth, cell.OutputSize, workers!.Count);

    /// <summary>
    /// <see cref="RunSequence"/> on several threads: one job for as many steps as there is room for gates, in which a thread takes its
    /// units through all of them and waits for nothing but the others' h of the step before. It makes the products with x of its units,
    /// too, beside its steps where that helps; else they are made before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunSharedSequence(
        int layer, int direction, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0, scoped in SequenceOutput<T> output, scoped in Places<T> places,
        WorkerPool workers)
    {
        Tape<T> tape = places.Tape;
        BatchSchedule schedule = places.Schedule;
        int index = layer * Directions + direction, steps = schedule.Rows, xStride = 0;
        ref TCell cell = ref _cells[index];
        bool ahead = ThreadsWorkAhead(cell, workers);
        bool reverse = direction == 1, isLast = layer + 1 == Layers;
        int stride = isLast ? OutputSize : GateLayout.Pad(OutputSize);
        LoadStates(h0, HiddenSize, tape.Hidden.Item1.Span, HiddenStride, 0, 1, schedule);
        LoadStates(c0, CellStateSize, tape.CellState.Item1.Span, CellStateStride, 0, 1, schedule);
        for (int i = 0; i < steps;)
        {
            int t = reverse ? steps - 1 - i : i;
            (int first, int last) = Chunk(t, reverse, places);
            int ready = ahead ? (last - first - 1) % ProductAhead<T>.Rows + 1 : last - first; // the rest are whole eights
            int from = reverse ? last - ready : first;
            Span<T> gates = places.Gates.Span[((from - first) * cell.Input.Gates.Width)..];
            InputProducts(layer, ref cell, from, from + ready, gates, places, workers);
            ReadOnlySpan<T> x = ahead ? InputRows(layer, first, last - first, places, out xStride) : default;
            SequenceJob job = new()
            {
                Network = this,
                Index = index,
                Tape = tape,
                Gates = places.Gates,
                FirstRow = t - first,
                Ready = ready,
                X = x,
                XStride = xStride,
                Direct = reverse ? -1 : 1,
                FirstStep = i,
                Steps = last - first,
                Y = isLast ? output.Y : tape.Inputs[layer + 1].Span,
                YStart = t * stride + direction * HiddenSize,
                YStride = stride,
                CellStates = output.CellStates,
                CellStatesStart = (t * Directions + direction) * CellStateSize,
                Progress = new Lockstep(tape.Progress),
            };
            workers.Run(ref job);
            i += job.Steps;
        }

        bool odd = (steps & 1) != 0;
        StoreStates((odd ? tape.Hidden.Item2 : tape.Hidden.Item1).Span, HiddenStride, output.H, HiddenSize, 0, 1, schedule);
        StoreStates((odd ? tape.CellState.Item2 : tape.CellState.Item1).Span, CellStateStride, output.C, CellStateSize, 0, 1, schedule);
    }

    /// <summary>Steps of a single sequence whose units are shared among threads.</summary>
    private ref struct SequenceJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public int Index; // layer·directions + direction
        public Tape<T> Tape;
        public AlignedMemory<T> Gates; // b + W x [steps, gates]
        public int FirstRow; // of gates, that of the first step
        public int Direct; // to the next step's row: 1, or −1 in reverse
        public int Ready; // steps whose gates are there; those of the others come in eights, each thread makes them of its units
        public ReadOnlySpan<T> X; // rows as those of gates, if there are others
        public int XStride;
        public int FirstStep; // steps of the sequence before
        public int Steps;
        public Span<T> Y; // all of it, or empty
        public int YStart; // where the first step's is
        public int YStride;
        public Span<T> CellStates; // all of it, or empty
        public int CellStatesStart;
        public Lockstep Progress;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int parts)
        {
            if (part > 0 && !Progress.TryTake(part))
            {
                return; // the first thread took it, because this one came late
            }

            bool late = false; // whether this is the first thread and has taken others' parts
            try
            {
                for (int step = 0; step < Steps; step++)
                {
                    AwaitOthers(part, parts, step, ref late);
                    Take(step, part, parts);
                    for (int other = 1; late && other < parts; other++)
                    {
                        if (Progress.IsTakenLate(other))
                        {
                            Take(step, other, parts);
                        }
                    }
                }
            }
            catch
            {
                for (int mine = 0; mine < parts; mine++)
                {
                    if (mine == part || (part == 0 && Progress.IsTakenLate(mine)))
                    {
                        Progress.Publish(mine, long.MaxValue); // nobody waits for what will not come
                    }
                }

                throw;
            }
        }

        /// <summary>Waits for h of the step before; the first thread does the first step of parts that nobody has begun.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void AwaitOthers(int part, int parts, int step, ref bool late)
        {
            for (int other = 0; step > 0 && other < parts; other++)
            {
                if (part == 0 && other > 0 && step == 1 && Progress.TryTakeLate(other))
                {
                    late = true;
                    Take(0, other, parts);
                }

                Progress.Await(other, step);
            }
        }

        /// <summary>Takes a part's units through a step.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Take(int index, int part, int parts)
        {
            ref TCell cell = ref Network._cells[Index];
            (int first, int end) = WorkerPool.Share(cell.Input.Gates.PaddedHiddenSize, 2 * GateLayout.Block, part, parts); // panels
            if (first < end)
            {
                Take(ref cell, index, part, first, end);
            }

            Progress.Publish(part, index + 1);
            if (first < end)
            {
                Keep(index, first, Math.Min(end, Network.HiddenSize));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Take(ref TCell cell, int index, int part, int first, int end)
        {
            int step = FirstStep + index, turn = step % (2 * Tape.WeightCopies[Index]);
            int row = FirstRow + Direct * index;
            (AlignedBuffer<T> hidden, AlignedBuffer<T> nextHidden) = StatesOf(Tape.Hidden, step);
            (AlignedBuffer<T> cellState, AlignedBuffer<T> nextCellState) = StatesOf(Tape.CellState, step);
            AlignedMemory<T> previous = hidden.AsMemory(0, Network.HiddenStride);
            CellForward<T> units = new()
            {
                Rows = 1,
                FirstUnit = first,
                EndUnit = end,
                Gates = Gates.Slice(row * cell.Input.Gates.Width, cell.Input.Gates.Width),
                PreviousHidden = previous,
                RecurrentInput = previous,
                PreviousCellState = cellState.AsMemory(0, Network.CellStateStride),
                Hidden = nextHidden.AsMemory(0, Network.HiddenStride),
                CellState = nextCellState.AsMemory(0, Network.CellStateStride),
                Saved = Tape.Saved[Index].AsMemory(part * cell.SavedSize, cell.SavedSize),
                IsDescending = (turn & 1) != 0,
                WeightOffset = (turn >> 1) * (cell.Recurrent?.Length ?? 0),
                Ahead = Ready < Steps ? Beside(ref cell, index, part, first, end) : null,
            };
            Cache.Prefetch<T>(previous.Span);
            cell.Forward(units);
        }

        /// <summary>What a step shall make pieces of beside; null for nothing.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly ProductAhead<T>? Beside(ref TCell cell, int index, int part, int first, int end)
        {
            ProductAhead<T> product = Tape.Ahead[part];
            if (index == 0 || (index >= Ready && (index - Ready) % ProductAhead<T>.Rows == 0))
            {
                BeginEight(ref cell, product, index, first, end);
            }

            // The first steps are alone, the others in eights: the last eight have nothing to make.
            return index < Steps - ProductAhead<T>.Rows ? product : null;
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private readonly void BeginEight(ref TCell cell, ProductAhead<T> product, int index, int first, int end)
        {
            const int Eight = ProductAhead<T>.Rows;
            if (index > 0)
            {
                product.Finish();
            }

            int next = index == 0 ? Ready : index + Eight;
            if (next < Steps)
            {
                int row = FirstRow + Direct * next - (Direct < 0 ? Eight - 1 : 0), width = cell.Input.Gates.Width;
                cell.Input.Begin(product, X[(row * XStride)..], XStride, Gates.Slice(row * width, Eight * width), first, end);
            }
        }

        /// <summary>Copies what a step has made to the caller's memory, after the others know of it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Keep(int index, int first, int end)
        {
            if (!Y.IsEmpty)
            {
                Span<T> hidden = StatesOf(Tape.Hidden, FirstStep + index).Next.Span;
                hidden[first..end].CopyTo(Y[(YStart + Direct * index * YStride + first)..]);
            }

            if (!CellStates.IsEmpty)
            {
                Span<T> cellState = StatesOf(Tape.CellState, FirstStep + index).Next.Span;
                int stride = Network.Directions * Network.CellStateSize;
                cellState[first..end].CopyTo(CellStates[(CellStatesStart + Direct * index * stride + first)..]);
            }
        }

        /// <summary>Those that a step reads and those that it writes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (AlignedBuffer<T> Previous, AlignedBuffer<T> Next) StatesOf(
            (AlignedBuffer<T> Previous, AlignedBuffer<T> Next) buffers, int step) =>
            (step & 1) != 0 ? (buffers.Next, buffers.Previous) : buffers;
    }
}
