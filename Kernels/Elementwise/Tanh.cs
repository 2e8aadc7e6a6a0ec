using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = tanh x.</summary>
    /// <remarks>At most 1e-7 absolute error in float, 1e-15 in double; odd to the bit. NaN gives NaN, ±∞ gives ±1.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Tanh<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<TanhFunction, T>(x, destination);

    /// <summary>destination = dy · (1 − y²).</summary>
    /// <param name="y">[n], the outputs of <see cref="Tanh{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void TanhBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Binary<TanhDerivative, T>(y, dy, destination);

    private readonly struct TanhFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorMath<TSimd, TVector, T>.Tanh(x);
    }

    private readonly struct TanhDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector y, TVector dy)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => ActivationFunction<TSimd, TVector, T>.Backward(Activation.Tanh, y, dy);
    }
}
