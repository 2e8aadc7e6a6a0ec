using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of an <see cref="Mlp{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class MlpTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Mlp<T> _owner;
    private readonly int[] _sizes;
    private readonly AlignedBuffer<T>[] _hidden;
    private readonly AlignedBuffer<T> _scratch;
    private readonly AlignedBuffer<T> _workspace;
    private int _rows;
    private bool _hasRun;

    internal MlpTape(Mlp<T> owner, int maxRows, int[] sizes, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
        _owner = owner;
        _sizes = sizes;
        MaxRows = maxRows;
        Workers = workers;
        _hidden = [.. sizes.Select(size => new AlignedBuffer<T>((long)maxRows * size))];
        _scratch = new AlignedBuffer<T>((long)maxRows * sizes.DefaultIfEmpty().Max());
        _workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Rows that fit.</summary>
    public int MaxRows { get; }

    /// <summary>Threads that share the products; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    /// <summary>The rate of the recorded run.</summary>
    internal double Dropout { get; private set; }

    internal int Seed { get; private set; }

    /// <summary>For a thinned hidden layer, then for its gradient.</summary>
    internal Span<T> Scratch => _scratch.Span;

    internal Span<T> Workspace => _workspace.Span;

    /// <inheritdoc/>
    public override string ToString() =>
        $"recording tape for {MaxRows} rows, {TapeText.Of(0, Workers, [.. _hidden, _scratch, _workspace])}";

    /// <summary>The values of a hidden layer before dropout; in backward then the gradient of what f was taken of.</summary>
    internal Span<T> Hidden(int layer) => _hidden[layer].Span[..(_rows * _sizes[layer])];

    /// <summary>The values of a hidden layer as the next layer sees them: itself, or a thinned copy in the scratch.</summary>
    internal ReadOnlySpan<T> Thin(int layer)
    {
        Span<T> hidden = Hidden(layer);
        if (Dropout == 0)
        {
            return hidden;
        }

        Span<T> thinned = Scratch[..hidden.Length];
        Models.Dropout.Forward<T>(hidden, Dropout, Seed, thinned, layer);
        return thinned;
    }

    internal void Check(Mlp<T> owner, int rows)
    {
        Require.MadeBy(_owner, owner, "perceptron");

        if (rows > MaxRows)
        {
            throw new ArgumentException($"The tape is for {MaxRows} rows; there are {rows}.", "tape");
        }
    }

    internal void Record(int rows, double dropout, int seed) => (_rows, Dropout, Seed, _hasRun) = (rows, dropout, seed, true);

    internal void TakeBack(int rows)
    {
        if (!_hasRun)
        {
            throw new InvalidOperationException("The tape holds no run: Forward records one, and Backward uses it up.");
        }

        if (rows != _rows)
        {
            throw new ArgumentException($"The tape holds a run of {_rows} rows; there are {rows}.", "tape");
        }

        _hasRun = false;
    }
}
