using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = x where x &gt; 0, else 0.</summary>
    /// <remarks>NaN gives NaN. The derivative at 0 is 0.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Relu<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<ReluFunction, T>(x, destination);

    /// <summary>destination = dy where y &gt; 0, else 0.</summary>
    /// <param name="y">[n], the outputs of <see cref="Relu{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void ReluBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Binary<ReluDerivative, T>(y, dy, destination);

    private readonly struct ReluFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => ActivationFunction<TSimd, TVector, T>.Invoke(Activation.Relu, x);
    }

    private readonly struct ReluDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector y, TVector dy)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => ActivationFunction<TSimd, TVector, T>.Backward(Activation.Relu, y, dy);
    }
}
