using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Elements of workspace that <see cref="GemmTransposed{T}"/> needs for <paramref name="columns"/> columns of B.</summary>
    public static int GetGemmTransposedWorkspaceLength(int columns) =>
        (int)PackedMatrix<float>.GetPackedLength(GemmTransposedKernel.DepthBlock, columns, GemmTransposedKernel.PanelWidth)
        + GemmTransposedKernel.DepthBlock * GemmTransposedKernel.TileRows;

    /// <summary>
    /// <c>C += Aᵀ·B</c>: the gradient of weights, from the gradients A of all pre-activations and the inputs B of all steps.
    /// </summary>
    /// <remarks>
    /// The columns of A lie as <paramref name="layout"/> says and the rows of C in PyTorch's order, so the gradient arrives where the optimiser
    /// wants it. Padding is passed over. Every element is one chain of fused multiply-adds in the order of the rows of A and B.
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
    /// <exception cref="ArgumentException">A span is too short or a stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GemmTransposed<T>(
        ReadOnlySpan<T> a, int lda, GateLayout layout, ReadOnlySpan<T> b, int ldb, int depth, Span<T> c, int columns, Span<T> workspace)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Positive(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        int width = layout.Gates == 1 ? layout.HiddenSize : layout.Width;
        ArgumentOutOfRangeException.ThrowIfLessThan(lda, width);
        ArgumentOutOfRangeException.ThrowIfLessThan(ldb, columns);
        Require.Length(c.Length, (long)layout.Rows * columns);
        Require.AtLeast(workspace.Length, GetGemmTransposedWorkspaceLength(columns));
        if (depth == 0)
        {
            return;
        }

        Require.AtLeast(a.Length, (long)(depth - 1) * lda + width);
        Require.AtLeast(b.Length, (long)(depth - 1) * ldb + columns);
        if (Vector512.IsHardwareAccelerated)
        {
            GemmTransposedKernel.Run<Simd512<T>, Vector512<T>, T>(a, lda, layout, b, ldb, depth, c, columns, workspace);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GemmTransposedKernel.Run<Simd256<T>, Vector256<T>, T>(a, lda, layout, b, ldb, depth, c, columns, workspace);
        }
        else
        {
            GemmTransposedKernel.Run<Simd128<T>, Vector128<T>, T>(a, lda, layout, b, ldb, depth, c, columns, workspace);
        }
    }
}

/// <summary>
/// The loops of <see cref="NeuralPrimitives.GemmTransposed{T}"/>: a block of depth of B is packed into panels once, each group of
/// columns of A is packed when its turn comes, and the micro-kernel adds their product to C.
/// </summary>
internal static class GemmTransposedKernel
{
    /// <summary>Rows of A and B that are packed at a time.</summary>
    public const int DepthBlock = 256;

    /// <summary>Columns of a panel of B: what a tile takes, so that a panel stays in L1 while tiles pass over it.</summary>
    public const int PanelWidth = 32;

    /// <summary>Columns of A that are packed at a time: the rows of C that share a pass over the panels. A block of one gate.</summary>
    public const int TileRows = GateLayout.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSimd, TVector, T>(
        ReadOnlySpan<T> a, int lda, GateLayout layout, ReadOnlySpan<T> b, int ldb, int depth, Span<T> c, int columns, Span<T> workspace)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> panels = workspace[..(int)PackedMatrix<T>.GetPackedLength(DepthBlock, columns, PanelWidth)];
        Span<T> packedA = workspace.Slice(panels.Length, DepthBlock * TileRows);
        for (int k = 0; k < depth; k += DepthBlock)
        {
            int block = Math.Min(DepthBlock, depth - k);
            for (int i = 0; i < block; i++)
            {
                PackedMatrix<T>.PackRow(b.Slice((k + i) * ldb, columns), i, DepthBlock, PanelWidth, panels);
            }

            for (int column = 0; column < layout.Width; column += TileRows)
            {
                int gate = column / TileRows % layout.Gates;
                int unit = column / (layout.Gates * TileRows) * TileRows;
                int rows = Math.Min(TileRows, layout.HiddenSize - unit);
                for (int i = 0; i < block; i++)
                {
                    a.Slice((k + i) * lda + column, rows).CopyTo(packedA[(i * TileRows)..]);
                }

                ref T target = ref MemoryMarshal.GetReference(c[((gate * layout.HiddenSize + unit) * columns)..]);
                GemmKernel<TSimd, TVector, T>.Block(
                    ref MemoryMarshal.GetReference(packedA), 1, TileRows, rows,
                    ref MemoryMarshal.GetReference(panels), PanelWidth, DepthBlock, 0, block, columns, ref target, columns, ref target, columns);
            }
        }
    }
}
