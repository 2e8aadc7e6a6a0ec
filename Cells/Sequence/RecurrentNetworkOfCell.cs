using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>A <see cref="RecurrentNetwork{T}"/> of one kind of cell: the loops over layers, directions and time.</summary>
/// <typeparam name="TCell">The cell.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract partial class RecurrentNetwork<TCell, T> : RecurrentNetwork<T>
    where TCell : struct, IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly TCell[] _cells;

    /// <summary>Joins cells to a network.</summary>
    /// <param name="cells">[layers·directions]; all of a layer have the same sizes.</param>
    /// <param name="directions">1 or 2.</param>
    /// <param name="parameters">All their parameters.</param>
    /// <param name="units">H, the units of a cell, by which parameters are initialised.</param>
    protected RecurrentNetwork(TCell[] cells, int directions, ParameterSet<T> parameters, int units)
        : base(parameters, cells[0].Input.Depth, cells[0].OutputSize, cells[0].CellStateSize, cells.Length / directions, directions, units)
    {
        _cells = cells;
        HiddenStride = GateLayout.Pad(HiddenSize);
        CellStateStride = GateLayout.Pad(CellStateSize);
    }

    private protected override bool IsPacked => _cells[0].Input.IsPacked;

    /// <summary>Elements from row to row of h inside.</summary>
    private int HiddenStride { get; }

    /// <summary>Elements from row to row of c inside.</summary>
    private int CellStateStride { get; }

    /// <inheritdoc/>
    public override void Pack()
    {
        foreach (TCell cell in _cells)
        {
            cell.Pack();
        }
    }

    /// <inheritdoc/>
    public override void PackRounded(RoundedWeights format)
    {
        Require.Defined(format);
        Pack();
        try
        {
            foreach (TCell cell in _cells)
            {
                cell.Round(format);
            }
        }
        catch
        {
            Pack(); // not half of the cells rounded
            throw;
        }
    }

    /// <inheritdoc/>
    public override void DropWeights(double rate, int seed)
    {
        DropoutMask.CheckRate(rate);
        for (int cell = 0; cell < _cells.Length; cell++)
        {
            _cells[cell].DropWeights(rate, unchecked(seed * 31 + cell));
        }
    }

    /// <inheritdoc/>
    public override Tape<T> CreateTape(int maxSteps, int maxBatch, int? maxRows = null, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return CreateMemory(maxSteps, maxBatch, maxRows, recording: true, workers);
    }

    /// <inheritdoc/>
    public override Tape<T> CreateWorkspace(int maxSteps, int maxBatch, int? maxRows = null, WorkerPool? workers = null) =>
        CreateMemory(maxSteps, maxBatch, maxRows, recording: false, workers);

    /// <inheritdoc/>
    public override RecurrentStream<TCell, T> CreateStream(WorkerPool? workers = null)
    {
        CheckStream();
        return new RecurrentStream<TCell, T>(_cells, workers);
    }

    /// <summary>A pool of live sequences that advance together, a batch a step.</summary>
    /// <param name="capacity">The most sequences at a time.</param>
    /// <param name="workers">Threads that share a step's sequences, for the same bits; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive, or so many states are more than an array has.</exception>
    /// <exception cref="InvalidOperationException">The network is bidirectional, or has never been packed.</exception>
    public StreamPool<TCell, T> CreateStreamPool(int capacity, WorkerPool? workers = null)
    {
        CheckStream();
        return new StreamPool<TCell, T>(_cells, capacity, workers);
    }

    private void CheckStream()
    {
        if (Directions == 2)
        {
            throw new InvalidOperationException("A bidirectional network cannot stream: its reverse direction begins at a sequence's end.");
        }

        CheckPacked();
    }

    private Tape<T> CreateMemory(int maxSteps, int maxBatch, int? maxRows, bool recording, WorkerPool? workers)
    {
        Require.Positive(maxSteps);
        Require.Positive(maxBatch);
        int rows = maxRows ?? Require.Product(nameof(maxSteps), maxSteps, maxBatch);
        Require.Positive(rows, nameof(maxRows));
        Require.Product(nameof(maxSteps), maxSteps);
        Require.Product(nameof(maxBatch), maxBatch, _cells.Max(cell => Math.Max(LongestRow(cell), cell.Input.Gates.Width)));
        Require.Product(maxRows is null ? nameof(maxSteps) : nameof(maxRows), rows, recording
            ? _cells.Max(LongestRow)
            : _cells.Max(cell => GateLayout.Pad(cell.Input.Depth)));
        int[] inputSizes = [.. Enumerable.Range(0, Layers).Select(layer => _cells[layer * Directions].Input.Depth)];
        TapePlan plan = new(
            inputSizes,
            OutputSize,
            _cells.Length,
            _cells.Max(cell => cell.Input.Gates.Width),
            HiddenStride,
            CellStateStride,
            _cells.Max(cell => cell.SavedSize),
            _cells.Max(cell => cell.ScratchSize),
            recording ? _cells.Max(cell => Math.Max(cell.GradientWorkspaceLength, cell.Input.GradientWorkspaceLength)) : 0,
            recording || maxSteps == 1
                ? 0
                : _cells.Max(cell => WorksAhead(cell, workers) || ThreadsWorkAhead(cell, workers) ? cell.Input.Depth : 0),
            [.. _cells.Select(cell => maxBatch > 1 ? 1 : RepeatWeights(cell, workers))]);
        return new Tape<T>(this, plan, maxSteps, maxBatch, rows, recording, workers);
    }

    /// <summary>Elements of the longest row that memory keeps of a cell.</summary>
    private static int LongestRow(TCell cell) => new[]
    {
        GateLayout.Pad(cell.Input.Depth), GateLayout.Pad(cell.OutputSize), GateLayout.Pad(cell.CellStateSize), cell.SavedSize,
        cell.ScratchSize,
    }.Max();

    /// <summary>Makes ready for steps of one row, whose products with the input have been made before.</summary>
    private static int RepeatWeights(TCell cell, WorkerPool? workers) =>
        cell.Recurrent?.Repeat(otherBytes: 0, StepThreads(cell, workers)) ?? 1;

    /// <summary>Threads that share such a step.</summary>
    /// <remarks>
    /// Of less than the 64 K weights that a pool shares, two are 1.06 to 1.22 times as fast as one where their cores share a cache, and
    /// 0.58 to 0.88 where they do not (LSTM of 64 and 96 units, GRU of 96 and 128; Zen 4). An LSTM of 128 units takes 235 µs a hundred
    /// steps then, and 380 to 405; one thread takes 360.
    /// </remarks>
    private static int StepThreads(in TCell cell, WorkerPool? workers) =>
        WorkerPool.Parts(workers, (long)cell.OutputSize * cell.Input.Width);
}
