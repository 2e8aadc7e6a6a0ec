using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    // Steps that a thread takes a group through before it looks for the one furthest behind.
    private const int Stretch = 8;

    /// <summary>
    /// Sequences of the smallest group that threads hand to each other: a tile of a product, or two where a step's weights come from
    /// beyond L2. (Single groups of 8 take 0.99 to 1.02 of the time of 32 up to 256 units, 1.18 with 512; of 16, 1.00.)
    /// </summary>
    private int SmallestGroup =>
        (long)HiddenSize * _cells[0].Input.Width * Unsafe.SizeOf<T>() >= Processor.SecondCacheBytes ? 16 : 8;

    /// <summary>Whether threads share the sequences of a run.</summary>
    private bool IsShared(Tape<T> tape) => tape.Schedule is { Batch: > 1, Rows: > 0 } schedule
        && WorkerPool.Parts(tape.Workers, (long)schedule.Rows * HiddenSize * HiddenSize) > 1;

    /// <summary>A run whose sequences are shared among threads: groups of them, each through all layers.</summary>
    private ref struct ForwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public SequenceInput<T> Input;
        public ReadOnlySpan<T> InPlace; // x, if products can read it where it is
        public SequenceOutput<T> Output;
        public Tape<T> Tape;
        public GroupQueue Groups; // positions count steps, cell after cell

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int parts)
        {
            int group;
            while ((group = Groups.Take(part, parts, out int position)) >= 0)
            {
                (int cell, int step) = int.DivRem(position, Tape.Schedule.Steps);
                Places<T> places = new(Tape, group, part) { Input = InPlace };
                step = Network.RunStretch(cell, step, Input, Output, places, workers: null);
                Groups.Return(group, cell * Tape.Schedule.Steps + step);
            }
        }
    }

    /// <summary>Back through time in one cell, the sequences shared among threads;
    /// the gradients of the weights are made afterwards.</summary>
    private ref struct BackwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public int Layer;
        public int Direction;
        public SequenceOutputGradient<T> Upstream;
        public SequenceInputGradient<T> Gradient;
        public Tape<T> Tape;
        public GroupQueue Groups; // positions are steps

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part, int parts)
        {
            int group;
            while ((group = Groups.Take(part, parts, out int step)) >= 0)
            {
                int end = Math.Min(step + Stretch, Tape.Schedule.Steps);
                Network.BackwardPlaces(Layer, Direction, step, end, Upstream, Gradient, new Places<T>(Tape, group, part));
                Groups.Return(group, end);
            }
        }
    }
}
