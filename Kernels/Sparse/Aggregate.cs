using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>
    /// <c>Y = A·X</c> for a sparse A, or <c>Y += A·X</c>: every row of Y the (weighted) sum of its neighbours' rows of X.
    /// </summary>
    /// <remarks>
    /// The row of Y stays in registers while its neighbours stream by. Every element is one chain in the order of the entries, so any
    /// width, and any division of the rows among calls, gives the same bits. The gradient of X is the same product with Aᵀ.
    /// </remarks>
    /// <param name="pattern">The entries of A.</param>
    /// <param name="weights">Their values, [count]; empty for ones.</param>
    /// <param name="x">X [columns of A, features], row i at <paramref name="ldx"/>·i.</param>
    /// <param name="ldx">Elements from row to row of X, ≥ features.</param>
    /// <param name="features">Elements of a row.</param>
    /// <param name="y">The rows of Y, the first at 0, row after row at <paramref name="ldy"/>.</param>
    /// <param name="ldy">Elements from row to row of Y, ≥ features.</param>
    /// <param name="firstRow">The first row of A taken.</param>
    /// <param name="rows">Rows taken; −1 for all from the first.</param>
    /// <param name="accumulate">Adds to Y in place of writing it.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Aggregate<T>(
        CsrPattern pattern, ReadOnlySpan<T> weights, ReadOnlySpan<T> x, int ldx, int features, Span<T> y, int ldy,
        int firstRow = 0, int rows = -1, bool accumulate = false, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        rows = CheckAggregate(pattern, weights.Length, x.Length, ldx, features, y.Length, ldy, firstRow, rows);
        AggregateKernel<T> kernel = new()
        {
            Offsets = pattern.Offsets.Slice(firstRow, rows + 1),
            Indices = pattern.Indices,
            Weights = weights,
            X = x,
            Ldx = ldx,
            Features = features,
            Y = y,
            Ldy = ldy,
            Accumulate = accumulate,
            Ahead = new RowsAhead(pattern, (long)ldx * Unsafe.SizeOf<T>()),
        };
        RowKernel.Run<AggregateKernel<T>, T>(ref kernel, (long)(kernel.Offsets[^1] - kernel.Offsets[0] + rows) * features, workers);
    }

    /// <summary>Checks a product with a sparse matrix and returns the number of its rows.</summary>
    private static int CheckAggregate(CsrPattern pattern, int weights, int x, int ldx, int features, int y, int ldy, int firstRow, int rows)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, pattern.Rows);
        rows = rows < 0 ? pattern.Rows - firstRow : rows;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, pattern.Rows - firstRow);
        Require.LengthOrEmpty(weights, pattern.Count);
        CheckRows(x, ldx, pattern.Columns, features, "x");
        CheckRows(y, ldy, rows, features, "y");
        return rows;
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.Aggregate{T}"/>.</summary>
internal ref struct AggregateKernel<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Offsets;
    public ReadOnlySpan<int> Indices;
    public ReadOnlySpan<T> Weights;
    public ReadOnlySpan<T> X;
    public nint Ldx;
    public int Features;
    public Span<T> Y;
    public nint Ldy;
    public bool Accumulate;
    public RowsAhead Ahead;

    public void Take(int part, int parts)
    {
        (int from, int to) = CsrPattern.Share(Offsets, part, parts);
        Offsets = Offsets[from..(to + 1)];
        Y = from < to ? Y[(from * (int)Ldy)..] : default; // past the last row there may be nothing
    }

    /// <summary>Columns eight vectors at a time; what is left over takes a loop of its own width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        int n = TSimd.Count, column = 0;
        for (; column + 8 * n <= Features; column += 8 * n)
        {
            Columns<TSimd, TVector, W8>(column);
        }

        if (column + 4 * n <= Features)
        {
            Columns<TSimd, TVector, W4>(column);
            column += 4 * n;
        }

        if (column + 2 * n <= Features)
        {
            Columns<TSimd, TVector, W2>(column);
            column += 2 * n;
        }

        if (column + n <= Features)
        {
            Columns<TSimd, TVector, W1>(column);
            column += n;
        }

        if (column < Features)
        {
            Rest(column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Columns<TSimd, TVector, TWidth>(int column)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TWidth : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        nint ldx = Ldx, ldy = Ldy;
        bool accumulate = Accumulate, weighted = !Weights.IsEmpty;
        ref int offset = ref MemoryMarshal.GetReference(Offsets);
        ref int index = ref MemoryMarshal.GetReference(Indices);
        ref T weight = ref MemoryMarshal.GetReference(Weights);
        ref T x = ref Unsafe.Add(ref MemoryMarshal.GetReference(X), column);
        ref T y = ref Unsafe.Add(ref MemoryMarshal.GetReference(Y), column);
        int rows = Offsets.Length - 1;
        RowsAhead ahead = Ahead;
        nint width = TWidth.Value * (nint)n;
        TVector zero = TSimd.Constant(0), factor = TSimd.Constant(1);
        for (int row = 0; row < rows; row++)
        {
            TVector s0, s1, s2, s3, s4, s5, s6, s7;
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = zero;
            if (accumulate)
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
            for (int entry = Unsafe.Add(ref offset, row); entry < end; entry++)
            {
                ref T source = ref Unsafe.Add(ref x, Unsafe.Add(ref index, entry) * ldx);
                if (ahead.Entries > 0)
                {
                    ahead.Ask(ref x, ref index, entry, ldx, width);
                }

                if (weighted)
                {
                    factor = TSimd.Broadcast(Unsafe.Add(ref weight, entry));
                }

                s0 = TSimd.Fma(factor, TSimd.Load(ref source, 0), s0);
                if (TWidth.Value > 1) { s1 = TSimd.Fma(factor, TSimd.Load(ref source, n), s1); }
                if (TWidth.Value > 2)
                {
                    s2 = TSimd.Fma(factor, TSimd.Load(ref source, 2 * n), s2);
                    s3 = TSimd.Fma(factor, TSimd.Load(ref source, 3 * n), s3);
                }

                if (TWidth.Value > 4)
                {
                    s4 = TSimd.Fma(factor, TSimd.Load(ref source, 4 * n), s4);
                    s5 = TSimd.Fma(factor, TSimd.Load(ref source, 5 * n), s5);
                    s6 = TSimd.Fma(factor, TSimd.Load(ref source, 6 * n), s6);
                    s7 = TSimd.Fma(factor, TSimd.Load(ref source, 7 * n), s7);
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

            y = ref Unsafe.Add(ref y, ldy);
        }
    }

    /// <summary>The columns that fill no vector, one by one in the same order.</summary>
    private readonly void Rest(int first)
    {
        for (int row = 0; row + 1 < Offsets.Length; row++)
        {
            Span<T> target = Y.Slice(row * (int)Ldy + first, Features - first);
            if (!Accumulate)
            {
                target.Clear();
            }

            for (int entry = Offsets[row]; entry < Offsets[row + 1]; entry++)
            {
                ReadOnlySpan<T> source = X.Slice(Indices[entry] * (int)Ldx + first, target.Length);
                T factor = Weights.IsEmpty ? T.One : Weights[entry];
                for (int j = 0; j < target.Length; j++)
                {
                    target[j] = T.FusedMultiplyAdd(factor, source[j], target[j]);
                }
            }
        }
    }
}
