using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One live sequence: a network that takes a sample and gives its output at once, with a state of its own.
/// </summary>
/// <remarks>
/// The same bits as a run over the whole sequence. A step allocates nothing, takes no lock and makes no virtual call.
/// <see cref="Save"/> and <see cref="Restore"/> move a sequence to another stream, process or machine without a changed bit.
/// <para>
/// Threads: any number of streams, on any threads, share one network's weights, and may step at the same time as long as nobody packs, loads or
/// trains these weights. A stream itself belongs to one thread at a time; all its members count, reading ones too. It may go from one thread to
/// another if something orders the two, such as a lock, a task awaited or a queue. Two threads in one stream at the same time are noticed, by an
/// <see cref="InvalidOperationException"/>, in an app built for debugging and where the runtime setting <c>FastRecurrent.CheckThreads</c> is true;
/// otherwise they give wrong numbers, never memory out of bounds.
/// </para>
/// </remarks>
/// <typeparam name="TCell">The cell.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RecurrentStream<TCell, T>
    where TCell : struct, IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TCell[] _cells;
    private readonly Way[] _ways;
    private readonly CellForward<T>[][] _steps; // [turns][layers]: the operands of a layer's step; the states take turns, and so do copies of weights
    private readonly AlignedBuffer<T> _input;
    private readonly AlignedBuffer<T> _gates;
    private readonly AlignedBuffer<T> _saved;
    private readonly int _hiddenStride;
    private readonly int _cellStateStride;
    private readonly AlignedBuffer<T> _hidden; // [2, layers, H]: the states before and after a step take turns
    private readonly AlignedBuffer<T> _cellState;
    private readonly WorkerPool? _workers;

    // Whose turn it is; an odd one finds the state in the second half of the buffers. In the middle of a line of cache of its own, since every step writes
    // it and threads that share a step read the fields above.
    private readonly int[] _turn = new int[48];
    private ThreadCheck _check = new("stream");

    internal RecurrentStream(TCell[] cells, WorkerPool? workers)
    {
        _cells = cells;
        _workers = workers;
        _ways = [.. cells.Select(cell => new Way(cell, workers))];
        InputSize = cells[0].Input.Depth;
        HiddenSize = cells[0].OutputSize;
        CellStateSize = cells[0].CellStateSize;
        _hiddenStride = GateLayout.Pad(HiddenSize);
        _cellStateStride = GateLayout.Pad(CellStateSize);
        _input = new AlignedBuffer<T>(GateLayout.Pad(InputSize));
        _gates = new AlignedBuffer<T>(cells.Max(cell => cell.Input.Gates.Width));
        _saved = new AlignedBuffer<T>(cells.Max(cell => cell.SavedSize));
        _hidden = new AlignedBuffer<T>(2 * cells.Length * _hiddenStride);
        _cellState = new AlignedBuffer<T>(2 * cells.Length * _cellStateStride);
        int[] copies = WeightCopiesOf(cells, workers);
        _steps = [.. Enumerable.Range(0, 2 * copies.Max()).Select(turn => StepsOf(turn, copies))];
    }

    private int Current
    {
        get => _turn[16];
        set => _turn[16] = value;
    }

    /// <summary>D, size of x.</summary>
    public int InputSize { get; }

    /// <summary>Size of h and of the output.</summary>
    public int HiddenSize { get; }

    /// <summary>Size of c; 0 for cells without.</summary>
    public int CellStateSize { get; }

    /// <summary>Stacked layers.</summary>
    public int Layers => _cells.Length;

    /// <summary>h of the last layer after the last step, [H]: the output. Valid until the next step.</summary>
    public ReadOnlySpan<T> Output => GetHidden(Layers - 1);

    /// <summary>h of a layer, [H]. Valid until the next step.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<T> GetHidden(int layer)
    {
        Require.Index(layer, Layers);
        return Hidden(Current & 1, layer).Span[..HiddenSize];
    }

    /// <summary>c of a layer, [H]. Valid until the next step.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<T> GetCellState(int layer)
    {
        Require.Index(layer, Layers);
        return CellState(Current & 1, layer).Span[..CellStateSize];
    }

    /// <summary>Sets the state of a layer.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <param name="h">[H].</param>
    /// <param name="c">[H]; empty for cells without.</param>
    /// <exception cref="ArgumentException">A size does not fit, or there is no such layer; nothing has been written.</exception>
    public void SetState(int layer, ReadOnlySpan<T> h, ReadOnlySpan<T> c = default)
    {
        Require.Index(layer, Layers);
        Require.Length(h.Length, HiddenSize);
        Require.Length(c.Length, CellStateSize);
        _check.Enter();
        NeuralPrimitives.FlushTiny(h, Hidden(Current & 1, layer).Span[..HiddenSize]);
        NeuralPrimitives.FlushTiny(c, CellState(Current & 1, layer).Span[..CellStateSize]);
        _check.Leave();
    }

    /// <summary>Elements of a saved state: layers·(H + C).</summary>
    public int StateLength => Layers * (HiddenSize + CellStateSize);

    /// <summary>Back to the state of zeros.</summary>
    public void Reset()
    {
        _check.Enter();
        _hidden.Span.Clear();
        _cellState.Span.Clear();
        _check.Leave();
    }

    /// <summary>Copies the state out: h, then c, of each layer in turn.</summary>
    /// <param name="destination">[<see cref="StateLength"/>], written.</param>
    /// <exception cref="ArgumentException">The length does not fit; nothing has been written.</exception>
    public void Save(Span<T> destination)
    {
        Require.Length(destination.Length, StateLength);
        _check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            GetHidden(layer).CopyTo(destination);
            GetCellState(layer).CopyTo(destination[HiddenSize..]);
            destination = destination[(HiddenSize + CellStateSize)..];
        }

        _check.Leave();
    }

    /// <summary>Takes over a state that <see cref="Save"/> of a stream of the same sizes wrote.</summary>
    /// <param name="source">[<see cref="StateLength"/>].</param>
    /// <exception cref="ArgumentException">The length does not fit; the state is unchanged.</exception>
    public void Restore(ReadOnlySpan<T> source)
    {
        Require.Length(source.Length, StateLength);
        _check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            SetState(layer, source[..HiddenSize], source.Slice(HiddenSize, CellStateSize));
            source = source[(HiddenSize + CellStateSize)..];
        }

        _check.Leave();
    }

    /// <summary>A second stream over the same weights that goes on from the present state.</summary>
    public RecurrentStream<TCell, T> Fork()
    {
        _check.Enter();
        RecurrentStream<TCell, T> fork = new(_cells, _workers) { Current = Current };
        _hidden.Span.CopyTo(fork._hidden.Span);
        _cellState.Span.CopyTo(fork._cellState.Span);
        _check.Leave();
        return fork;
    }

    /// <summary>
    /// Takes a step on zeros and forgets it: all code is compiled and the weights are in cache, so that the first real step is as fast as the thousandth.
    /// </summary>
    public void WarmUp()
    {
        RecurrentStream<TCell, T> copy = Fork();
        copy.Step(new T[InputSize], new T[HiddenSize]);
    }

    /// <summary>One step of all layers.</summary>
    /// <param name="x">[D].</param>
    /// <param name="y">[H], written with h of the last layer; may be empty, since <see cref="Output"/> has it too.</param>
    /// <exception cref="ArgumentException">A size does not fit; the state is unchanged.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<T> x, Span<T> y = default)
    {
        Require.Length(x.Length, InputSize);
        if (!y.IsEmpty)
        {
            Require.Length(y.Length, HiddenSize);
        }

        _check.Enter();
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
        _check.Leave();
    }

    /// <summary>A layer's step, if threads share its units or the cell does not make the product with x. Apart, so that the code of a plain step is short.</summary>
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
            CellJob<TCell, T> job = new()
            {
                Cell = ref cell,
                Input = x,
                InputStride = x.Length,
                Step = step with { IsDescending = step.IsDescending && way.SharedTakesTurns },
            };
            _workers!.Run(ref job);
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
        long bytes = cells.Sum(cell => cell.Input.Bytes + (cell.Recurrent?.Bytes ?? 0)); // read by the steps of all layers, later with the copies
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

    private CellForward<T>[] StepsOf(int turn, int[] copies) => [.. Enumerable.Range(0, Layers).Select(layer => StepOf(turn, layer, copies[layer]))];

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

    private AlignedMemory<T> Hidden(int turn, int layer) => _hidden.AsMemory((turn * Layers + layer) * _hiddenStride, _hiddenStride);

    private AlignedMemory<T> CellState(int turn, int layer) => _cellState.AsMemory((turn * Layers + layer) * _cellStateStride, _cellStateStride);

    /// <summary>How a layer takes its steps.</summary>
    private readonly struct Way
    {
        // Weights of more bytes than this are read in turns from either end. Where they stay in a core's cache that gains nothing, and the product with
        // x had better always be the first: x is there before h⁻ is, above all before the part of h⁻ that another core made.
        private const int TurnBytes = 32 * 1024, SharedTurnBytes = 1024 * 1024;

        public Way(in TCell cell, WorkerPool? workers)
        {
            long work = CellJob<TCell, T>.StepWork(cell), bytes = work * Unsafe.SizeOf<T>();
            TakesInput = cell.UnitsAreIndependent;
            IsPlain = TakesInput && WorkerPool.Parts(workers, work) == 1;
            TakesTurns = bytes > TurnBytes;
            SharedTakesTurns = bytes > SharedTurnBytes;
        }

        /// <summary>Whether the cell makes the product with x itself.</summary>
        public bool TakesInput { get; }

        /// <summary>Whether it does, and threads never share the units of a step.</summary>
        public bool IsPlain { get; }

        /// <summary>Whether the weights are read in turns from either end.</summary>
        public bool TakesTurns { get; }

        /// <summary>The same where threads share them.</summary>
        public bool SharedTakesTurns { get; }
    }

    /// <inheritdoc/>
    public override string ToString() => $"stream {InputSize} → {HiddenSize}, {Layers} layer{(Layers == 1 ? "" : "s")}";
}
