using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>destination = eˣ / Σ eˣ, stable for any finite x.</summary>
    /// <remarks>
    /// The largest x is subtracted first; the sum has <see cref="Sum{T}"/>'s order. Probabilities below 1e-30 (float) or 1e-290
    /// (double) become 0. NaN anywhere gives NaN everywhere.
    /// </remarks>
    /// <param name="x">[n].</param>
    /// <param name="destination">[n], written; may be <paramref name="x"/> itself.</param>
    /// <returns>log Σ eˣ; −∞ for n = 0.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Softmax<T>(ReadOnlySpan<T> x, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(destination.Length, x.Length);
        if (x.IsEmpty)
        {
            return T.NegativeInfinity;
        }

        T largest = x[0];
        foreach (T value in x[1..])
        {
            largest = T.Max(largest, value); // NaN is kept
        }

        AddScalar(x, -largest, destination);
        Exp(destination, destination);
        T sum = Sum<T>(destination);
        MultiplyScalar(destination, T.One / sum, destination);
        FlushTiny(destination, destination); // Exp is never zero, and a denormal weight makes a sum slow
        return largest + T.Log(sum);
    }
}
