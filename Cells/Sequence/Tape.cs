using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// The memory of a run: sized once for the largest batch, then used again and again without allocating. A recording tape keeps what
/// the backward run needs; one that does not record is much smaller.
/// </summary>
/// <remarks>
/// Made by <see cref="RecurrentNetwork{T}.CreateTape"/> and <see cref="RecurrentNetwork{T}.CreateWorkspace"/>. One run at a time:
/// concurrent runs over the same weights take a tape each, and two threads in one tape are noticed as in <see cref="RecurrentStream{T}"/>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Tape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<AlignedBuffer<T>> _buffers = [];
    private ThreadCheck _check = new("tape");

    internal Tape(object owner, TapePlan plan, int maxSteps, int maxBatch, int maxRows, bool recording, WorkerPool? workers)
    {
        Workers = workers;
        Owner = owner;
        WeightCopies = plan.WeightCopies;
        MaxSteps = maxSteps;
        MaxBatch = maxBatch;
        MaxRows = maxRows;
        IsRecording = recording;
        Schedule = new BatchSchedule(maxSteps, maxBatch);

        long rows = maxRows;
        int threads = workers?.Count ?? 1;
        Progress = new long[recording || workers is null ? 0 : Lockstep.Length(threads)];
        GateWidth = plan.GateWidth;
        // Enough for the matrix product, few enough to stay in L2; with 512 units the weights, read once for so many rows, matter more.
        GateRows = (int)Math.Min(rows, Math.Max(maxBatch, plan.GateWidth < 2048 ? 128 : 256));
        Inputs = new AlignedBuffer<T>[plan.InputSizes.Length];
        for (int layer = 0; layer < Inputs.Length; layer++)
        {
            // Without a recording, a layer's input is dead once its output is there: two buffers take turns. But for that of x, whose rows
            // have another length: a thread that is two layers ahead would write over rows that another has yet to read.
            Inputs[layer] = recording || layer < 3 ? Allocate(rows * GateLayout.Pad(plan.InputSizes[layer])) : Inputs[layer - 2];
        }

        Ahead = new ProductAhead<T>[plan.AheadDepth == 0 ? 0 : threads];
        for (int thread = 0; thread < Ahead.Length; thread++)
        {
            Ahead[thread] = new ProductAhead<T>(Allocate((long)plan.AheadDepth * ProductAhead<T>.Rows));
        }

        Gates = Allocate((long)GateRows * plan.GateWidth * threads);
        Hidden = (Allocate((long)maxBatch * plan.Hidden), Allocate((long)maxBatch * plan.Hidden));
        RecurrentInput = Allocate((long)maxBatch * plan.Hidden);
        RecurrentGradient = Allocate(recording ? (long)maxBatch * plan.Hidden : 0);
        CellState = (Allocate((long)maxBatch * plan.CellState), Allocate((long)maxBatch * plan.CellState));
        Saved = new AlignedBuffer<T>[plan.Cells];
        PreviousHidden = new AlignedBuffer<T>[plan.Cells];
        PreviousCellState = new AlignedBuffer<T>[plan.Cells];
        RecurrentInputs = new AlignedBuffer<T>[plan.Cells];
        for (int cell = 0; cell < plan.Cells; cell++)
        {
            Saved[cell] = recording || cell == 0 ? Allocate((recording ? rows : Math.Max(maxBatch, threads)) * plan.Saved) : Saved[0];
            PreviousHidden[cell] = Allocate(recording ? rows * plan.Hidden : 0);
            PreviousCellState[cell] = Allocate(recording ? rows * plan.CellState : 0);
            RecurrentInputs[cell] = Allocate(recording ? rows * plan.Hidden : 0);
        }

        long widest = recording ? rows * GateLayout.Pad(Math.Max(plan.InputSizes.Max(), plan.OutputSize)) : 0;
        OutputGradient = (Allocate(widest), Allocate(widest));
        Scratch = Allocate(recording ? (long)maxBatch * plan.Scratch : 0);
        Workspace = Allocate(recording ? (long)plan.Workspace * threads : 0);
    }

    /// <summary>The longest sequence it can take.</summary>
    public int MaxSteps { get; }

    /// <summary>The largest batch it can take.</summary>
    public int MaxBatch { get; }

    /// <summary>The most steps of all sequences together.</summary>
    public int MaxRows { get; }

    /// <summary>Whether a backward run can follow.</summary>
    public bool IsRecording { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    /// <summary>Its size in bytes.</summary>
    public long Bytes => _buffers.Sum(buffer => (long)buffer.Length) * Unsafe.SizeOf<T>();

    internal object Owner { get; }

    /// <summary>Notices two runs at once.</summary>
    internal ref ThreadCheck Check => ref _check;

    internal BatchSchedule Schedule { get; }

    /// <summary>Whether a run has been recorded and not yet been taken back.</summary>
    internal bool HasRun { get; set; }

    /// <summary>What the recorded run left out.</summary>
    internal SequenceDropout Dropout { get; set; }

    /// <summary>Rows of a thread's gates.</summary>
    internal int GateRows { get; }

    /// <summary>How many copies of its recurrent weights each cell reads in turns, where it takes steps of one row.</summary>
    internal int[] WeightCopies { get; }

    /// <summary>Elements of a row of gates.</summary>
    internal int GateWidth { get; }

    /// <summary>x of every layer, [rows, D] by the schedule's rows.</summary>
    internal AlignedBuffer<T>[] Inputs { get; }

    /// <summary>b + W x of some steps, [threads, rows, gates].</summary>
    internal AlignedBuffer<T> Gates { get; }

    /// <summary>Makes b + W x of later steps beside a sequence's present one, [threads]; empty if no cell can.</summary>
    internal ProductAhead<T>[] Ahead { get; }

    /// <summary>h of the step before and of this one, [B, H]; in backward the first is its gradient.</summary>
    internal (AlignedBuffer<T> Previous, AlignedBuffer<T> Next) Hidden { get; }

    internal (AlignedBuffer<T> Previous, AlignedBuffer<T> Next) CellState { get; }

    /// <summary>h of the step before, thinned by dropout, [B, H].</summary>
    internal AlignedBuffer<T> RecurrentInput { get; }

    internal AlignedBuffer<T> RecurrentGradient { get; }

    /// <summary>The cells' rows.</summary>
    internal AlignedBuffer<T>[] Saved { get; }

    /// <summary>How far each thread is with its units of a single sequence that is not recorded; empty without threads.</summary>
    internal long[] Progress { get; }

    internal AlignedBuffer<T>[] PreviousHidden { get; }

    internal AlignedBuffer<T>[] PreviousCellState { get; }

    /// <summary>h of the step before as it entered products: used where dropout makes it differ.</summary>
    internal AlignedBuffer<T>[] RecurrentInputs { get; }

    /// <summary>The gradients of a layer's outputs and of its inputs, [rows, ·].</summary>
    internal (AlignedBuffer<T> First, AlignedBuffer<T> Second) OutputGradient { get; }

    internal AlignedBuffer<T> Scratch { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>For networks around this one, which write before they come to it:
    /// throws unless there is a run of sequences of these lengths to be taken back.</summary>
    internal void CheckRun(int rows, ReadOnlySpan<int> lengths)
    {
        if (!HasRun)
        {
            throw new InvalidOperationException("The tape holds no run: Forward records one, and Backward uses it up.");
        }

        if (rows != Schedule.Rows || lengths.Length != Schedule.Batch)
        {
            throw new ArgumentException(
                $"The tape holds a run of {Schedule.Batch} sequences with {Schedule.Rows} steps, not of {lengths.Length} with {rows}.",
                "tape");
        }

        ReadOnlySpan<int> order = Schedule.Order;
        for (int place = 0, steps = Schedule.Steps; place < order.Length; place++)
        {
            while (steps > 0 && Schedule.Active(steps - 1) <= place)
            {
                steps--; // places are in the order of falling length
            }

            if (lengths[order[place]] != steps)
            {
                throw new ArgumentException(
                    $"Sequence {order[place]} of the run that the tape holds has {steps} steps, not {lengths[order[place]]}.", "tape");
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(IsRecording ? "recording tape" : "workspace")} for {MaxSteps} steps × {MaxBatch} sequences, {Bytes / 1024.0:N0} "
            + $"KB{(Workers is null ? "" : $", {Workers}")}";

    private AlignedBuffer<T> Allocate(long length)
    {
        AlignedBuffer<T> buffer = new(length);
        _buffers.Add(buffer);
        return buffer;
    }
}

/// <summary>The row sizes of a network, from which a tape is cut.</summary>
internal sealed record TapePlan(
    int[] InputSizes, int OutputSize, int Cells, int GateWidth, int Hidden, int CellState, int Saved, int Scratch, int Workspace,
    int AheadDepth, int[] WeightCopies);
