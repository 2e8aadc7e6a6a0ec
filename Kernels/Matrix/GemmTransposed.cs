using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Elements of workspace that <see cref="GemmTransposed{T}"/> needs.</summary>
    /// <param name="columns">Columns of B.</param>
    /// <param name="workers">Threads that share the work.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are more than an array has.</exception>
    public static int GetGemmTransposedWorkspaceLength(int columns, int workers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        return Require.Product(nameof(columns), workers, (int)Math.Min(int.MaxValue, GemmTransposedKernel.WorkspaceLength(columns)));
    }

    /// <summary>
    /// <c>C += Aᵀ·B</c>: the gradient of weights, from the gradients A of all pre-activations and the inputs B of all steps.
    /// </summary>
    /// <remarks>
    /// The columns of A lie as <paramref name="layout"/> says and the rows of C in PyTorch's order, so the gradient arrives where the
    /// optimiser wants it. Padding is passed over. Every element is one chain of fused multiply-adds in the order of the rows of A and B.
    /// </remarks>
    /// <param name="a">A [depth, width], row k at <paramref name="lda"/>·k.</param>
    /// <param name="lda">Elements from row to row of A, ≥ width; with one gate, whose padding need not exist, ≥ H.</param>
    /// <param name="layout">The gates of A: width = <see cref="GateLayout.Width"/>, C has <see cref="GateLayout.Rows"/> rows.</param>
    /// <param name="b">B [depth, columns], row k at <paramref name="ldb"/>·k.</param>
    /// <param name="ldb">Elements from row to row of B, ≥ columns.</param>
    /// <param name="depth">Rows of A and B, ≥ 0.</param>
    /// <param name="c">C [G·H, columns], added to.</param>
    /// <param name="columns">Columns of B and C, ≥ 1.</param>
    /// <param name="workspace">At least <see cref="GetGemmTransposedWorkspaceLength"/> elements; 64-byte alignment helps.</param>
    /// <param name="workers">Threads that share the rows of C; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GemmTransposed<T>(
        ReadOnlySpan<T> a, int lda, GateLayout layout, ReadOnlySpan<T> b, int ldb, int depth, Span<T> c, int columns, Span<T> workspace,
        WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Positive(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        int width = layout.Gates == 1 ? layout.HiddenSize : layout.Width;
        ArgumentOutOfRangeException.ThrowIfLessThan(lda, width);
        ArgumentOutOfRangeException.ThrowIfLessThan(ldb, columns);
        Require.Length(c.Length, (long)layout.Rows * columns);
        Require.AtLeast(workspace.Length, (workers?.Count ?? 1) * GemmTransposedKernel.WorkspaceLength(columns));
        if (depth == 0)
        {
            return;
        }

        Require.AtLeast(a.Length, (long)(depth - 1) * lda + width);
        Require.AtLeast(b.Length, (long)(depth - 1) * ldb + columns);
        GemmTransposedJob<T> job =
            new() { A = a, Lda = lda, Layout = layout, B = b, Ldb = ldb, Depth = depth, C = c, Columns = columns, Workspace = workspace };
        if (WorkerPool.Parts(workers, (long)depth * layout.Rows * columns) > 1)
        {
            workers!.Run(ref job);
        }
        else
        {
            job.Run(0, 1);
        }
    }
}

/// <summary>
/// The loops of <see cref="NeuralPrimitives.GemmTransposed{T}"/>: a block of depth of B is packed into panels once, each group of
/// columns of A is packed when its turn comes, and the micro-kernel adds their product to C. Lines of A are rows apart, so that no core
/// foresees them: while a group is multiplied, L2 is asked for the next one's.
/// </summary>
internal static class GemmTransposedKernel
{
    /// <summary>
    /// Rows of A and B that are packed at a time. With 256, C goes in and out twice as often, which costs 2 to 3 % more than that B comes
    /// from L2 for each tile.
    /// </summary>
    public const int DepthBlock = 512;

    /// <summary>Columns of a panel of B: what a tile takes.</summary>
    public const int PanelWidth = 32;

    /// <summary>Columns of A that are packed at a time: the rows of C that share a pass over the panels. A block of one gate.</summary>
    public const int TileRows = GateLayout.Block;

    /// <summary>Rows of A and B below which tiles are too short to ask for anything meanwhile: the asking takes longer.</summary>
    public const int AskingDepth = 32;

    public static long WorkspaceLength(int columns) =>
        PackedMatrix<float>.GetPackedLength(DepthBlock, columns, PanelWidth) + DepthBlock * TileRows;
}

