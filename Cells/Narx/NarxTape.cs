using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The memory of a <see cref="Narx{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class NarxTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NarxOptions _options;
    private readonly AlignedBuffer<T> _visible;
    private readonly AlignedBuffer<T> _visibleGradient;
    private readonly AlignedBuffer<T> _hidden;
    private readonly AlignedBuffer<T> _hiddenGradient;
    private readonly AlignedBuffer<T> _outputGradient;
    private readonly AlignedBuffer<T> _workspace;
    private (NarxMode Mode, int Steps, int Batch)? _run;

    internal NarxTape(Narx<T> owner, int maxRows, int maxBatch, int workspace)
    {
        Owner = owner;
        _options = owner.Options;
        MaxRows = maxRows;
        MaxBatch = maxBatch;
        _visible = new AlignedBuffer<T>((long)maxRows * _options.VisibleSize);
        _visibleGradient = new AlignedBuffer<T>((long)maxRows * _options.VisibleSize);
        _hidden = new AlignedBuffer<T>((long)maxRows * _options.HiddenSize);
        _hiddenGradient = new AlignedBuffer<T>((long)maxRows * _options.HiddenSize);
        _outputGradient = new AlignedBuffer<T>((long)maxRows * _options.OutputSize);
        _workspace = new AlignedBuffer<T>(workspace);
    }

    /// <summary>Steps times sequences that fit.</summary>
    public int MaxRows { get; }

    /// <summary>Sequences that fit.</summary>
    public int MaxBatch { get; }

    internal Narx<T> Owner { get; }

    internal Span<T> Workspace => _workspace.Span;

    internal void Set(NarxMode mode, int steps, int batch) => _run = (mode, steps, batch);

    internal (NarxMode Mode, int Steps, int Batch) LastRun =>
        _run ?? throw new InvalidOperationException("The tape holds no run: Run records one, and Backward uses it up.");

    internal void Take() => _run = null;

    internal Span<T> Visible(int row, int rows) => _visible.Span.Slice(row * _options.VisibleSize, rows * _options.VisibleSize);

    internal Span<T> VisibleGradient(int rows) => _visibleGradient.Span[..(rows * _options.VisibleSize)];

    internal Span<T> Hidden(int row, int rows) => _hidden.Span.Slice(row * _options.HiddenSize, rows * _options.HiddenSize);

    internal Span<T> HiddenGradient(int row, int rows) => _hiddenGradient.Span.Slice(row * _options.HiddenSize, rows * _options.HiddenSize);

    internal Span<T> OutputGradient(int row, int rows) => _outputGradient.Span.Slice(row * _options.OutputSize, rows * _options.OutputSize);
}
