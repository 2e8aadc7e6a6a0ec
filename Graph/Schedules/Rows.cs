using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Small passes over rows, many of them between the caller's rows without gaps and rows padded to whole blocks of units.</summary>
internal static class Rows
{
    /// <summary>Copies rows into padded ones, tiny values and padding zeroed; an empty source stands for zeros.</summary>
    /// <param name="source">[rows, size], or empty.</param>
    /// <param name="size">Elements of a row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="padded">[rows, padded size], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<T>(ReadOnlySpan<T> source, int size, int rows, Span<T> padded)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int stride = GateLayout.Pad(size);
        if (source.IsEmpty)
        {
            padded[..(rows * stride)].Clear();
            return;
        }

        if (stride == size)
        {
            NeuralPrimitives.FlushTiny(source[..(rows * size)], padded[..(rows * size)]);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            NeuralPrimitives.FlushTiny(source.Slice(row * size, size), padded.Slice(row * stride, size));
            padded.Slice(row * stride + size, stride - size).Clear();
        }
    }

    /// <summary>Adds rows to padded ones.</summary>
    /// <param name="source">[rows, size], or empty for zeros.</param>
    /// <param name="size">Elements of a row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="padded">[rows, padded size], added to.</param>
    /// <param name="repeat">How many rows in turn get the same row of the source.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<T>(ReadOnlySpan<T> source, int size, int rows, Span<T> padded, int repeat = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int stride = GateLayout.Pad(size);
        for (int row = 0; row < rows && !source.IsEmpty; row++)
        {
            Span<T> target = padded.Slice(row * stride, size);
            NeuralPrimitives.Add(target, source.Slice(row / repeat * size, size), target);
        }
    }

    /// <summary>
    /// Copies rows from one stride to another, to an empty destination none;
    /// what a destination row has beyond <paramref name="columns"/> stays.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(ReadOnlySpan<T> source, int sourceStride, int columns, int rows, Span<T> destination, int destinationStride)
    {
        if (sourceStride == columns && destinationStride == columns && !destination.IsEmpty)
        {
            source[..(rows * columns)].CopyTo(destination);
            return;
        }

        for (int row = 0; row < rows && !destination.IsEmpty; row++)
        {
            source.Slice(row * sourceStride, columns).CopyTo(destination.Slice(row * destinationStride, columns));
        }
    }

    /// <summary>Zeros the elements [from, to) of every row, units whose weights are zero: an infinite input makes them NaN, since 0 · ∞
    /// is, and zero weights would not keep that out of the products that read them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ClearPadding<T>(Span<T> padded, int stride, int from, int to, int rows)
    {
        for (int row = 0; row < rows && from < to; row++)
        {
            padded.Slice(row * stride + from, to - from).Clear();
        }
    }

    /// <summary>Multiplies row r by <c>factors[r]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale<T>(Span<T> rows, int stride, int columns, ReadOnlySpan<T> factors)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < factors.Length; row++)
        {
            Span<T> values = rows.Slice(row * stride, columns);
            NeuralPrimitives.MultiplyScalar(values, factors[row], values);
        }
    }
}
