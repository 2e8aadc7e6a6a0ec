using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>A <see cref="RecurrentStream{T}"/> of one kind of cell: its steps are no virtual calls.</summary>
/// <typeparam name="TCell">The cell.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RecurrentStream<TCell, T> : RecurrentStream<T>
    where TCell : struct, IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TCell[] _cells;
    private readonly Way[] _ways;
    // [turns][layers]: the operands of a layer's step; the states take turns, and so do copies of weights.
    private readonly CellForward<T>[][] _steps;
    // [turns][layers]: the same for threads that share its units; in memory that does not move.
    private readonly SharedStep[][] _sharedSteps;
    private readonly AlignedBuffer<T> _input;
    private readonly AlignedBuffer<T> _gates;
    private readonly AlignedBuffer<T> _saved;
    private readonly WorkerPool? _workers;

    internal RecurrentStream(TCell[] cells, WorkerPool? workers)
        : base(cells[0].Input.Depth, cells[0].OutputSize, cells[0].CellStateSize, cells.Length)
    {
        _cells = cells;
        _workers = workers;
        _ways = [.. cells.Select(cell => new Way(cell, workers))];
        _input = new AlignedBuffer<T>(GateLayout.Pad(InputSize));
        int threads = _ways.Max(way => way.Threads);
        _gates = new AlignedBuffer<T>(threads * GatesStride);
        _saved = new AlignedBuffer<T>(threads * SavedStride);
        int[] copies = WeightCopiesOf(cells, workers);
        _steps = [.. Enumerable.Range(0, 2 * copies.Max()).Select(turn => StepsOf(turn, copies))];
        _sharedSteps = [.. _steps.Select(SharedStepsOf)];
    }

    // Elements from one thread's scratch memory to the next one's. Each writes its own units of its own: cores fetch lines beside those
    // that they use, and would take them from each other where the units of one thread begin.
    private int GatesStride => _cells.Max(cell => cell.Input.Gates.Width);

    private int SavedStride => GateLayout.Pad(_cells.Max(cell => cell.SavedSize));

    /// <inheritdoc/>
    public override RecurrentStream<TCell, T> Fork()
    {
        Check.Enter();
        RecurrentStream<TCell, T> fork = new(_cells, _workers);
        CopyStateTo(fork);
        Check.Leave();
        return fork;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Step(ReadOnlySpan<T> x, Span<T> y = default)
    {
        Require.Length(x.Length, InputSize);
        if (!y.IsEmpty)
        {
            Require.Length(y.Length, HiddenSize);
        }

        Check.Enter();
        TCell[] cells = _cells;
        int turn = Current;
        CellForward<T>[] steps = _steps[turn];
        ReadOnlySpan<T> below = NeuralPrimitives.HasTiny(x) ? Flushed(x) : x;
        for (int layer = 0; layer < cells.Length; layer++)
        {
            ref readonly CellForward<T> step = ref steps[layer];
            if (_ways[layer].IsPlain)
            {
                cells[layer].Forward(step, below);
            }
            else
            {
                StepOtherwise(layer, below, step);
            }

            below = step.Hidden.Span[..HiddenSize];
        }

        if (!y.IsEmpty)
        {
            below.CopyTo(y);
        }

        Current = turn + 1 == _steps.Length ? 0 : turn + 1;
        Check.Leave();
    }

    /// <summary>A layer's step, if threads share its units or the cell does not make the product with x. Apart,
    /// so that the code of a plain step is short.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void StepOtherwise(int layer, ReadOnlySpan<T> x, scoped in CellForward<T> step)
    {
        ref TCell cell = ref _cells[layer];
        Way way = _ways[layer];
        if (!way.TakesInput)
        {
            cell.Input.ForwardRow(x, step.Gates.Span);
            cell.Forward(step);
        }
        else if (cell.Input.HasColumns)
        {
            _workers!.Run(ref _sharedSteps[Current][layer], x);
        }
        else
        {
            cell.Forward(step, x);
        }
    }

    /// <summary>A copy of x without denormals.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<T> Flushed(ReadOnlySpan<T> x)
    {
        Span<T> input = _input.Slice(0, x.Length);
        NeuralPrimitives.FlushTiny(x, input);
        return input;
    }

    /// <summary>How many copies of each layer's recurrent weights the steps read in turns.</summary>
    private static int[] WeightCopiesOf(TCell[] cells, WorkerPool? workers)
    {
        int[] copies = [.. cells.Select(_ => 1)];
        // What the steps of all layers read; each copy adds to it.
        long bytes = cells.Sum(cell => cell.Input.Bytes + (cell.Recurrent?.Bytes ?? 0));
        for (int layer = 0; layer < cells.Length; layer++)
        {
            if (cells[layer].Recurrent is PackedLinear<T> recurrent)
            {
                int parts = WorkerPool.Parts(workers, CellJob<TCell, T>.StepWork(cells[layer]));
                copies[layer] = recurrent.Repeat(bytes - recurrent.Bytes, parts);
                bytes += (copies[layer] - 1) * recurrent.Bytes;
            }
        }

        return copies;
    }

    private CellForward<T>[] StepsOf(int turn, int[] copies) =>
        [.. Enumerable.Range(0, Layers).Select(layer => StepOf(turn, layer, copies[layer]))];

    private SharedStep[] SharedStepsOf(CellForward<T>[] steps)
    {
        SharedStep[] shared = GC.AllocateArray<SharedStep>(Layers, pinned: true);
        for (int layer = 0; layer < Layers; layer++)
        {
            shared[layer] = new SharedStep { Cells = _cells, Layer = layer, Shares = SharesOf(steps[layer], layer) };
        }

        return shared;
    }

    private CellForward<T>[] SharesOf(CellForward<T> step, int layer) =>
    [
        .. Enumerable.Range(0, _ways[layer].Threads).Select(part =>
        {
            int units = _cells[layer].Input.Gates.PaddedHiddenSize;
            (int first, int end) = WorkerPool.Share(units, GateLayout.Block, part, _ways[layer].Threads);
            return step with
            {
                FirstUnit = first,
                EndUnit = end,
                Gates = _gates.AsMemory(part * GatesStride, step.Gates.Length),
                Saved = _saved.AsMemory(part * SavedStride, step.Saved.Length),
            };
        }),
    ];

    private CellForward<T> StepOf(int turn, int layer, int copies)
    {
        int before = turn & 1, after = 1 - before;
        AlignedMemory<T> previous = Hidden(before, layer);
        return new CellForward<T>
        {
            Rows = 1,
            Gates = _gates.AsMemory(0, _cells[layer].Input.Gates.Width),
            PreviousHidden = previous,
            RecurrentInput = previous,
            PreviousCellState = CellState(before, layer),
            Hidden = Hidden(after, layer),
            CellState = CellState(after, layer),
            Saved = _saved.AsMemory(0, _cells[layer].SavedSize),
            IsDescending = before != 0 && _ways[layer].TakesTurns,
            WeightOffset = turn / 2 % copies * (_cells[layer].Recurrent?.Length ?? 0),
        };
    }

    /// <summary>How a layer takes its steps.</summary>
    private readonly struct Way
    {
        // Weights of more bytes than this are read in turns from either end. Where they stay in a core's cache that gains nothing, and the
        // product with x had better always be the first: x is there before h⁻ is, above all before the part of h⁻ that another core made.
        // A quarter of the first cache is for what else a step touches: of 32 KB (Zen 4), steps with 24, 28, 30 and 32 KB of weights are
        // 1.00, 1.01, 1.08 and 1.25 times as fast in turns.
        private const int SharedTurnBytes = 1024 * 1024;
        private static readonly int _turnBytes = Processor.FirstCacheBytes / 4 * 3;

        public Way(in TCell cell, WorkerPool? workers)
        {
            long work = CellJob<TCell, T>.StepWork(cell);
            TakesInput = cell.UnitsAreIndependent;
            Threads = TakesInput ? WorkerPool.Parts(workers, work) : 1;
            IsPlain = TakesInput && Threads == 1;
            TakesTurns = work * Unsafe.SizeOf<T>() > (Threads > 1 ? SharedTurnBytes : _turnBytes);
        }

        /// <summary>Whether the cell makes the product with x itself.</summary>
        public bool TakesInput { get; }

        /// <summary>Threads that share the units of a step.</summary>
        public int Threads { get; }

        /// <summary>Whether it makes that product, and one thread takes the step.</summary>
        public bool IsPlain { get; }

        /// <summary>Whether the weights are read in turns from either end.</summary>
        public bool TakesTurns { get; }
    }

    /// <summary>A step whose units threads share: it never changes, so that the caches of all of them keep it.</summary>
    private struct SharedStep : IStandingJob<T>
    {
        public TCell[] Cells;
        public int Layer;
        public CellForward<T>[] Shares; // [threads]: what each takes

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(ReadOnlySpan<T> input, int part, int parts)
        {
            ref readonly CellForward<T> share = ref Shares[part];
            if (share.FirstUnit < share.EndUnit)
            {
                Cache.TakeLines(share.Hidden.Span[share.FirstUnit..share.EndUnit]);
                Cache.Prefetch(input);
                Cache.Prefetch<T>(share.RecurrentInput.Span);
                Cells[Layer].Forward(share, input);
            }
        }
    }
}
