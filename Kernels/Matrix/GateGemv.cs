using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>
    /// All gates of one step: <c>y = bias + x·B</c>, every element one chain of fused multiply-adds in the order of k.
    /// </summary>
    /// <remarks>
    /// Eight vectors of outputs stay in registers while the panels stream by; there are no horizontal sums. The same bits at every vector
    /// width, and the same as a row of <see cref="Gemm{T}"/>.
    /// </remarks>
    /// <param name="x">[depth]; more elements are ignored.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns] or empty for zero; more elements are ignored.</param>
    /// <param name="y">[columns], written; elements past the columns are left alone.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GateGemv<T>(ReadOnlySpan<T> x, PackedMatrix<T> b, ReadOnlySpan<T> bias, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(b);
        Require.AtLeast(x.Length, b.Depth);
        Require.AtLeast(y.Length, b.Columns);
        Require.AtLeastOrEmpty(bias.Length, b.Columns);

        GateGemvColumns(x, b, bias, y, 0, b.Columns);
    }

    /// <summary>Some of the columns of <see cref="GateGemv{T}"/>, whose arguments have been checked.</summary>
    /// <param name="x">[depth].</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns] or empty.</param>
    /// <param name="y">[columns], of which some are written.</param>
    /// <param name="first">The first one, a multiple of 16.</param>
    /// <param name="end">The end, a multiple of 16 or the number of columns.</param>
    /// <param name="descending">
    /// Takes the panels from the last to the first. A product that is repeated in turns, one way and the other, finds in cache what the one
    /// before read last; always one way, a cache that is a little too small has thrown out every line just before it is wanted again.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void GateGemvColumns<T>(
        ReadOnlySpan<T> x, PackedMatrix<T> b, ReadOnlySpan<T> bias, Span<T> y, int first, int end, bool descending = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T x0 = ref MemoryMarshal.GetReference(x);
        ref T bias0 = ref bias.IsEmpty ? ref Unsafe.NullRef<T>() : ref MemoryMarshal.GetReference(bias);
        ref T y0 = ref MemoryMarshal.GetReference(y);
        if (Vector512.IsHardwareAccelerated)
        {
            GemvKernel<Simd512<T>, Vector512<T>, T>.Run(ref x0, b, ref bias0, ref y0, first, end, descending);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GemvKernel<Simd256<T>, Vector256<T>, T>.Run(ref x0, b, ref bias0, ref y0, first, end, descending);
        }
        else
        {
            GemvKernel<Simd128<T>, Vector128<T>, T>.Run(ref x0, b, ref bias0, ref y0, first, end, descending);
        }
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.GateGemv{T}"/> at one vector width.</summary>
internal static class GemvKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Group = 8;

    /// <summary>Walks over the columns, eight vectors at a time; what is left over takes a kernel of its own width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ref T x, PackedMatrix<T> b, ref T bias, ref T y, int first, int end, bool descending)
    {
        int width = b.PanelWidth, perPanel = width / TSimd.Count;
        while (descending && end - first > width)
        {
            int last = Math.Max(first, (end - 1) / width * width);
            Run(ref x, b, ref bias, ref y, last, end, descending: false);
            end = last;
        }

        int whole = end / TSimd.Count, vector = first / TSimd.Count, inPanel = first == 0 ? 0 : vector % perPanel;
        ref T panel = ref Unsafe.Add(ref b.Reference, (nint)(vector - inPanel) * TSimd.Count * b.Depth);
        while (vector < whole)
        {
            int count = Math.Min(Group, Math.Min(perPanel - inPanel, whole - vector));
            Columns(count, ref x, b, ref Unsafe.Add(ref panel, inPanel * TSimd.Count), ref At(ref bias, vector), ref At(ref y, vector));
            vector += count;
            inPanel += count;
            if (inPanel == perPanel)
            {
                inPanel = 0;
                panel = ref Unsafe.Add(ref panel, (nint)width * b.Depth);
            }
        }

        int rest = end - whole * TSimd.Count;
        if (rest > 0)
        {
            Tail(rest, ref x, b, ref Unsafe.Add(ref panel, inPanel * TSimd.Count), ref At(ref bias, whole), ref At(ref y, whole));
        }
    }

    /// <summary>The last, partial vector of columns, by way of a whole one on the stack.</summary>
    private static void Tail(int rest, ref T x, PackedMatrix<T> b, ref T weights, ref T bias, ref T y)
    {
        Span<T> whole = stackalloc T[TSimd.Count];
        Span<T> start = stackalloc T[TSimd.Count];
        if (!Unsafe.IsNullRef(ref bias))
        {
            MemoryMarshal.CreateReadOnlySpan(ref bias, rest).CopyTo(start);
        }

        Columns<W1>(ref x, b, ref weights, ref MemoryMarshal.GetReference(start), ref MemoryMarshal.GetReference(whole));
        whole[..rest].CopyTo(MemoryMarshal.CreateSpan(ref y, rest));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref T At(ref T origin, int vector) =>
        ref Unsafe.IsNullRef(ref origin) ? ref origin : ref Unsafe.Add(ref origin, (nint)vector * TSimd.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(int count, ref T x, PackedMatrix<T> b, ref T weights, ref T bias, ref T y)
    {
        switch (count)
        {
            case 1: Columns<W1>(ref x, b, ref weights, ref bias, ref y); break;
            case 2: Columns<W2>(ref x, b, ref weights, ref bias, ref y); break;
            case 3: Columns<W3>(ref x, b, ref weights, ref bias, ref y); break;
            case 4: Columns<W4>(ref x, b, ref weights, ref bias, ref y); break;
            case 5: Columns<W5>(ref x, b, ref weights, ref bias, ref y); break;
            case 6: Columns<W6>(ref x, b, ref weights, ref bias, ref y); break;
            case 7: Columns<W7>(ref x, b, ref weights, ref bias, ref y); break;
            default: Columns<W8>(ref x, b, ref weights, ref bias, ref y); break;
        }
    }

    /// <summary>
    /// <typeparamref name="TWidth"/> neighbouring vectors of y, of one panel: one pointer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<TWidth>(ref T x, PackedMatrix<T> b, ref T bk, ref T bias, ref T y)
        where TWidth : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        nuint depth = (nuint)b.Depth;
        nint panelWidth = b.PanelWidth;
        TVector y0, y1, y2, y3, y4, y5, y6, y7;
        y0 = y1 = y2 = y3 = y4 = y5 = y6 = y7 = TSimd.Constant(0);
        if (!Unsafe.IsNullRef(ref bias))
        {
            y0 = TSimd.Load(ref bias, 0);
            if (TWidth.Value > 1) { y1 = TSimd.Load(ref bias, n); }
            if (TWidth.Value > 2) { y2 = TSimd.Load(ref bias, 2 * n); }
            if (TWidth.Value > 3) { y3 = TSimd.Load(ref bias, 3 * n); }
            if (TWidth.Value > 4) { y4 = TSimd.Load(ref bias, 4 * n); }
            if (TWidth.Value > 5) { y5 = TSimd.Load(ref bias, 5 * n); }
            if (TWidth.Value > 6) { y6 = TSimd.Load(ref bias, 6 * n); }
            if (TWidth.Value > 7) { y7 = TSimd.Load(ref bias, 7 * n); }
        }

        for (nuint k = 0; k < depth; k++)
        {
            TVector xk = TSimd.Broadcast(Unsafe.Add(ref x, k));
            y0 = TSimd.Fma(xk, TSimd.Load(ref bk, 0), y0);
            if (TWidth.Value > 1) { y1 = TSimd.Fma(xk, TSimd.Load(ref bk, n), y1); }
            if (TWidth.Value > 2) { y2 = TSimd.Fma(xk, TSimd.Load(ref bk, 2 * n), y2); }
            if (TWidth.Value > 3) { y3 = TSimd.Fma(xk, TSimd.Load(ref bk, 3 * n), y3); }
            if (TWidth.Value > 4) { y4 = TSimd.Fma(xk, TSimd.Load(ref bk, 4 * n), y4); }
            if (TWidth.Value > 5) { y5 = TSimd.Fma(xk, TSimd.Load(ref bk, 5 * n), y5); }
            if (TWidth.Value > 6) { y6 = TSimd.Fma(xk, TSimd.Load(ref bk, 6 * n), y6); }
            if (TWidth.Value > 7) { y7 = TSimd.Fma(xk, TSimd.Load(ref bk, 7 * n), y7); }
            bk = ref Unsafe.Add(ref bk, panelWidth);
        }

        TSimd.Store(y0, ref y, 0);
        if (TWidth.Value > 1) { TSimd.Store(y1, ref y, n); }
        if (TWidth.Value > 2) { TSimd.Store(y2, ref y, 2 * n); }
        if (TWidth.Value > 3) { TSimd.Store(y3, ref y, 3 * n); }
        if (TWidth.Value > 4) { TSimd.Store(y4, ref y, 4 * n); }
        if (TWidth.Value > 5) { TSimd.Store(y5, ref y, 5 * n); }
        if (TWidth.Value > 6) { TSimd.Store(y6, ref y, 6 * n); }
        if (TWidth.Value > 7) { TSimd.Store(y7, ref y, 7 * n); }
    }
}
