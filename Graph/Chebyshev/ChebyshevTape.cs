using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of the runs of a <see cref="ChebyshevFilter{T}"/> or a <see cref="ChebyshevConvolution{T}"/>.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ChebyshevTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T>[] _ring = new AlignedBuffer<T>[3];

    internal ChebyshevTape(object owner, int maxNodes, int maxColumns, int terms, int outputSize, int workspace, WorkerPool? workers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxNodes);
        Require.Positive(maxColumns);
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        MaxColumns = maxColumns;
        long length = (long)maxNodes * maxColumns;
        Terms = new AlignedBuffer<T>(terms * length);
        Output = new AlignedBuffer<T>((long)maxNodes * outputSize);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
        for (int i = 0; i < _ring.Length; i++)
        {
            _ring[i] = new AlignedBuffer<T>(length);
        }
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Columns that fit.</summary>
    public int MaxColumns { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal object Owner { get; }

    internal SparseMatrix<T>? Matrix { get; set; }

    /// <summary>Columns of the last run.</summary>
    internal int Columns { get; set; }

    /// <summary>T_k(L̃) X for k = 0, 1, …, one [N, columns] after another; of a filter only X.</summary>
    internal AlignedBuffer<T> Terms { get; }

    /// <summary>[N, O]: Y, then the gradient of f's argument.</summary>
    internal AlignedBuffer<T> Output { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>Term k of a recurrence that looks back two steps.</summary>
    internal Span<T> Ring(int k, int length) => _ring[k % _ring.Length].Span[..length];
}

/// <summary>What the tapes of Chebyshev's cells check.</summary>
internal static class ChebyshevTape
{
    /// <summary>Throws unless the matrix is square and the tape is the cell's and has room.</summary>
    public static void Check<T>(SparseMatrix<T> matrix, int columns, ChebyshevTape<T> tape, object cell)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Require.Positive(columns);
        if (matrix.Rows != matrix.Columns)
        {
            throw new ArgumentException($"A scaled Laplacian is square, this is a {matrix}.", nameof(matrix));
        }

        GraphTape.Check(tape, tape?.Owner, cell, matrix.Rows, tape?.MaxNodes ?? 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(columns, tape!.MaxColumns);
    }
}
