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
        int rows, ref T a, nint rowStride, nint depthStride, int depth, ref T b, nint panelWidth, ref T ahead, nint aheadStride, ref T start, nint startStride, ref T c, nint ldc)
    {
        switch (rows)
        {
            case 1: Run<W1>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 2: Run<W2>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 3: Run<W3>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 4: Run<W4>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 5: Run<W5>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 6: Run<W6>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            case 7: Run<W7>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
            default: Run<W8>(ref a, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, aheadStride, ref start, startStride, ref c, ldc); break;
        }
    }

    /// <summary>
    /// C = start + A·B. A[r, k] lies at <c>r·rowStride + k·depthStride</c>, row k of B's two vectors at <c>panelWidth·k</c>,
    /// the start of row r at <c>r·startStride</c> (a null reference: zero). L2 is asked for a line at <c>ahead</c>, and one stride on
    /// at every k; a null reference: for nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows>(
        ref T a, nint rowStride, nint depthStride, int depth, ref T b, nint panelWidth, ref T ahead, nint aheadStride, ref T start, nint startStride, ref T c, nint ldc)
        where TRows : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        TVector c0x, c0y, c1x, c1y, c2x, c2y, c3x, c3y;
        TVector c4x, c4y, c5x, c5y, c6x, c6y, c7x, c7y;
        c0x = c0y = c1x = c1y = c2x = c2y = c3x = c3y = TSimd.Constant(0);
        c4x = c4y = c5x = c5y = c6x = c6y = c7x = c7y = TSimd.Constant(0);
        if (!Unsafe.IsNullRef(ref start))
        {
            nuint s = (nuint)startStride;
            c0x = TSimd.Load(ref start, 0); c0y = TSimd.Load(ref start, n);
            if (TRows.Value > 1) { c1x = TSimd.Load(ref start, s); c1y = TSimd.Load(ref start, s + n); }
            if (TRows.Value > 2) { c2x = TSimd.Load(ref start, 2 * s); c2y = TSimd.Load(ref start, 2 * s + n); }
            if (TRows.Value > 3) { c3x = TSimd.Load(ref start, 3 * s); c3y = TSimd.Load(ref start, 3 * s + n); }
            if (TRows.Value > 4) { c4x = TSimd.Load(ref start, 4 * s); c4y = TSimd.Load(ref start, 4 * s + n); }
            if (TRows.Value > 5) { c5x = TSimd.Load(ref start, 5 * s); c5y = TSimd.Load(ref start, 5 * s + n); }
            if (TRows.Value > 6) { c6x = TSimd.Load(ref start, 6 * s); c6y = TSimd.Load(ref start, 6 * s + n); }
            if (TRows.Value > 7) { c7x = TSimd.Load(ref start, 7 * s); c7y = TSimd.Load(ref start, 7 * s + n); }
        }

        nint r1 = rowStride, r2 = 2 * rowStride, r3 = 3 * rowStride, r4 = 4 * rowStride, r5 = 5 * rowStride, r6 = 6 * rowStride, r7 = 7 * rowStride;
        ref T ak = ref a;
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
            c0x = TSimd.Fma(ar, bx, c0x); c0y = TSimd.Fma(ar, by, c0y);
            if (TRows.Value > 1) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r1)); c1x = TSimd.Fma(ar, bx, c1x); c1y = TSimd.Fma(ar, by, c1y); }
            if (TRows.Value > 2) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r2)); c2x = TSimd.Fma(ar, bx, c2x); c2y = TSimd.Fma(ar, by, c2y); }
            if (TRows.Value > 3) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r3)); c3x = TSimd.Fma(ar, bx, c3x); c3y = TSimd.Fma(ar, by, c3y); }
            if (TRows.Value > 4) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r4)); c4x = TSimd.Fma(ar, bx, c4x); c4y = TSimd.Fma(ar, by, c4y); }
            if (TRows.Value > 5) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r5)); c5x = TSimd.Fma(ar, bx, c5x); c5y = TSimd.Fma(ar, by, c5y); }
            if (TRows.Value > 6) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r6)); c6x = TSimd.Fma(ar, bx, c6x); c6y = TSimd.Fma(ar, by, c6y); }
            if (TRows.Value > 7) { ar = TSimd.Broadcast(Unsafe.Add(ref ak, r7)); c7x = TSimd.Fma(ar, bx, c7x); c7y = TSimd.Fma(ar, by, c7y); }
            ak = ref Unsafe.Add(ref ak, depthStride);
            bk = ref Unsafe.Add(ref bk, panelWidth);
        }

        nuint d = (nuint)ldc;
        TSimd.Store(c0x, ref c, 0); TSimd.Store(c0y, ref c, n);
        if (TRows.Value > 1) { TSimd.Store(c1x, ref c, d); TSimd.Store(c1y, ref c, d + n); }
        if (TRows.Value > 2) { TSimd.Store(c2x, ref c, 2 * d); TSimd.Store(c2y, ref c, 2 * d + n); }
        if (TRows.Value > 3) { TSimd.Store(c3x, ref c, 3 * d); TSimd.Store(c3y, ref c, 3 * d + n); }
        if (TRows.Value > 4) { TSimd.Store(c4x, ref c, 4 * d); TSimd.Store(c4y, ref c, 4 * d + n); }
        if (TRows.Value > 5) { TSimd.Store(c5x, ref c, 5 * d); TSimd.Store(c5y, ref c, 5 * d + n); }
        if (TRows.Value > 6) { TSimd.Store(c6x, ref c, 6 * d); TSimd.Store(c6y, ref c, 6 * d + n); }
        if (TRows.Value > 7) { TSimd.Store(c7x, ref c, 7 * d); TSimd.Store(c7y, ref c, 7 * d + n); }
    }
}
