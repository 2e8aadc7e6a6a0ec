using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = x, with |x| below 1e-30 (float) or 1e-290 (double) replaced by zero.</summary>
    /// <remarks>A denormal operand makes an FMA more than a hundred times slower; this guards what enters a cell. NaN stays NaN.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void FlushTiny<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<FlushTinyFunction, T>(x, destination);

    private readonly struct FlushTinyFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorMath<TSimd, TVector, T>.FlushTiny(x);
    }
}
