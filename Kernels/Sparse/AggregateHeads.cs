using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>
    /// Weighted sums of neighbours, every head with weights of its own: <c>y_i^k = Σ_e α_ek x_j^k</c> over the entries e = (i, j) of row i.
    /// </summary>
    /// <remarks>Every element is one chain in the order of the entries: any width, and any number of threads,
    /// gives the same bits.</remarks>
    /// <param name="pattern">The neighbours of each row.</param>
    /// <param name="weights">α [count, heads].</param>
    /// <param name="x">[columns of the pattern, heads, features].</param>
    /// <param name="heads">Heads, ≥ 1.</param>
    /// <param name="features">Elements of a head, ≥ 1.</param>
    /// <param name="y">[rows of the pattern, heads, features], written; zeros for a row without entries.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AggregateHeads<T>(
        CsrPattern pattern, ReadOnlySpan<T> weights, ReadOnlySpan<T> x, int heads, int features, Span<T> y, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckHeads(pattern, weights.Length, heads, features);
        Require.AtLeast(x.Length, (long)pattern.Columns * heads * features);
        Require.AtLeast(y.Length, (long)pattern.Rows * heads * features);
        AggregateHeadsKernel<InOrder, T> kernel = new()
        {
            Offsets = pattern.Offsets,
            Sources = pattern.Indices,
            Weights = weights,
            X = x,
            Heads = heads,
            Features = features,
            Y = y,
            Ahead = new RowsAhead(pattern, (long)heads * features * Unsafe.SizeOf<T>()),
        };
        HeadKernel.Run<AggregateHeadsKernel<InOrder, T>, T>(ref kernel, features, (long)pattern.Count * heads * features, workers);
    }

    /// <summary>The gradient of <see cref="AggregateHeads{T}"/>'s x, pulled by each column:
    /// <c>dx_j^k += Σ_e α_ek dy_i^k</c> over the entries e = (i, j).</summary>
    /// <param name="byColumn">The pattern's <see cref="CsrPattern.EntriesByColumn"/>.</param>
    /// <param name="rowOfEntries">The pattern's <see cref="CsrPattern.RowOfEntries"/>.</param>
    /// <param name="weights">α [count, heads].</param>
    /// <param name="dy">[rows of the pattern, heads, features].</param>
    /// <param name="heads">Heads, ≥ 1.</param>
    /// <param name="features">Elements of a head, ≥ 1.</param>
    /// <param name="dx">[columns of the pattern, heads, features], added to.</param>
    /// <param name="workers">Threads that share the columns; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short, or entries or rows are not there.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AggregateHeadsBackward<T>(
        CsrPattern byColumn, ReadOnlySpan<int> rowOfEntries, ReadOnlySpan<T> weights, ReadOnlySpan<T> dy, int heads,
        int features, Span<T> dx,
        WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckHeads(byColumn, weights.Length, heads, features);
        Require.Length(byColumn.Columns, byColumn.Count);
        Require.Length(rowOfEntries.Length, byColumn.Count);
        CheckRows(dy.Length, heads * features, rowOfEntries, heads * features, least: 0, nameof(dy));
        Require.AtLeast(dx.Length, (long)byColumn.Rows * heads * features);
        AggregateHeadsKernel<ByColumn, T> kernel = new()
        {
            Offsets = byColumn.Offsets,
            Entries = byColumn.Indices,
            Sources = rowOfEntries,
            Weights = weights,
            X = dy,
            Heads = heads,
            Features = features,
            Y = dx,
        };
        HeadKernel.Run<AggregateHeadsKernel<ByColumn, T>, T>(ref kernel, features, (long)byColumn.Count * heads * features, workers);
    }

    /// <summary>Checks what all kernels over the heads of entries need.</summary>
    private static void CheckHeads(CsrPattern pattern, int weights, int heads, int features,
        [CallerArgumentExpression(nameof(weights))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Require.Positive(heads);
        Require.Positive(features);
        Require.AtLeast(weights, (long)pattern.Count * heads, name);
    }
}

/// <summary>
/// In which order a kernel takes the entries. A type, for a choice in the innermost loop made the gradient 7 % slower.
/// </summary>
internal interface IEntryOrder
{
    static abstract bool IsByColumn { get; }
}

/// <summary>As they stand: the sums, which are written.</summary>
internal readonly struct InOrder : IEntryOrder
{
    public static bool IsByColumn { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => false; }
}

/// <summary>Column by column: the gradient, which is added to.</summary>
internal readonly struct ByColumn : IEntryOrder
{
    public static bool IsByColumn { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }
}

