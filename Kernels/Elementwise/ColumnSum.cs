using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination[j] += Σ_r x[r, j], row after row: the gradient of a bias.</summary>
    /// <param name="x">[rows, columns], row r at <paramref name="stride"/>·r.</param>
    /// <param name="stride">Elements from row to row, ≥ columns.</param>
    /// <param name="rows">Rows, ≥ 0.</param>
    /// <param name="destination">[columns], added to.</param>
    /// <param name="workers">Threads that share the columns; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or the stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ColumnSum<T>(ReadOnlySpan<T> x, int stride, int rows, Span<T> destination, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, destination.Length);
        if (rows == 0)
        {
            return;
        }

        Require.AtLeast(x.Length, (long)(rows - 1) * stride + destination.Length);
        ColumnSumKernel<T> kernel = new() { X = x, Stride = stride, Rows = rows, Destination = destination };
        RowKernel.Run<ColumnSumKernel<T>, T>(ref kernel, (long)rows * destination.Length, workers);
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.ColumnSum{T}"/>.</summary>
internal ref struct ColumnSumKernel<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<T> X;
    public nint Stride;
    public int Rows;
    public Span<T> Destination;

    public void Take(int part, int parts)
    {
        (int from, int to) = WorkerPool.Share(Destination.Length, GateLayout.Block, part, parts);
        X = X[from..];
        Destination = Destination[from..to];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        nint stride = Stride;
        int rows = Rows;
        ref T source = ref MemoryMarshal.GetReference(X);
        ref T target = ref MemoryMarshal.GetReference(Destination);
        nuint n = (nuint)TSimd.Count, columns = (nuint)Destination.Length, j = 0;
        for (; j + 4 * n <= columns; j += 4 * n) // four vectors side by side: the additions of one column depend on each other
        {
            TVector s0 = TSimd.Load(ref target, j), s1 = TSimd.Load(ref target, j + n);
            TVector s2 = TSimd.Load(ref target, j + 2 * n), s3 = TSimd.Load(ref target, j + 3 * n);
            ref T row = ref Unsafe.Add(ref source, j);
            for (int r = 0; r < rows; r++)
            {
                s0 = TSimd.Add(s0, TSimd.Load(ref row, 0));
                s1 = TSimd.Add(s1, TSimd.Load(ref row, n));
                s2 = TSimd.Add(s2, TSimd.Load(ref row, 2 * n));
                s3 = TSimd.Add(s3, TSimd.Load(ref row, 3 * n));
                row = ref Unsafe.Add(ref row, stride);
            }

            TSimd.Store(s0, ref target, j);
            TSimd.Store(s1, ref target, j + n);
            TSimd.Store(s2, ref target, j + 2 * n);
            TSimd.Store(s3, ref target, j + 3 * n);
        }

        for (; j + n <= columns; j += n)
        {
            TVector sum = TSimd.Load(ref target, j);
            for (int r = 0; r < rows; r++)
            {
                sum = TSimd.Add(sum, TSimd.Load(ref Unsafe.Add(ref source, r * stride), j));
            }

            TSimd.Store(sum, ref target, j);
        }

        for (; j < columns; j++)
        {
            T sum = Unsafe.Add(ref target, j);
            for (int r = 0; r < rows; r++)
            {
                sum += Unsafe.Add(ref source, r * stride + (nint)j);
            }

            Unsafe.Add(ref target, j) = sum;
        }
    }
}
