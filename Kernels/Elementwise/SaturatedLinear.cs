using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = min(max(x, 0), 1).</summary>
    /// <remarks>NaN gives NaN. The derivative at 0 and at 1 is 0.</remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SaturatedLinear<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Unary<SaturatedLinearFunction, T>(x, destination);

    /// <summary>destination = dy where 0 &lt; y &lt; 1, else 0.</summary>
    /// <param name="y">[n], the outputs of <see cref="SaturatedLinear{T}"/>.</param>
    /// <param name="dy">[n], the gradient of the outputs.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void SaturatedLinearBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map.Binary<SaturatedLinearDerivative, T>(y, dy, destination);

    private readonly struct SaturatedLinearFunction : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector x)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            ActivationFunction<TSimd, TVector, T>.Invoke(Activation.SaturatedLinear, x);
    }

    private readonly struct SaturatedLinearDerivative : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Invoke<TSimd, TVector, T>(TVector y, TVector dy)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            ActivationFunction<TSimd, TVector, T>.Backward(Activation.SaturatedLinear, y, dy);
    }
}
