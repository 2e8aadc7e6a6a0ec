using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = f(x) for a named activation.</summary>
    /// <param name="activation">f.</param>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate<T>(Activation activation, ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (activation)
        {
            case Activation.Tanh: Tanh(x, destination); break;
            case Activation.Relu: Relu(x, destination); break;
            case Activation.Sigmoid: Sigmoid(x, destination); break;
            case Activation.SaturatedLinear: SaturatedLinear(x, destination); break;
            case Activation.Identity: Copy(x, destination); break;
            default: throw Unknown(activation);
        }
    }

    /// <summary>destination = dy · f′, f′ from the outputs of <see cref="Activate{T}"/>.</summary>
    /// <param name="activation">f.</param>
    /// <param name="y">[n], the outputs.</param>
    /// <param name="dy">[n], their gradient.</param>
    /// <param name="destination">[n], the gradient of the inputs, written;
    /// may be <paramref name="y"/> or <paramref name="dy"/> itself.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ActivateBackward<T>(Activation activation, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (activation)
        {
            case Activation.Tanh: TanhBackward(y, dy, destination); break;
            case Activation.Relu: ReluBackward(y, dy, destination); break;
            case Activation.Sigmoid: SigmoidBackward(y, dy, destination); break;
            case Activation.SaturatedLinear: SaturatedLinearBackward(y, dy, destination); break;
            case Activation.Identity:
                Require.Length(dy.Length, y.Length);
                Copy(dy, destination);
                break;
            default: throw Unknown(activation);
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> x, Span<T> destination)
    {
        Require.Length(destination.Length, x.Length);
        Require.ApartOrSame(destination, x);
        x.CopyTo(destination);
    }

    private static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), activation, "There is no such activation.");
}
