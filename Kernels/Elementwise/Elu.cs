using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = x where x &gt; 0, else eˣ − 1 (Clevert et al. 2016).</summary>
    /// <remarks>Small values lose no digits. NaN gives NaN.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Elu<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<EluFunction, T>(x, destination);

    /// <summary>destination = dy where y &gt; 0, else dy · (y + 1).</summary>
    /// <param name="y">[n], the outputs of <see cref="Elu{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void EluBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Binary<EluDerivative, T>(y, dy, destination);

    private readonly struct EluFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            TSimd.Select(TSimd.GreaterThan(x, TSimd.Constant(0)), x, VectorMath<TSimd, TVector, T>.ExpMinusOne(x));
    }

    private readonly struct EluDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector y, TVector dy)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            TSimd.Select(TSimd.GreaterThan(y, TSimd.Constant(0)), dy, TSimd.Fma(dy, y, dy));
    }
}