/// <summary>The loops of <see cref="NeuralPrimitives.AggregateHeads{T}"/> and of its gradient.</summary>
internal ref struct AggregateHeadsKernel<TOrder, T> : IHeadKernel<T>
    where TOrder : struct, IEntryOrder
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Offsets;
    public ReadOnlySpan<int> Entries; // by column: the number of each entry
    public ReadOnlySpan<int> Sources; // by the number of the entry
    public ReadOnlySpan<T> Weights;
    public ReadOnlySpan<T> X;
    public int Heads;
    public int Features;
    public Span<T> Y;
    public RowsAhead Ahead; // in order; by column, rows, entries and weights are all far, and asking gains nothing

    public void Take(int part, int parts)
    {
        (int from, int to) = CsrPattern.Share(Offsets, part, parts);
        Offsets = Offsets[from..(to + 1)];
        Y = Y[(from * Heads * Features)..];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        int n = TSimd.Count, width = Heads * Features, column = 0;
        for (; column + 8 * n <= width; column += 8 * n)
        {
            Columns<TSimd, TVector, W8>(column);
        }

        if (column + 4 * n <= width)
        {
            Columns<TSimd, TVector, W4>(column);
            column += 4 * n;
        }

        if (column + 2 * n <= width)
        {
            Columns<TSimd, TVector, W2>(column);
            column += 2 * n;
        }

        if (column < width)
        {
            Columns<TSimd, TVector, W1>(column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Columns<TSimd, TVector, TWidth>(int column)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TWidth : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        int step = TSimd.Count;
        nint heads = Heads, width = Heads * Features;
        nint k0 = column / Features, k1 = (column + step) / Features, k2 = (column + 2 * step) / Features,
            k3 = (column + 3 * step) / Features;
        nint k4 = (column + 4 * step) / Features, k5 = (column + 5 * step) / Features, k6 = (column + 6 * step) / Features,
            k7 = (column + 7 * step) / Features;
        ref int offset = ref MemoryMarshal.GetReference(Offsets);
        ref int number = ref MemoryMarshal.GetReference(Entries);
        ref int index = ref MemoryMarshal.GetReference(Sources);
        ref T weights = ref MemoryMarshal.GetReference(Weights);
        ref T x = ref Unsafe.Add(ref MemoryMarshal.GetReference(X), column);
        ref T y = ref Unsafe.Add(ref MemoryMarshal.GetReference(Y), column);
        int rows = Offsets.Length - 1;
        RowsAhead ahead = Ahead;
        TVector zero = TSimd.Constant(0);
        for (int row = 0; row < rows; row++)
        {
            TVector s0, s1, s2, s3, s4, s5, s6, s7;
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = zero;
            if (TOrder.IsByColumn)
            {
                s0 = TSimd.Load(ref y, 0);
                if (TWidth.Value > 1) { s1 = TSimd.Load(ref y, n); }
                if (TWidth.Value > 2) { s2 = TSimd.Load(ref y, 2 * n); s3 = TSimd.Load(ref y, 3 * n); }
                if (TWidth.Value > 4)
                {
                    s4 = TSimd.Load(ref y, 4 * n);
                    s5 = TSimd.Load(ref y, 5 * n);
                    s6 = TSimd.Load(ref y, 6 * n);
                    s7 = TSimd.Load(ref y, 7 * n);
                }
            }

            int end = Unsafe.Add(ref offset, row + 1);
            for (int at = Unsafe.Add(ref offset, row); at < end; at++)
            {
                int entry = TOrder.IsByColumn ? Unsafe.Add(ref number, at) : at;
                if (!TOrder.IsByColumn && ahead.Entries > 0)
                {
                    ahead.Ask(ref x, ref index, at, width, TWidth.Value * (nint)n);
                }

                ref T source = ref Unsafe.Add(ref x, Unsafe.Add(ref index, entry) * width);
                ref T weight = ref Unsafe.Add(ref weights, entry * heads);
                s0 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k0)), TSimd.Load(ref source, 0), s0);
                if (TWidth.Value > 1) { s1 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k1)), TSimd.Load(ref source, n), s1); }
                if (TWidth.Value > 2)
                {
                    s2 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k2)), TSimd.Load(ref source, 2 * n), s2);
                    s3 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k3)), TSimd.Load(ref source, 3 * n), s3);
                }

                if (TWidth.Value > 4)
                {
                    s4 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k4)), TSimd.Load(ref source, 4 * n), s4);
                    s5 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k5)), TSimd.Load(ref source, 5 * n), s5);
                    s6 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k6)), TSimd.Load(ref source, 6 * n), s6);
                    s7 = TSimd.Fma(TSimd.Broadcast(Unsafe.Add(ref weight, k7)), TSimd.Load(ref source, 7 * n), s7);
                }
            }

            TSimd.Store(s0, ref y, 0);
            if (TWidth.Value > 1) { TSimd.Store(s1, ref y, n); }
            if (TWidth.Value > 2) { TSimd.Store(s2, ref y, 2 * n); TSimd.Store(s3, ref y, 3 * n); }
            if (TWidth.Value > 4)
            {
                TSimd.Store(s4, ref y, 4 * n);
                TSimd.Store(s5, ref y, 5 * n);
                TSimd.Store(s6, ref y, 6 * n);
                TSimd.Store(s7, ref y, 7 * n);
            }

            y = ref Unsafe.Add(ref y, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void RunScalar()
    {
        int width = Heads * Features;
        for (int row = 0; row + 1 < Offsets.Length; row++)
        {
            Span<T> target = Y.Slice(row * width, width);
            if (!TOrder.IsByColumn)
            {
                target.Clear();
            }

            for (int at = Offsets[row]; at < Offsets[row + 1]; at++)
            {
                int entry = TOrder.IsByColumn ? Entries[at] : at;
                ReadOnlySpan<T> source = X.Slice(Sources[entry] * width, width);
                for (int head = 0, c = 0; head < Heads; head++)
                {
                    T weight = Weights[entry * Heads + head];
                    for (int end = c + Features; c < end; c++)
                    {
                        target[c] = T.FusedMultiplyAdd(weight, source[c], target[c]);
                    }
                }
            }
        }
    }
}
