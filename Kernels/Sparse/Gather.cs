using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination[r] = source[indices[r]]: copies rows. Both may have strides, to put rows side by side or to add padding,
    /// which is zeroed.</summary>
    /// <param name="source">Row i at <paramref name="sourceStride"/>·i.</param>
    /// <param name="sourceStride">Elements from row to row of the source, ≥ columns.</param>
    /// <param name="indices">[rows]; −1 stands for a row of zeros.</param>
    /// <param name="columns">Elements copied of each row.</param>
    /// <param name="destination">Row r at <paramref name="destinationStride"/>·r; written.</param>
    /// <param name="destinationStride">Elements from row to row of the destination, ≥ columns.</param>
    /// <param name="padding">Further elements of each destination row that become zero.</param>
    /// <exception cref="ArgumentException">A span is too short, or an index points outside of the source.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherRows<T>(
        ReadOnlySpan<T> source, int sourceStride, ReadOnlySpan<int> indices, int columns, Span<T> destination, int destinationStride,
        int padding = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        CheckRows(source.Length, sourceStride, indices, columns, least: -1, nameof(source));
        CheckRows(destination.Length, destinationStride, indices.Length, columns + padding, nameof(destination));
        for (int row = 0; row < indices.Length; row++)
        {
            Span<T> target = destination.Slice(row * destinationStride, columns + padding);
            if (indices[row] < 0)
            {
                target.Clear();
                continue;
            }

            source.Slice(indices[row] * sourceStride, columns).CopyTo(target);
            target[columns..].Clear();
        }
    }

    /// <summary>destination[indices[r]] = source[r]: the inverse of <see cref="GatherRows{T}"/> where no index stands twice.
    /// Rows not named stay.</summary>
    /// <param name="source">Row r at <paramref name="sourceStride"/>·r.</param>
    /// <param name="sourceStride">Elements from row to row of the source, ≥ columns.</param>
    /// <param name="indices">[rows].</param>
    /// <param name="columns">Elements copied of each row.</param>
    /// <param name="destination">Row i at <paramref name="destinationStride"/>·i; written.</param>
    /// <param name="destinationStride">Elements from row to row of the destination, ≥ columns.</param>
    /// <exception cref="ArgumentException">A span is too short, or an index points outside of the destination.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScatterRows<T>(
        ReadOnlySpan<T> source, int sourceStride, ReadOnlySpan<int> indices, int columns, Span<T> destination, int destinationStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckRows(destination.Length, destinationStride, indices, columns, least: 0, nameof(destination));
        CheckRows(source.Length, sourceStride, indices.Length, columns, nameof(source));
        for (int row = 0; row < indices.Length; row++)
        {
            source.Slice(row * sourceStride, columns).CopyTo(destination.Slice(indices[row] * destinationStride, columns));
        }
    }

    private static void CheckRows(int length, int stride, ReadOnlySpan<int> indices, int columns, int least, string name)
    {
        CheckRows(length, stride, LargestIndex(indices, least, nameof(indices)) + 1L, columns, name);
    }

    private static int LargestIndex(ReadOnlySpan<int> indices, int least, string name)
    {
        int largest = -1;
        foreach (int index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(index, least, name);
            largest = Math.Max(largest, index);
        }

        return largest;
    }

    private static void CheckRows(int length, int stride, long rows, int columns, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns, name);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns, name);
        if (rows > 0)
        {
            Require.AtLeast(length, (rows - 1) * stride + columns, name);
        }
    }
}
