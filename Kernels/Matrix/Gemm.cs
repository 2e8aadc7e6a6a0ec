using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>
    /// <c>C = bias + A·B</c>, or <c>C = C + A·B</c> when accumulating: every element one chain of fused multiply-adds in the order of k.
    /// </summary>
    /// <remarks>
    /// With B packed from weights W [out, in] by <see cref="PackedMatrix{T}.PackTransposed"/> this is A·Wᵀ, from W itself by
    /// <see cref="PackedMatrix{T}.Pack"/> it is A·W. The same bits for any number of rows and any vector width.
    /// </remarks>
    /// <param name="a">A [rows, depth], row r at <paramref name="lda"/>·r.</param>
    /// <param name="lda">Elements from row to row of A, ≥ depth.</param>
    /// <param name="rows">Rows of A and C, ≥ 0.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns], added to every row; empty for zero; must be empty when accumulating.</param>
    /// <param name="c">C [rows, columns], row r at <paramref name="ldc"/>·r.</param>
    /// <param name="ldc">Elements from row to row of C, ≥ columns.</param>
    /// <param name="accumulate">Adds to C in place of writing it.</param>
    /// <param name="workers">Threads that share the rows, or with few rows the columns, of C; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gemm<T>(
        ReadOnlySpan<T> a, int lda, int rows, PackedMatrix<T> b, ReadOnlySpan<T> bias, Span<T> c, int ldc, bool accumulate = false,
        WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(b);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (rows == 0)
        {
            return;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(lda, b.Depth);
        ArgumentOutOfRangeException.ThrowIfLessThan(ldc, b.Columns);
        Require.AtLeast(a.Length, (long)(rows - 1) * lda + b.Depth);
        Require.AtLeast(c.Length, (long)(rows - 1) * ldc + b.Columns);
        if (!bias.IsEmpty)
        {
            Require.AtLeast(bias.Length, b.Columns);
            if (accumulate)
            {
                throw new ArgumentException("bias must be empty when C is accumulated: C takes its place.", nameof(bias));
            }
        }

        if (WorkerPool.Parts(workers, (long)rows * b.Depth * b.Columns) > 1)
        {
            GemmJob<T> job = new() { A = a, Lda = lda, Rows = rows, B = b, Bias = bias, C = c, Ldc = ldc, Accumulate = accumulate };
            workers!.Run(ref job);
        }
        else
        {
            GemmColumns(a, lda, rows, b, 0, b.Columns, bias, c, ldc, accumulate);
        }
    }

    /// <summary>Some of the columns of <see cref="Gemm{T}"/>, whose arguments have been checked.</summary>
    /// <param name="a">A [rows, depth].</param>
    /// <param name="lda">Elements from row to row of A.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="first">The first column, a multiple of B's <see cref="PackedMatrix{T}.PanelWidth"/>.</param>
    /// <param name="end">The end, such a multiple or the number of columns.</param>
    /// <param name="bias">[columns] or empty.</param>
    /// <param name="c">C [rows, columns], of which some columns are written.</param>
    /// <param name="ldc">Elements from row to row of C.</param>
    /// <param name="accumulate">Adds to C.</param>
    /// <param name="isTargetFar">Whether C lies beyond L2 though it is small: part of something large.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void GemmColumns<T>(
        ReadOnlySpan<T> a, int lda, int rows, PackedMatrix<T> b, int first, int end, ReadOnlySpan<T> bias, Span<T> c, int ldc,
        bool accumulate, bool isTargetFar = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rows == 1 && !accumulate)
        {
            GateGemvColumns(a, b, bias, c, first, end);
            return;
        }

        ref T a0 = ref MemoryMarshal.GetReference(a);
        ref T c0 = ref Unsafe.Add(ref MemoryMarshal.GetReference(c), first);
        ref T start = ref accumulate ? ref c0 : ref bias.IsEmpty
            ? ref Unsafe.NullRef<T>()
            : ref Unsafe.Add(ref MemoryMarshal.GetReference(bias), first);
        ref T panels = ref Unsafe.Add(ref b.Reference, (nint)first * b.Depth);
        int columns = end - first;
        nint startStride = accumulate ? ldc : 0;
        if (Vector512.IsHardwareAccelerated)
        {
            GemmKernel<Simd512<T>, Vector512<T>, T>.Run(ref a0, lda, rows, ref panels, b.PanelWidth, b.Depth, columns, ref start,
                startStride, ref c0, ldc, isTargetFar);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GemmKernel<Simd256<T>, Vector256<T>, T>.Run(ref a0, lda, rows, ref panels, b.PanelWidth, b.Depth, columns, ref start,
                startStride, ref c0, ldc, isTargetFar);
        }
        else
        {
            GemmKernel<Simd128<T>, Vector128<T>, T>.Run(ref a0, lda, rows, ref panels, b.PanelWidth, b.Depth, columns, ref start,
                startStride, ref c0, ldc, isTargetFar);
        }
    }
}

