using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Losses over rows [T·B, C], with their gradients. Sequences may have unequal lengths: rows past a sequence's length count nowhere and get
/// a gradient of zero. Nothing is allocated.
/// </summary>
public static class Loss
{
    /// <summary>Softmax cross-entropy, −log softmax(logits)[target], stable for any finite logits.</summary>
    /// <param name="logits">[T·B, C].</param>
    /// <param name="targets">[T·B], each in 0 … C − 1 where it counts.</param>
    /// <param name="gradient">∂L/∂logits [T·B, C], written; may be <paramref name="logits"/> itself.</param>
    /// <param name="reduction">Sum or mean; <see cref="Reduction.Steps"/> is the sum, there is one loss a row.</param>
    /// <param name="lengths">Steps of each sequence, [B]; empty if all rows count.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A length does not fit, a target does not exist, or the reduction is none there is; nothing has
    /// been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T CrossEntropy<T>(
        ReadOnlySpan<T> logits, ReadOnlySpan<int> targets, Span<T> gradient, Reduction reduction = Reduction.Mean,
        ReadOnlySpan<int> lengths = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Defined(reduction);
        int rows = targets.Length, classes = Require.MultipleOf(logits.Length, rows);
        Require.Length(gradient.Length, logits.Length);
        Require.ApartOrSame(gradient, logits);
        int counted = CountRows(rows, lengths);
        for (int row = 0; row < rows; row++)
        {
            if (Counts(row, lengths) && (uint)targets[row] >= (uint)classes)
            {
                throw new ArgumentException($"targets[{row}] is {targets[row]}, but there are classes 0 … {classes - 1}.", nameof(targets));
            }
        }

        T scale = reduction == Reduction.Mean ? T.One / Scalar.From<T>(Math.Max(1, counted)) : T.One;
        double sum = 0; // of many rows, which a sum in float would round off
        for (int row = 0; row < rows; row++)
        {
            Span<T> slope = gradient.Slice(row * classes, classes);
            if (!Counts(row, lengths))
            {
                slope.Clear();
                continue;
            }

            // L = (max z − z_target) + log Σ e^(z − max z), ∂L/∂z = softmax(z) − onehot(target)
            ReadOnlySpan<T> z = logits.Slice(row * classes, classes);
            double target = Scalar.ToDouble(z[targets[row]]);
            (T largest, double logSum) = LogSoftmax.Softmax(z, slope);
            sum += Scalar.ToDouble(largest) - target + logSum;
            slope[targets[row]] -= T.One;
            if (scale != T.One)
            {
                NeuralPrimitives.MultiplyScalar(slope, scale, slope);
            }
        }

        return Scalar.From<T>(sum * Scalar.ToDouble(scale));
    }

    /// <summary>Binary cross-entropy on logits, −(t log σ(z) + (1 − t) log(1 − σ(z))), stable for any finite z.</summary>
    /// <param name="logits">z [T·B, K].</param>
    /// <param name="targets">t [T·B, K], each in 0 … 1.</param>
    /// <param name="gradient">∂L/∂z [T·B, K], written; may be <paramref name="logits"/> itself.</param>
    /// <param name="size">K.</param>
    /// <param name="reduction">Over all elements that count.</param>
    /// <param name="lengths">Steps of each sequence, [B]; empty if all rows count.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A length does not fit, the gradient overlaps what is read and is not the same memory, or the
    /// reduction is none there is; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T BinaryCrossEntropy<T>(
        ReadOnlySpan<T> logits, ReadOnlySpan<T> targets, Span<T> gradient, int size, Reduction reduction = Reduction.Mean,
        ReadOnlySpan<int> lengths = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = ScaleOf(logits, nameof(logits), targets, gradient, size, reduction, lengths);
        double sum = 0; // of many rows, which a sum in float would round off
        for (int i = 0; i < logits.Length; i++)
        {
            if (!Counts(i / size, lengths))
            {
                gradient[i] = T.Zero;
                continue;
            }

            // L = max(z, 0) − z t + log(1 + e^−|z|), ∂L/∂z = σ(z) − t
            T z = logits[i], t = targets[i], e = T.Exp(-T.Abs(z));
            double logit = Scalar.ToDouble(z), rest = Scalar.ToDouble(e), above = 1 + rest;
            double logP1 = above == 1 ? rest : Math.Log(above) * (rest / (above - 1)); // exact where 1 + e rounds (Kahan)
            sum += Math.Max(logit, 0) - logit * Scalar.ToDouble(t) + logP1;
            gradient[i] = ((z >= T.Zero ? T.One : e) / (T.One + e) - t) * scale;
        }

        return Scalar.From<T>(sum * Scalar.ToDouble(scale));
    }

    /// <summary>Mean squared error, (y − t)².</summary>
    /// <param name="y">[T·B, K].</param>
    /// <param name="targets">t [T·B, K].</param>
    /// <param name="gradient">∂L/∂y [T·B, K], written; may be <paramref name="y"/> itself.</param>
    /// <param name="size">K.</param>
    /// <param name="reduction">Over all elements that count.</param>
    /// <param name="lengths">Steps of each sequence, [B]; empty if all rows count.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A length does not fit, the gradient overlaps what is read and is not the same memory, or the
    /// reduction is none there is; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T MeanSquaredError<T>(
        ReadOnlySpan<T> y, ReadOnlySpan<T> targets, Span<T> gradient, int size, Reduction reduction = Reduction.Mean,
        ReadOnlySpan<int> lengths = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = ScaleOf(y, nameof(y), targets, gradient, size, reduction, lengths);
        double sum = 0; // of many rows, which a sum in float would round off
        for (int i = 0; i < y.Length; i++)
        {
            if (!Counts(i / size, lengths))
            {
                gradient[i] = T.Zero;
                continue;
            }

            T difference = y[i] - targets[i];
            sum += Scalar.ToDouble(difference * difference);
            gradient[i] = (difference + difference) * scale;
        }

        return Scalar.From<T>(sum * Scalar.ToDouble(scale));
    }

    private static T ScaleOf<T>(
        ReadOnlySpan<T> values, string name, ReadOnlySpan<T> targets, ReadOnlySpan<T> gradient, int size, Reduction reduction,
        ReadOnlySpan<int> lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Defined(reduction);
        Require.Positive(size);
        Require.Length(targets.Length, values.Length);
        Require.Length(gradient.Length, values.Length);
        Require.ApartOrSame(gradient, values, otherName: name);
        Require.ApartOrSame(gradient, targets);
        int counted = CountRows(Require.MultipleOf(values.Length, size, name), lengths);
        return reduction switch
        {
            Reduction.Mean => T.One / Scalar.From<T>(Math.Max(1, (long)counted * size)),
            Reduction.Steps => T.One / Scalar.From<T>(size),
            _ => T.One,
        };
    }

    private static bool Counts(int row, ReadOnlySpan<int> lengths) =>
        lengths.IsEmpty || row / lengths.Length < lengths[row % lengths.Length];

    private static int CountRows(int rows, ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty)
        {
            return rows;
        }

        int steps = Require.MultipleOf(rows, lengths.Length, "targets"), counted = 0;
        foreach (int length in lengths)
        {
            if ((uint)length > (uint)steps)
            {
                throw new ArgumentException($"lengths holds {length}, but sequences have 0 … {steps} steps.", nameof(lengths));
            }

            counted += length;
        }

        return counted;
    }
}
