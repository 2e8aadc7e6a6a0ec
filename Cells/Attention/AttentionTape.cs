using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The memory of an <see cref="AttentionPooling{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AttentionTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _inputSize;
    private readonly int _attentionSize;
    private readonly AlignedBuffer<T> _projected;
    private readonly AlignedBuffer<T> _projectedGradient;
    private readonly AlignedBuffer<T> _scoreGradient;
    private readonly AlignedBuffer<T> _workspace;
    private int? _run; // the rows of the run that Backward can take back

    internal AttentionTape(int maxRows, int inputSize, int attentionSize, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
        MaxRows = maxRows;
        Workers = workers;
        _inputSize = inputSize;
        _attentionSize = attentionSize;
        _projected = new AlignedBuffer<T>((long)maxRows * attentionSize);
        _projectedGradient = new AlignedBuffer<T>((long)maxRows * attentionSize);
        _scoreGradient = new AlignedBuffer<T>(maxRows);
        _workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Rows that fit.</summary>
    public int MaxRows { get; }

    /// <summary>Threads that share the products; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    /// <summary>u_t of every row.</summary>
    internal Span<T> Projected => _projected.Span;

    internal Span<T> ProjectedGradient => _projectedGradient.Span;

    internal Span<T> ScoreGradient => _scoreGradient.Span;

    internal Span<T> Workspace => _workspace.Span;

    internal void Set(int rows) => _run = rows;

    internal void Take(int rows)
    {
        if (_run is not { } recorded)
        {
            throw new InvalidOperationException("The tape holds no run: Forward records one, and Backward uses it up.");
        }

        if (recorded != rows)
        {
            throw new ArgumentException($"The tape holds a run of {recorded} rows, not of {rows}.", "tape");
        }

        _run = null;
    }

    internal void Check(int rows, int inputSize, int attentionSize)
    {
        if (rows > MaxRows || inputSize != _inputSize || attentionSize != _attentionSize)
        {
            throw new ArgumentException(
                $"The tape is for {MaxRows} rows of {_inputSize} → {_attentionSize}; there are {rows} of {inputSize} → "
                + $"{attentionSize}.", "tape");
        }
    }
}
