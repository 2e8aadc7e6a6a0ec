using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>Every row of Y the element-wise maximum of its neighbours' rows of X; zeros for a row without entries.</summary>
    /// <remarks>Of equal values the first counts. NaN among the values gives NaN.</remarks>
    /// <param name="pattern">The neighbours of each row; fewer than 2²⁴ each.</param>
    /// <param name="x">X [columns of the pattern, features], row after row.</param>
    /// <param name="features">Elements of a row.</param>
    /// <param name="y">Y [rows, features], written.</param>
    /// <param name="winner">[rows, features], for each element which of the row's entries it came from, counted from 0; written.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AggregateMax<T>(CsrPattern pattern, ReadOnlySpan<T> x, int features, Span<T> y, Span<T> winner,
        WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckAggregate(pattern, 0, x.Length, features, features, y.Length, features, 0, -1);
        Require.AtLeast(winner.Length, (long)pattern.Rows * features);
        AggregateMaxKernel<T> kernel = new()
        {
            Pattern = pattern,
            Rows = pattern.Rows,
            X = x,
            Features = features,
            Y = y,
            Winner = winner,
            Ahead = new RowsAhead(pattern, (long)features * Unsafe.SizeOf<T>()),
        };
        RowKernel.Run<AggregateMaxKernel<T>, T>(ref kernel, (long)(pattern.Count + pattern.Rows) * features, workers);
    }

    /// <summary>The gradient of <see cref="AggregateMax{T}"/>: each element of dY goes to the neighbour it came from.</summary>
    /// <param name="pattern">The neighbours of each row.</param>
    /// <param name="byColumn">The pattern's <see cref="CsrPattern.EntriesByColumn"/>.</param>
    /// <param name="rowOfEntries">The pattern's <see cref="CsrPattern.RowOfEntries"/>.</param>
    /// <param name="winner">[rows, features], as the forward pass wrote it.</param>
    /// <param name="dy">[rows, features].</param>
    /// <param name="features">Elements of a row.</param>
    /// <param name="dx">[columns, features], added to.</param>
    /// <param name="workers">Threads that share the columns; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short, or rows or entries are not there.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AggregateMaxBackward<T>(
        CsrPattern pattern, CsrPattern byColumn, ReadOnlySpan<int> rowOfEntries, ReadOnlySpan<T> winner, ReadOnlySpan<T> dy,
        int features, Span<T> dx,
        WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckAggregate(pattern, 0, dx.Length, features, features, dy.Length, features, 0, -1);
        ArgumentNullException.ThrowIfNull(byColumn);
        Require.Length(byColumn.Rows, pattern.Columns);
        Require.Length(byColumn.Columns, pattern.Count);
        Require.Length(rowOfEntries.Length, pattern.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(LargestIndex(rowOfEntries, 0, nameof(rowOfEntries)), pattern.Rows,
            nameof(rowOfEntries));
        Require.AtLeast(winner.Length, (long)pattern.Rows * features);
        AggregateMaxBackwardKernel<T> kernel = new()
        {
            Pattern = pattern,
            ByColumn = byColumn,
            RowOfEntries = rowOfEntries,
            Winner = winner,
            DY = dy,
            Columns = byColumn.Rows,
            Features = features,
            DX = dx,
        };
        RowKernel.Run<AggregateMaxBackwardKernel<T>, T>(ref kernel, (long)(pattern.Count + pattern.Columns) * features, workers);
    }
}

internal ref struct AggregateMaxKernel<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Pattern;
    public int First;
    public int Rows;
    public ReadOnlySpan<T> X;
    public int Features;
    public Span<T> Y;
    public Span<T> Winner;
    public RowsAhead Ahead;

    public void Take(int part, int parts)
    {
        (First, int end) = CsrPattern.Share(Pattern.Offsets, part, parts);
        Rows = end - First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        RowsAhead ahead = Ahead;
        ref int index = ref MemoryMarshal.GetReference(Pattern.Indices);
        ref T x = ref MemoryMarshal.GetReference(X);
        for (int row = First; row < First + Rows; row++)
        {
            ReadOnlySpan<int> neighbours = Pattern[row];
            Span<T> y = Y.Slice(row * Features, Features), winner = Winner.Slice(row * Features, Features);
            if (neighbours.IsEmpty)
            {
                y.Clear();
                winner.Clear();
                continue;
            }

            // Of a nearer X nothing: a core that takes the neighbours once for every vector looks far enough ahead (1.2 times as fast).
            for (int entry = Pattern.Offsets[row]; ahead.AsksSecondCache && entry < Pattern.Offsets[row + 1]; entry++)
            {
                ahead.Ask(ref x, ref index, entry, Features, Features);
            }

            int column = 0;
            for (; column + TSimd.Count <= Features; column += TSimd.Count)
            {
                TVector best = TSimd.Load(in X[neighbours[0] * Features + column], 0), from = TSimd.Constant(0);
                for (int entry = 1; entry < neighbours.Length; entry++)
                {
                    TVector value = TSimd.Load(in X[neighbours[entry] * Features + column], 0);
                    TVector larger = TSimd.Or(TSimd.GreaterThan(value, best), TSimd.IsNaN(value));
                    best = TSimd.Select(larger, value, best);
                    from = TSimd.Select(larger, TSimd.Broadcast(Scalar.From<T>(entry)), from);
                }

                TSimd.Store(best, ref y[column], 0);
                TSimd.Store(from, ref winner[column], 0);
            }

            for (; column < Features; column++)
            {
                T best = X[neighbours[0] * Features + column];
                int from = 0;
                for (int entry = 1; entry < neighbours.Length; entry++)
                {
                    T value = X[neighbours[entry] * Features + column];
                    if (value > best || T.IsNaN(value))
                    {
                        (best, from) = (value, entry);
                    }
                }

                y[column] = best;
                winner[column] = Scalar.From<T>(from);
            }
        }
    }
}

internal ref struct AggregateMaxBackwardKernel<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Pattern;
    public CsrPattern ByColumn;
    public ReadOnlySpan<int> RowOfEntries;
    public ReadOnlySpan<T> Winner;
    public ReadOnlySpan<T> DY;
    public int First;
    public int Columns;
    public int Features;
    public Span<T> DX;

    public void Take(int part, int parts)
    {
        (First, int end) = CsrPattern.Share(ByColumn.Offsets, part, parts);
        Columns = end - First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        for (int node = First; node < First + Columns; node++)
        {
            Span<T> dx = DX.Slice(node * Features, Features);
            foreach (int entry in ByColumn[node])
            {
                int row = RowOfEntries[entry];
                T number = Scalar.From<T>(entry - Pattern.Offsets[row]);
                TVector mine = TSimd.Broadcast(number);
                ReadOnlySpan<T> winner = Winner.Slice(row * Features, Features), dy = DY.Slice(row * Features, Features);
                int column = 0;
                for (; column + TSimd.Count <= Features; column += TSimd.Count)
                {
                    TVector from = TSimd.Load(in winner[column], 0);
                    TVector other = TSimd.Or(TSimd.GreaterThan(from, mine), TSimd.GreaterThan(mine, from));
                    TVector sum = TSimd.Load(in dx[column], 0);
                    TSimd.Store(TSimd.Select(other, sum, TSimd.Add(sum, TSimd.Load(in dy[column], 0))), ref dx[column], 0);
                }

                for (; column < Features; column++)
                {
                    dx[column] = winner[column] == number ? dx[column] + dy[column] : dx[column];
                }
            }
        }
    }
}
