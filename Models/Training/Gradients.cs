using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Clipping of all gradients of a model, those of a shared parameter taken once.</summary>
public static class Gradients
{
    /// <summary>The Euclidean norm of all gradients together; no overflow and no underflow on the way.</summary>
    /// <param name="parameters">The parameters.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Norm<T>(ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        double sum = SumOfSquares(parameters, 1);
        if (double.IsNormal(sum) || sum == 0 && Largest(parameters) == 0 || double.IsNaN(sum))
        {
            return Math.Sqrt(sum);
        }

        // Squares of doubles beyond 1e±150 leave the range: scale by the largest first.
        double largest = Largest(parameters);
        double scale = largest < 1e-300 ? 1e300 : 1 / largest; // the inverse of a denormal is infinite
        return double.IsInfinity(largest) ? largest : Math.Sqrt(SumOfSquares(parameters, scale)) / scale;
    }

    /// <summary>g ← min(1, θ/‖g‖) g with the norm over all parameters (Pascanu et al. 2013).</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="threshold">θ ≥ 0; 0 leaves zeros.</param>
    /// <returns>‖g‖ before clipping.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not 0 or more; no gradient has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ClipByNorm<T>(ParameterSet<T> parameters, double threshold)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        RequireThreshold(threshold);
        double norm = Norm(parameters);
        if (norm > threshold)
        {
            T scale = Scalar.From<T>(threshold / norm);
            for (int i = 0; i < parameters.Distinct.Count; i++)
            {
                Span<T> gradient = parameters.Distinct[i].Value.GradientMemory;
                NeuralPrimitives.MultiplyScalar(gradient, scale, gradient);
            }
        }

        return norm;
    }

    /// <summary>Limits every element of every gradient to ±θ.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="threshold">θ ≥ 0; 0 leaves zeros.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not 0 or more; no gradient has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ClipByValue<T>(ParameterSet<T> parameters, double threshold)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        RequireThreshold(threshold);
        T limit = Scalar.From<T>(threshold);
        for (int i = 0; i < parameters.Distinct.Count; i++)
        {
            foreach (ref T value in parameters.Distinct[i].Value.GradientMemory)
            {
                value = T.Clamp(value, -limit, limit);
            }
        }
    }

    private static void RequireThreshold(double threshold)
    {
        if (!(threshold >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A threshold is 0 or more.");
        }
    }

    /// <summary>Σ (scale·g)² in double, four partial sums a tensor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfSquares<T>(ParameterSet<T> parameters, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double total = 0;
        for (int p = 0; p < parameters.Distinct.Count; p++)
        {
            ReadOnlySpan<T> gradient = parameters.Distinct[p].Value.GradientMemory;
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            int i = 0;
            for (; i + 4 <= gradient.Length; i += 4)
            {
                double g0 = Scalar.ToDouble(gradient[i]) * scale, g1 = Scalar.ToDouble(gradient[i + 1]) * scale;
                double g2 = Scalar.ToDouble(gradient[i + 2]) * scale, g3 = Scalar.ToDouble(gradient[i + 3]) * scale;
                s0 += g0 * g0;
                s1 += g1 * g1;
                s2 += g2 * g2;
                s3 += g3 * g3;
            }

            for (; i < gradient.Length; i++)
            {
                double g = Scalar.ToDouble(gradient[i]) * scale;
                s0 += g * g;
            }

            total += (s0 + s1) + (s2 + s3);
        }

        return total;
    }

    private static double Largest<T>(ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double largest = 0;
        for (int p = 0; p < parameters.Distinct.Count; p++)
        {
            foreach (T value in parameters.Distinct[p].Value.GradientMemory)
            {
                largest = Math.Max(largest, Math.Abs(Scalar.ToDouble(value)));
            }
        }

        return largest;
    }
}
