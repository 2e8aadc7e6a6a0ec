using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>An <see cref="Activation"/> and its derivative as vector code; a loop-invariant choice, which the processor predicts.</summary>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public static class ActivationFunction<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>f(z).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Invoke(Activation activation, TVector z) => activation switch
    {
        Activation.Tanh => VectorMath<TSimd, TVector, T>.Tanh(z),
        Activation.Relu => TSimd.Max(TSimd.Constant(0), z),
        Activation.Sigmoid => VectorMath<TSimd, TVector, T>.Sigmoid(z),
        Activation.SaturatedLinear => TSimd.Min(TSimd.Constant(1), TSimd.Max(TSimd.Constant(0), z)),
        _ => z,
    };

    /// <summary>f′(z)·<paramref name="gradient"/>, from y = f(z).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Backward(Activation activation, TVector y, TVector gradient) => activation switch
    {
        Activation.Tanh => TSimd.Multiply(gradient, TSimd.Fma(TSimd.Negate(y), y, TSimd.Constant(1))),
        Activation.Relu => TSimd.And(gradient, TSimd.GreaterThan(y, TSimd.Constant(0))),
        Activation.Sigmoid => TSimd.Multiply(gradient, TSimd.Multiply(y, TSimd.Subtract(TSimd.Constant(1), y))),
        Activation.SaturatedLinear =>
            TSimd.And(TSimd.And(gradient, TSimd.GreaterThan(y, TSimd.Constant(0))), TSimd.GreaterThan(TSimd.Constant(1), y)),
        _ => gradient,
    };
}
