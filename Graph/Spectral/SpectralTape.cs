using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of the runs of a <see cref="SpectralConvolution{T}"/> or a <see cref="SpectralFilter{T}"/>.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SpectralTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _nodes;
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _scratch;

    internal SpectralTape(object owner, int nodes, int maxColumns, WorkerPool? workers)
    {
        Require.Positive(maxColumns);
        Owner = owner;
        Workers = workers;
        MaxColumns = maxColumns;
        _nodes = nodes;
        long length = (long)nodes * maxColumns;
        _x = new AlignedBuffer<T>(length);
        _y = new AlignedBuffer<T>(length);
        _scratch = new AlignedBuffer<T>(length);
        Workspace = GradientWorkspace.Create<T>(SpectralBasis<T>.GetWorkspaceLength(maxColumns), workers);
    }

    /// <summary>Columns that fit.</summary>
    public int MaxColumns { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal object Owner { get; }

    /// <summary>The basis of a forward run that has not been taken back yet.</summary>
    internal SpectralBasis<T>? Run { get; set; }

    /// <summary>Columns of the last run.</summary>
    internal int Columns { get; set; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>Uᵀ x.</summary>
    internal Span<T> X => _x.Span[..(_nodes * Columns)];

    /// <summary>Of a convolution Uᵀ y; of a filter the gradient's spectrum.</summary>
    internal Span<T> Y => _y.Span[..(_nodes * Columns)];

    internal Span<T> Scratch => _scratch.Span[..(_nodes * Columns)];
}

/// <summary>What the tapes of spectral cells check.</summary>
internal static class SpectralTape
{
    /// <summary>Throws unless the tape is the cell's and has room.</summary>
    public static void Check<T>(SpectralTape<T> tape, object cell, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Positive(columns);
        GraphTape.Check(tape, tape?.Owner, cell, nodes: 0, maxNodes: 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, tape!.MaxColumns);
    }
}
