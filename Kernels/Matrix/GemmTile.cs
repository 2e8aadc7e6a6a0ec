using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// The micro-kernel: up to eight rows of A times two vectors of columns of B, all sums in registers.
/// </summary>
/// <remarks>
/// Sixteen 512-bit accumulators, two loads of B and eight broadcasts of A a step of k keep both FMA units busy (measured: the FMA peak).
/// Narrower vectors have sixteen registers in all: four rows there. Rows are a type parameter, so each count is a kernel of its own.
/// </remarks>
internal static class GemmTile<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a whole tile.</summary>
    public static int MaxRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSimd.Count * Unsafe.SizeOf<T>() == 64 ? 8 : 4;
    }

    /// <summary>Runs the kernel for <paramref name="rows"/> rows, 1 … <see cref="MaxRows"/>.</summary>
    public static void Run(
        int rows, ref T a, nint rowStride, nint depthStride, int depth, ref T b, nint panelWidth, ref T ahead, nint aheadStride,
        ref T start, nint startStride, ref T c, nint ldc)
    {
        switch (rows)
        {
            case 1:
                Run<W1>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 2:
                Run<W2>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 3:
                Run<W3>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 4:
                Run<W4>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 5:
                Run<W5>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 6:
                Run<W6>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            case 7:
                Run<W7>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
            default:
                Run<W8>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride,
                    ref c, ldc);
                break;
        }
    }

    /// <summary>
    /// C = start + A·B. A[r, k] lies at <c>r·rowStride + k·depthStride</c>, row k of B's two vectors at <c>panelWidth·k</c>,
    /// the start of row r at <c>r·startStride</c> (a null reference: zero). L2 is asked for a line at <c>ahead</c>, and one stride on
    /// at every k; a null reference: for nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows>(
        ref T a, nint rowStride, nint depthStride, int depth, ref T b, nint panelWidth, ref T ahead, nint aheadStride, ref T start,
        nint startStride, ref T c, nint ldc)
        where TRows : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        TVector x0, y0, x1, y1, x2, y2, x3, y3;
        TVector x4, y4, x5, y5, x6, y6, x7, y7;
        x0 = y0 = x1 = y1 = x2 = y2 = x3 = y3 = TSimd.Constant(0);
        x4 = y4 = x5 = y5 = x6 = y6 = x7 = y7 = TSimd.Constant(0);
        if (!Unsafe.IsNullRef(ref start))
        {
            nuint s = (nuint)startStride;
            x0 = TSimd.Load(ref start, 0); y0 = TSimd.Load(ref start, n);
            if (TRows.Value > 1) { x1 = TSimd.Load(ref start, s); y1 = TSimd.Load(ref start, s + n); }
            if (TRows.Value > 2) { x2 = TSimd.Load(ref start, 2 * s); y2 = TSimd.Load(ref start, 2 * s + n); }
            if (TRows.Value > 3) { x3 = TSimd.Load(ref start, 3 * s); y3 = TSimd.Load(ref start, 3 * s + n); }
            if (TRows.Value > 4) { x4 = TSimd.Load(ref start, 4 * s); y4 = TSimd.Load(ref start, 4 * s + n); }
            if (TRows.Value > 5) { x5 = TSimd.Load(ref start, 5 * s); y5 = TSimd.Load(ref start, 5 * s + n); }
            if (TRows.Value > 6) { x6 = TSimd.Load(ref start, 6 * s); y6 = TSimd.Load(ref start, 6 * s + n); }
            if (TRows.Value > 7) { x7 = TSimd.Load(ref start, 7 * s); y7 = TSimd.Load(ref start, 7 * s + n); }
        }

        nint r1 = rowStride, r2 = 2 * rowStride, r3 = 3 * rowStride;
        ref T ak = ref a;
        ref T a4 = ref Unsafe.Add(ref a, TRows.Value > 4 ? 4 * rowStride : 0); // rows 4 to 7: all that the loop needs stays in registers
        ref T bk = ref b;
        for (int k = 0; k < depth; k++)
        {
            if (!Unsafe.IsNullRef(ref ahead))
            {
                Cache.PrefetchL2(ref ahead);
                ahead = ref Unsafe.Add(ref ahead, aheadStride);
            }

            TVector bx = TSimd.Load(ref bk, 0);
            TVector by = TSimd.Load(ref bk, n);
            TVector ar = TSimd.Broadcast(ak);
            x0 = TSimd.Fma(ar, bx, x0); y0 = TSimd.Fma(ar, by, y0);
            if (TRows.Value > 1) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r1)); x1 = TSimd.Fma(ar, bx, x1); y1 = TSimd.Fma(ar, by, y1); }
            if (TRows.Value > 2) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r2)); x2 = TSimd.Fma(ar, bx, x2); y2 = TSimd.Fma(ar, by, y2); }
            if (TRows.Value > 3) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r3)); x3 = TSimd.Fma(ar, bx, x3); y3 = TSimd.Fma(ar, by, y3); }
            if (TRows.Value > 4) { ar = TSimd.Broadcast(a4); x4 = TSimd.Fma(ar, bx, x4); y4 = TSimd.Fma(ar, by, y4); }
            if (TRows.Value > 5) { ar = TSimd.Broadcast(Unsafe.Add(ref a4, r1)); x5 = TSimd.Fma(ar, bx, x5); y5 = TSimd.Fma(ar, by, y5); }
            if (TRows.Value > 6) { ar = TSimd.Broadcast(Unsafe.Add(ref a4, r2)); x6 = TSimd.Fma(ar, bx, x6); y6 = TSimd.Fma(ar, by, y6); }
            if (TRows.Value > 7) { ar = TSimd.Broadcast(Unsafe.Add(ref a4, r3)); x7 = TSimd.Fma(ar, bx, x7); y7 = TSimd.Fma(ar, by, y7); }
            ak = ref Unsafe.Add(ref ak, depthStride);
            a4 = ref Unsafe.Add(ref a4, depthStride);
            bk = ref Unsafe.Add(ref bk, panelWidth);
        }

        nuint d = (nuint)ldc;
        TSimd.Store(x0, ref c, 0); TSimd.Store(y0, ref c, n);
        if (TRows.Value > 1) { TSimd.Store(x1, ref c, d); TSimd.Store(y1, ref c, d + n); }
        if (TRows.Value > 2) { TSimd.Store(x2, ref c, 2 * d); TSimd.Store(y2, ref c, 2 * d + n); }
        if (TRows.Value > 3) { TSimd.Store(x3, ref c, 3 * d); TSimd.Store(y3, ref c, 3 * d + n); }
        if (TRows.Value > 4) { TSimd.Store(x4, ref c, 4 * d); TSimd.Store(y4, ref c, 4 * d + n); }
        if (TRows.Value > 5) { TSimd.Store(x5, ref c, 5 * d); TSimd.Store(y5, ref c, 5 * d + n); }
        if (TRows.Value > 6) { TSimd.Store(x6, ref c, 6 * d); TSimd.Store(y6, ref c, 6 * d + n); }
        if (TRows.Value > 7) { TSimd.Store(x7, ref c, 7 * d); TSimd.Store(y7, ref c, 7 * d + n); }
    }
}
