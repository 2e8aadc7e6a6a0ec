using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Logarithms of probabilities, without the rounding of log Σ eᶻ as one number: among logits of 1e6 that is one of 0.03.</summary>
internal static class LogSoftmax
{
    /// <summary>Writes softmax(z) and returns what log softmax takes off z: first the largest z, then log Σ e^(z − largest).</summary>
    /// <param name="z">[n], n ≥ 1.</param>
    /// <param name="probabilities">[n], written; may be <paramref name="z"/> itself.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (T Largest, double LogSum) Softmax<T>(ReadOnlySpan<T> z, Span<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest = Largest(z);
        NeuralPrimitives.Softmax(z, probabilities);
        return (largest, -Math.Log(Scalar.ToDouble(Largest<T>(probabilities)))); // that of the largest z is 1 / Σ e^(z − largest)
    }

    /// <summary>The largest of some numbers, n ≥ 1; if all are NaN, NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Largest<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = Vector<T>.Count, i = 1;
        T largest = values[0];
        if (values.Length >= n)
        {
            Vector<T> lanes = new(values);
            for (i = n; i + n <= values.Length; i += n)
            {
                lanes = Vector.Max(lanes, new Vector<T>(values[i..]));
            }

            for (int lane = 0; lane < n; lane++)
            {
                largest = lanes[lane] > largest ? lanes[lane] : largest;
            }
        }

        for (; i < values.Length; i++)
        {
            largest = values[i] > largest ? values[i] : largest;
        }

        return largest;
    }
}
