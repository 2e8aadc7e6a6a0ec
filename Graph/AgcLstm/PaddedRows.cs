using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Between the caller's rows without gaps and rows padded to whole blocks of units.</summary>
internal static class PaddedRows
{
    /// <summary>Copies rows, tiny values and padding zeroed; an empty source stands for zeros.</summary>
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

    /// <summary>Copies padded rows to the caller's, if there are any.</summary>
    /// <param name="padded">[rows, padded size].</param>
    /// <param name="size">Elements of a row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="destination">[rows, size], written; or empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<T>(ReadOnlySpan<T> padded, int size, int rows, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int stride = GateLayout.Pad(size);
        if (stride == size && !destination.IsEmpty)
        {
            padded[..(rows * size)].CopyTo(destination);
            return;
        }

        for (int row = 0; row < rows && !destination.IsEmpty; row++)
        {
            padded.Slice(row * stride, size).CopyTo(destination[(row * size)..]);
        }
    }
}