/// <summary>A product whose rows of C, or columns where there are few rows, are shared among threads.</summary>
internal ref struct GemmJob<T> : IWorkerJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowBlock = 8; // what a tile takes

    public ReadOnlySpan<T> A;
    public int Lda;
    public int Rows;
    public PackedMatrix<T> B;
    public ReadOnlySpan<T> Bias;
    public Span<T> C;
    public int Ldc;
    public bool Accumulate;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        if (Rows >= parts * RowBlock)
        {
            (int from, int to) = WorkerPool.Share(Rows, RowBlock, part, parts);
            NeuralPrimitives.GemmColumns(A[(from * Lda)..], Lda, to - from, B, 0, B.Columns, Bias, C[(from * Ldc)..], Ldc, Accumulate);
        }
        else
        {
            (int from, int to) = WorkerPool.Share(B.Columns, B.PanelWidth, part, parts);
            if (from < to)
            {
                NeuralPrimitives.GemmColumns(A, Lda, Rows, B, from, to, Bias, C, Ldc, Accumulate);
            }
        }
    }
}

/// <summary>A product in blocks: rows whose C stays in L2, depth of which two vectors of columns and some rows of A stay near.</summary>
/// <remarks>A block of depth starts its chains from what the block before left in C, so blocking changes no bit.</remarks>
internal static class GemmKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowBlock = 128;

    // 512 floats: two vectors of columns of B this deep come from L2 for each tile,
    // which costs less than taking C in and out again (3 % over 256).
    private static int DepthBlock
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2048 / Unsafe.SizeOf<T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        ref T a, int lda, int rows, ref T panels, int panelWidth, int depth, int columns, ref T start, nint startStride, ref T c, int ldc,
        bool isTargetFar)
    {
        GemmBlock<T> block = new()
        {
            RowStride = lda,
            DepthStride = 1,
            Panels = ref panels,
            PanelWidth = panelWidth,
            PanelDepth = depth,
            Columns = columns,
            Ldc = ldc,
            IsSourceFar = Cache.IsFar<T>((long)rows * lda),
            IsTargetFar = isTargetFar || Cache.IsFar<T>((long)rows * ldc),
        };
        for (int row = 0; row < rows; row += RowBlock)
        {
            block.Rows = Math.Min(RowBlock, rows - row);
            block.C = ref Unsafe.Add(ref c, (nint)row * ldc);
            block.Start = ref GemmBlock<T>.Offset(ref start, row * startStride);
            block.StartStride = startStride;
            int k = 0;
            do
            {
                block.A = ref Unsafe.Add(ref a, (nint)row * lda + k);
                block.First = k;
                block.Depth = Math.Min(DepthBlock, depth - k);
                block.Run<TSimd, TVector>();
                k += block.Depth;
                block.Start = ref block.C;
                block.StartStride = ldc;
            }
            while (k < depth);
        }
    }
}
