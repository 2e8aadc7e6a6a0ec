namespace FastRecurrent.Models;

/// <summary>Factors for a learning rate over the course of training; each lies in 0 … 1 and may be multiplied with another.</summary>
public static class LearningRateSchedule
{
    /// <summary>Multiplies by <paramref name="factor"/> after every <paramref name="interval"/> steps.</summary>
    /// <param name="step">Steps taken, ≥ 0.</param>
    /// <param name="interval">Steps between two cuts, ≥ 1.</param>
    /// <param name="factor">Of each cut, in 0 … 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static double StepDecay(long step, long interval, double factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        TrainingNumbers.RequireFactor(factor);
        return Math.Pow(factor, step / interval);
    }

    /// <summary>Falls along half a cosine from 1 to <paramref name="final"/>, and stays there (Loshchilov and Hutter 2017).</summary>
    /// <param name="step">Steps taken, ≥ 0.</param>
    /// <param name="total">Steps until the end, ≥ 1.</param>
    /// <param name="final">The last factor, in 0 … 1; 0 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static double Cosine(long step, long total, double final = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        TrainingNumbers.RequireFactor(final);
        return final + (1 - final) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (double)step / total)));
    }

    /// <summary>Rises in a straight line to 1 over the first steps.</summary>
    /// <param name="step">Steps taken, ≥ 0; the first one already has a rate.</param>
    /// <param name="steps">Steps of the rise; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static double WarmUp(long step, long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return steps == 0 ? 1 : Math.Min(1, (step + 1.0) / steps);
    }
}
