using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>From logits to classes: the most probable one, one drawn at random, and how many are right. Nothing is allocated.</summary>
public static class Prediction
{
    /// <summary>The class with the largest logit; the first of several.</summary>
    /// <param name="logits">[C], C ≥ 1; probabilities do as well.</param>
    /// <exception cref="ArgumentException">There are no classes.</exception>
    public static int ArgMax<T>(ReadOnlySpan<T> logits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.AtLeast(logits.Length, 1);
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    /// <summary>How many rows have their largest logit at their target.</summary>
    /// <param name="logits">[rows, C].</param>
    /// <param name="targets">[rows]; one that is no class is never right.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static int CountCorrect<T>(ReadOnlySpan<T> logits, ReadOnlySpan<int> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int classes = Require.MultipleOf(logits.Length, targets.Length), correct = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            correct += ArgMax(logits.Slice(row * classes, classes)) == targets[row] ? 1 : 0;
        }

        return correct;
    }

    /// <summary>Draws a class from softmax(logits / temperature). One of a logit of −∞ is drawn only if all are.</summary>
    /// <param name="logits">[C], C ≥ 1; overwritten with those probabilities, unless the temperature is 0.</param>
    /// <param name="temperature">1 draws by the model's probabilities, less is safer, more is bolder,
    /// 0 takes the most probable class, +∞ any that has a probability.</param>
    /// <param name="random">The source; one number is taken from it, at a temperature of 0 none.</param>
    /// <exception cref="ArgumentException">There are no classes, or the temperature is negative or no number;
    /// nothing has been written.</exception>
    public static int Sample<T>(Span<T> logits, double temperature, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(random);
        Require.AtLeast(logits.Length, 1);
        if (!(temperature >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "A temperature is 0 or more.");
        }

        if (temperature == 0)
        {
            return ArgMax<T>(logits);
        }

        // The largest becomes 0 before anything is scaled: 0 stays 0 however large 1 / temperature is, and −∞ stays −∞ however small.
        double scale = Math.Clamp(1 / temperature, Scalar.ToDouble(T.Epsilon), Scalar.ToDouble(T.BitDecrement(T.PositiveInfinity)));
        NeuralPrimitives.AddScalar(logits, -LogSoftmax.Largest<T>(logits), logits);
        NeuralPrimitives.MultiplyScalar(logits, Scalar.From<T>(scale), logits);
        NeuralPrimitives.Softmax<T>(logits, logits);
        double mark = random.NextDouble(); // in float, what each of many classes takes off would be rounded
        int last = logits.Length - 1;
        for (int i = 0; i < logits.Length; i++)
        {
            mark -= Scalar.ToDouble(logits[i]);
            if (mark < 0)
            {
                return i;
            }

            last = logits[i] > T.Zero ? i : last;
        }

        return last; // probabilities may add up to a little less than 1
    }
}
