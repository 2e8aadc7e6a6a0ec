using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = 1 / (1 + e⁻ˣ).</summary>
    /// <remarks>At most 1e-7 absolute error in float, 1e-15 in double. NaN gives NaN; −∞ gives a number below 1e-37, not 0.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<SigmoidFunction, T>(x, destination);

    /// <summary>destination = dy · y · (1 − y).</summary>
    /// <param name="y">[n], the outputs of <see cref="Sigmoid{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SigmoidBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Binary<SigmoidDerivative, T>(y, dy, destination);

    private readonly struct SigmoidFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorMath<TSimd, TVector, T>.Sigmoid(x);
    }

    private readonly struct SigmoidDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector y, TVector dy)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            ActivationFunction<TSimd, TVector, T>.Backward(Activation.Sigmoid, y, dy);
    }
}