/// <summary>The product, whose rows of C can be shared among threads; each packs B for itself,
/// which is little beside the product.</summary>
internal ref struct GemmTransposedJob<T> : IWorkerJob, IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int DepthBlock = GemmTransposedKernel.DepthBlock, PanelWidth = GemmTransposedKernel.PanelWidth,
        TileRows = GemmTransposedKernel.TileRows;

    public ReadOnlySpan<T> A;
    public int Lda;
    public GateLayout Layout;
    public ReadOnlySpan<T> B;
    public int Ldb;
    public int Depth;
    public Span<T> C;
    public int Columns;
    public Span<T> Workspace;
    private int _first; // the columns of A that are taken: [first, end)
    private int _end;

    /// <summary>Rows from panel to panel of B: no more than there are,
    /// since panels a power of two apart compete for the same lines of cache.</summary>
    private readonly int PanelDepth => Math.Min(DepthBlock, Depth);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        GemmTransposedJob<T> share = this;
        int length = (int)GemmTransposedKernel.WorkspaceLength(Columns);
        share.Workspace = Workspace.Slice(part * length, length);
        (share._first, share._end) = WorkerPool.Share(Layout.Width, TileRows, part, parts);
        if (share._first < share._end)
        {
            VectorKernel.Run<GemmTransposedJob<T>, T>(ref share);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        Span<T> panels = Workspace[..(int)PackedMatrix<T>.GetPackedLength(DepthBlock, Columns, PanelWidth)];
        Span<T> packedA = Workspace.Slice(panels.Length, DepthBlock * TileRows);
        bool asks = Depth >= GemmTransposedKernel.AskingDepth;
        GemmBlock<T> product = new()
        {
            A = ref MemoryMarshal.GetReference(packedA),
            RowStride = 1,
            DepthStride = TileRows,
            Panels = ref MemoryMarshal.GetReference(panels),
            PanelWidth = PanelWidth,
            PanelDepth = PanelDepth,
            Columns = Columns,
            StartStride = Columns,
            Ldc = Columns,
            IsTargetFar = asks && Cache.IsFar<T>(C.Length),
            UpcomingStride = Lda,
        };
        for (int k = 0; k < Depth; k += DepthBlock)
        {
            product.Depth = Math.Min(DepthBlock, Depth - k);
            PackPanels<TSimd, TVector>(k, product.Depth, panels);
            for (int column = _first; column < _end; column += TileRows)
            {
                int gate = column / TileRows % Layout.Gates;
                int unit = column / (Layout.Gates * TileRows) * TileRows;
                product.Rows = Math.Min(TileRows, Layout.HiddenSize - unit);
                PackColumns<TSimd, TVector>(k, product.Depth, column, product.Rows, packedA);
                product.C = ref MemoryMarshal.GetReference(C[((gate * Layout.HiddenSize + unit) * Columns)..]);
                product.Start = ref product.C;
                product.Upcoming = ref asks && column + TileRows < _end
                    ? ref MemoryMarshal.GetReference(A[(k * Lda + column + TileRows)..])
                    : ref Unsafe.NullRef<T>();
                product.Run<TSimd, TVector>();
            }
        }
    }

    /// <summary>Rows of B, block by block of a panel's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PackPanels<TSimd, TVector>(int k, int block, Span<T> panels)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        int whole = Columns / PanelWidth * PanelWidth, panelDepth = PanelDepth;
        for (int i = 0; i < block; i++)
        {
            ReadOnlySpan<T> row = B.Slice((k + i) * Ldb, Columns);
            ref T source = ref MemoryMarshal.GetReference(row);
            ref T target = ref panels[i * PanelWidth];
            for (int column = 0; column < whole; column += PanelWidth)
            {
                Copy<TSimd, TVector>(ref source, ref target, PanelWidth);
                source = ref Unsafe.Add(ref source, PanelWidth);
                target = ref Unsafe.Add(ref target, panelDepth * PanelWidth);
            }

            if (whole < Columns)
            {
                PackedMatrix<T>.PackRow(row[whole..], i, panelDepth, PanelWidth, panels[(whole * panelDepth)..]);
            }
        }
    }

    /// <summary>Up to sixteen columns of A, a line of cache of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PackColumns<TSimd, TVector>(int k, int block, int column, int rows, Span<T> packed)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        if (rows < TileRows)
        {
            for (int i = 0; i < block; i++)
            {
                A.Slice((k + i) * Lda + column, rows).CopyTo(packed[(i * TileRows)..]);
            }

            return;
        }

        ref T source = ref MemoryMarshal.GetReference(A.Slice(k * Lda + column, (block - 1) * Lda + TileRows));
        ref T target = ref MemoryMarshal.GetReference(packed[..(block * TileRows)]);
        for (int i = 0; i < block; i++)
        {
            Copy<TSimd, TVector>(ref source, ref target, TileRows);
            source = ref Unsafe.Add(ref source, Lda);
            target = ref Unsafe.Add(ref target, TileRows);
        }
    }

    /// <summary>A few vectors: a call to copy so little takes longer than the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<TSimd, TVector>(ref T source, ref T target, int length)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        for (int i = 0; i < length; i += TSimd.Count)
        {
            TSimd.Store(TSimd.Load(ref source, (nuint)i), ref target, (nuint)i);
        }
    }
}
