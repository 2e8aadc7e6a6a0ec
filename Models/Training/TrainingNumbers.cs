using System.Runtime.CompilerServices;

namespace FastRecurrent.Models;

/// <summary>Checks of the numbers that training is told. NaN is in no range.</summary>
internal static class TrainingNumbers
{
    /// <summary>Throws unless a number is finite and 0 or more, and returns it.</summary>
    public static double RequireAtLeastZero(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite and 0 or more.");

    /// <summary>Throws unless a number is finite and more than 0, and returns it.</summary>
    public static double RequirePositive(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite and more than 0.");

    /// <summary>Throws unless a number is 0 or more and less than 1, and returns it.</summary>
    public static double RequirePart(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be 0 or more and less than 1.");

    /// <summary>Throws unless a number lies in 0 … 1.</summary>
    public static void RequireFactor(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be 0 … 1.");
        }
    }
}
