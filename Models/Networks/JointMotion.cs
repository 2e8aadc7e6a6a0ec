using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>What feature augmentation reads: the position feature and how it moved, [P_t; P_t − P_{t−1}],
/// no motion at the first step.</summary>
internal static class JointMotion
{
    /// <summary>Writes [T, rows, 2P] from P [T, rows, P].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(ReadOnlySpan<T> position, int size, int rows, Span<T> augmented)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < position.Length / size; row++)
        {
            ReadOnlySpan<T> now = position.Slice(row * size, size);
            Span<T> target = augmented.Slice(row * 2 * size, size), motion = augmented.Slice((row * 2 + 1) * size, size);
            now.CopyTo(target);
            if (row < rows)
            {
                motion.Clear();
                continue;
            }

            now.CopyTo(motion);
            NeuralPrimitives.MultiplyAdd(position.Slice((row - rows) * size, size), -T.One, motion);
        }
    }

    /// <summary>∂P_t = ∂first_t + ∂second_t − ∂second_{t+1}, from [T, rows, 2P]; the second of the first step counts nowhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(ReadOnlySpan<T> gradient, int size, int rows, Span<T> positionGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int all = positionGradient.Length / size;
        for (int row = 0; row < all; row++)
        {
            Span<T> target = positionGradient.Slice(row * size, size);
            gradient.Slice(row * 2 * size, size).CopyTo(target);
            if (row >= rows)
            {
                NeuralPrimitives.Add(target, gradient.Slice((row * 2 + 1) * size, size), target);
            }

            if (row + rows < all)
            {
                NeuralPrimitives.MultiplyAdd(gradient.Slice(((row + rows) * 2 + 1) * size, size), -T.One, target);
            }
        }
    }
}
