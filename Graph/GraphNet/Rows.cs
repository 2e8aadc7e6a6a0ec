using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Small passes over rows.</summary>
internal static class Rows
{
    /// <summary>Copies rows from one stride to another; what a destination row has beyond <paramref name="columns"/> stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<T>(ReadOnlySpan<T> source, int sourceStride, int columns, int rows, Span<T> destination, int destinationStride)
    {
        for (int row = 0; row < rows; row++)
        {
            source.Slice(row * sourceStride, columns).CopyTo(destination.Slice(row * destinationStride, columns));
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
