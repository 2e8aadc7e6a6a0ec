using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>What keeps the attention of an <see cref="AgcLstm{T}"/> from seeing one joint only, or all of them (Si et al. 2019).</summary>
/// <remarks>
/// <code>
/// R = λ Σ_n (1 − Σ_t α_n,t / T)² + β (1/T) Σ_t (Σ_n α_n,t)²      for one layer and one sequence; here the mean over a batch
/// </code>
/// </remarks>
internal static class AttentionRegularisation
{
    // ∂R/∂α_n,t = −(2λ/T) (1 − Σ_t α_n,t / T) + (2β/T) Σ_n α_n,t
    /// <summary>R, and its gradient if it is wanted.</summary>
    /// <param name="alpha">α [T, B, N].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="lambda">λ.</param>
    /// <param name="beta">β.</param>
    /// <param name="gradient">∂R/∂α [T, B, N], written; or empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Evaluate<T>(ReadOnlySpan<T> alpha, int steps, int batch, T lambda, T beta, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (alpha.IsEmpty)
        {
            return T.Zero;
        }

        int rows = alpha.Length / steps, joints = rows / batch;
        T shareOfStep = T.One / Scalar.From<T>(steps), two = Scalar.From<T>(2), mean = T.One / Scalar.From<T>(batch);
        T unseen = T.Zero, crowd = T.Zero;
        for (int row = 0; row < rows; row++)
        {
            T sum = T.Zero;
            for (int at = row; at < alpha.Length; at += rows)
            {
                sum += alpha[at];
            }

            T missing = T.One - sum * shareOfStep;
            unseen = T.FusedMultiplyAdd(missing, missing, unseen);
            for (int at = row; at < gradient.Length; at += rows)
            {
                gradient[at] = -two * lambda * shareOfStep * mean * missing;
            }
        }

        for (int first = 0; first < alpha.Length; first += joints)
        {
            T sum = NeuralPrimitives.Sum(alpha.Slice(first, joints));
            crowd = T.FusedMultiplyAdd(sum, sum, crowd);
            if (!gradient.IsEmpty)
            {
                Span<T> step = gradient.Slice(first, joints);
                NeuralPrimitives.AddScalar(step, two * beta * shareOfStep * mean * sum, step);
            }
        }

        return mean * (lambda * unseen + beta * shareOfStep * crowd);
    }
}
