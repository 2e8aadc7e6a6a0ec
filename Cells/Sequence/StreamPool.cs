using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// Many live sequences over one network that advance together: a step of any of them is one batch,
/// whose matrix products read the weights once.
/// </summary>
/// <remarks>
/// Each sequence gets the bits that a <see cref="RecurrentStream{T}"/> of its own would give, whichever others step with it. A step
/// allocates nothing.
/// <para>
/// Threads: any number of pools and streams, on any threads, share the weights as long as nobody packs, loads or trains them. A pool
/// itself, with all its sessions, belongs to one thread at a time, and two at once are noticed as in a stream: sessions that shall step at
/// the same time take streams, or a pool a thread, between which <see cref="Save"/> and <see cref="Restore"/> move them.
/// </para>
/// </remarks>
/// <typeparam name="TCell">The cell.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class StreamPool<TCell, T>
    where TCell : struct, IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TCell[] _cells;
    private readonly bool[] _isOpen;
    private readonly int[] _free;
    private readonly long[] _stamp; // the last step a session took part in, to notice one that is named twice
    private readonly AlignedBuffer<T> _hidden; // [layers, capacity, H]
    private readonly AlignedBuffer<T> _cellState;
    private readonly AlignedBuffer<T> _input;
    private readonly AlignedBuffer<T> _gates;
    private readonly AlignedBuffer<T> _saved;
    private readonly AlignedBuffer<T> _previousHidden;
    private readonly AlignedBuffer<T> _previousCellState;
    private readonly AlignedBuffer<T> _nextHidden; // [2, capacity, H]: layers take turns, since threads may still read the layer below
    private readonly AlignedBuffer<T> _nextCellState;
    private readonly int _hiddenStride;
    private readonly int _cellStateStride;
    private readonly WorkerPool? _workers;
    private long _steps;
    private ThreadCheck _check = new("pool");

    internal StreamPool(TCell[] cells, int capacity, WorkerPool? workers)
    {
        Require.Positive(capacity);
        _workers = workers;
        _cells = cells;
        Capacity = capacity;
        InputSize = cells[0].Input.Depth;
        HiddenSize = cells[0].OutputSize;
        CellStateSize = cells[0].CellStateSize;
        _hiddenStride = GateLayout.Pad(HiddenSize);
        _cellStateStride = GateLayout.Pad(CellStateSize);
        Require.Product(nameof(capacity), capacity,
            cells.Max(cell => Math.Max(Math.Max(InputSize, cell.Input.Gates.Width), cell.SavedSize)));
        Require.Product(nameof(capacity), capacity, Math.Max(2, cells.Length), Math.Max(_hiddenStride, _cellStateStride));
        _isOpen = new bool[capacity];
        _stamp = new long[capacity];
        _free = new int[capacity];
        for (int i = 0; i < capacity; i++)
        {
            _free[i] = capacity - 1 - i;
        }

        long hidden = (long)capacity * _hiddenStride, cellState = (long)capacity * _cellStateStride;
        _hidden = new AlignedBuffer<T>(cells.Length * hidden);
        _cellState = new AlignedBuffer<T>(cells.Length * cellState);
        _input = new AlignedBuffer<T>((long)capacity * InputSize);
        _gates = new AlignedBuffer<T>((long)capacity * cells.Max(cell => cell.Input.Gates.Width));
        _saved = new AlignedBuffer<T>((long)capacity * cells.Max(cell => cell.SavedSize));
        _previousHidden = new AlignedBuffer<T>(hidden);
        _previousCellState = new AlignedBuffer<T>(cellState);
        _nextHidden = new AlignedBuffer<T>(2 * hidden);
        _nextCellState = new AlignedBuffer<T>(cellState);
    }

    /// <summary>The most sequences at a time.</summary>
    public int Capacity { get; }

    /// <summary>Sequences that are open.</summary>
    public int Count { get; private set; }

    /// <summary>D, size of x.</summary>
    public int InputSize { get; }

    /// <summary>Size of h and of the output.</summary>
    public int HiddenSize { get; }

    /// <summary>Size of c; 0 for cells without.</summary>
    public int CellStateSize { get; }

    /// <summary>Stacked layers.</summary>
    public int Layers => _cells.Length;

    /// <summary>Elements of a saved state: layers·(H + C).</summary>
    public int StateLength => Layers * (HiddenSize + CellStateSize);

    /// <summary>Begins a sequence at the state of zeros.</summary>
    /// <returns>Its session, in 0 … capacity − 1.</returns>
    /// <exception cref="InvalidOperationException">The pool is full.</exception>
    public int Open()
    {
        if (Count == Capacity)
        {
            throw new InvalidOperationException($"All {Capacity} sessions of the pool are open.");
        }

        _check.Enter();
        int session = _free[Capacity - 1 - Count++];
        _isOpen[session] = true;
        Reset(session);
        _check.Leave();
        return session;
    }

    /// <summary>Ends a sequence; its number may be given again.</summary>
    /// <param name="session">A session that is open.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    public void Close(int session)
    {
        Check(session);
        _check.Enter();
        _isOpen[session] = false;
        _free[Capacity - Count--] = session;
        _check.Leave();
    }

    /// <summary>A sequence back to the state of zeros.</summary>
    /// <param name="session">A session that is open.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    public void Reset(int session)
    {
        Check(session);
        _check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            HiddenOf(layer, session).Clear();
            CellStateOf(layer, session).Clear();
        }

        _check.Leave();
    }

    /// <summary>Copies a sequence's state out, as <see cref="RecurrentStream{T}.Save"/> does: either takes over the other's.</summary>
    /// <param name="session">A session that is open.</param>
    /// <param name="destination">[<see cref="StateLength"/>], written.</param>
    /// <exception cref="ArgumentException">The length does not fit or the session is not open; nothing has been written.</exception>
    public void Save(int session, Span<T> destination)
    {
        Check(session);
        Require.Length(destination.Length, StateLength);
        _check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            HiddenOf(layer, session)[..HiddenSize].CopyTo(destination);
            CellStateOf(layer, session)[..CellStateSize].CopyTo(destination[HiddenSize..]);
            destination = destination[(HiddenSize + CellStateSize)..];
        }

        _check.Leave();
    }

    /// <summary>Takes over a saved state.</summary>
    /// <param name="session">A session that is open.</param>
    /// <param name="source">[<see cref="StateLength"/>].</param>
    /// <exception cref="ArgumentException">The length does not fit or the session is not open; the state is unchanged.</exception>
    public void Restore(int session, ReadOnlySpan<T> source)
    {
        Check(session);
        Require.Length(source.Length, StateLength);
        _check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            NeuralPrimitives.FlushTiny(source[..HiddenSize], HiddenOf(layer, session)[..HiddenSize]);
            NeuralPrimitives.FlushTiny(source.Slice(HiddenSize, CellStateSize), CellStateOf(layer, session)[..CellStateSize]);
            source = source[(HiddenSize + CellStateSize)..];
        }

        _check.Leave();
    }

    /// <summary>One step of some of the sequences.</summary>
    /// <param name="sessions">n sessions that are open, none twice.</param>
    /// <param name="x">[n, D].</param>
    /// <param name="y">[n, H], written with h of the last layer.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a session is not open or stands twice; no state has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<int> sessions, ReadOnlySpan<T> x, Span<T> y)
    {
        int rows = sessions.Length;
        Require.Length(x.Length, (long)rows * InputSize, shape: "n·D");
        Require.Length(y.Length, (long)rows * HiddenSize, shape: "n·H");
        _check.Enter();
        try
        {
            CheckAll(sessions);
            StepAll(sessions, x, y);
        }
        finally
        {
            _check.Leave();
        }
    }

    /// <summary>
    /// Takes steps of one session to all of them and forgets them: all code is compiled, the weights are in cache and the memory is
    /// there, so that the first real step is as fast as the thousandth. The sessions, open ones too, are as they were.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoOptimization)] // calls all there is, where optimised code might inline it
    public void WarmUp()
    {
        StreamPool<TCell, T> one = new(_cells, 1, _workers);
        T[] x = new T[Capacity * InputSize], y = new T[Capacity * HiddenSize], state = new T[StateLength];
        one.Step([one.Open()], x.AsSpan(0, InputSize), y.AsSpan(0, HiddenSize));
        one.Save(0, state);
        one.Restore(0, state);
        one.Reset(0);
        one.Close(0);

        _check.Enter();
        T[] hidden = _hidden.Span.ToArray(), cellState = _cellState.Span.ToArray();
        int[] sessions = [.. Enumerable.Range(0, Capacity)];
        // Kernels take eight rows at a time and have code of their own for each number of rows that may be left, on each of the threads.
        int few = Math.Min(Capacity, 16 * (_workers?.Count ?? 1));
        foreach (int rows in Enumerable.Range(1, few).Append(Capacity))
        {
            StepAll(sessions.AsSpan(0, rows), x.AsSpan(0, rows * InputSize), y.AsSpan(0, rows * HiddenSize));
        }

        hidden.CopyTo(_hidden.Span);
        cellState.CopyTo(_cellState.Span);
        _check.Leave();
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Count} of {Capacity} streams {InputSize} → {HiddenSize}, {Layers} layer{(Layers == 1 ? "" : "s")}";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepAll(ReadOnlySpan<int> sessions, ReadOnlySpan<T> x, Span<T> y)
    {
        int rows = sessions.Length;
        if (rows == 0)
        {
            return;
        }

        Span<T> input = _input.Span[..x.Length], hidden = default, cellState = _nextCellState.Span;
        NeuralPrimitives.FlushTiny(x, input);
        ReadOnlySpan<T> below = input;
        int stride = InputSize;
        for (int layer = 0; layer < _cells.Length; layer++)
        {
            ref TCell cell = ref _cells[layer];
            int width = cell.Input.Gates.Width;
            AlignedMemory<T> target = _nextHidden.AsMemory(layer % 2 * Capacity * _hiddenStride, rows * _hiddenStride);
            hidden = target.Span;
            Move(layer, sessions, _previousHidden.Span, _previousCellState.Span, toPool: false);
            CellJob<TCell, T> step = new()
            {
                Cell = ref cell,
                Input = below,
                InputStride = stride,
                Step = new CellForward<T>
                {
                    Rows = rows,
                    Gates = _gates.AsMemory(0, rows * width),
                    PreviousHidden = _previousHidden.AsMemory(0, rows * _hiddenStride),
                    RecurrentInput = _previousHidden.AsMemory(0, rows * _hiddenStride),
                    PreviousCellState = _previousCellState.AsMemory(0, rows * _cellStateStride),
                    Hidden = target,
                    CellState = _nextCellState.AsMemory(0, rows * _cellStateStride),
                    Saved = _saved.AsMemory(0, rows * cell.SavedSize),
                },
            };
            step.Run(_workers);
            Move(layer, sessions, hidden, cellState, toPool: true);
            below = hidden;
            stride = _hiddenStride;
        }

        for (int row = 0; row < rows; row++)
        {
            hidden.Slice(row * _hiddenStride, HiddenSize).CopyTo(y[(row * HiddenSize)..]);
        }
    }

    private void Move(int layer, ReadOnlySpan<int> sessions, Span<T> hidden, Span<T> cellState, bool toPool)
    {
        for (int row = 0; row < sessions.Length; row++)
        {
            Span<T> h = HiddenOf(layer, sessions[row]), rowH = hidden.Slice(row * _hiddenStride, _hiddenStride);
            Span<T> c = CellStateOf(layer, sessions[row]), rowC = cellState.Slice(row * _cellStateStride, _cellStateStride);
            (toPool ? rowH : h).CopyTo(toPool ? h : rowH);
            (toPool ? rowC : c).CopyTo(toPool ? c : rowC);
        }
    }

    private Span<T> HiddenOf(int layer, int session) => _hidden.Span.Slice((layer * Capacity + session) * _hiddenStride, _hiddenStride);

    private Span<T> CellStateOf(int layer, int session) =>
        _cellState.Span.Slice((layer * Capacity + session) * _cellStateStride, _cellStateStride);

    private void Check(int session)
    {
        if ((uint)session >= (uint)Capacity || !_isOpen[session])
        {
            throw new ArgumentException($"Session {session} is not open.", nameof(session));
        }
    }

    private void CheckAll(ReadOnlySpan<int> sessions)
    {
        _steps++;
        foreach (int session in sessions)
        {
            Check(session);
            if (_stamp[session] == _steps)
            {
                throw new ArgumentException($"Session {session} stands twice among those that step.", nameof(sessions));
            }

            _stamp[session] = _steps;
        }
    }
}
