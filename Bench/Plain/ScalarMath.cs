namespace FastRecurrent.Bench.Plain;

/// <summary>What a loop over single numbers does, without vectors: the slowest of the baselines.</summary>
internal static class ScalarMath
{
    /// <summary>Σ x·y.</summary>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        float sum = 0;
        for (int k = 0; k < x.Length; k++)
        {
            sum += x[k] * y[k];
        }

        return sum;
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
}
