using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Average pooling over time (Si et al. 2019): each window of steps becomes its mean,
/// so that the layers above see longer spans.</summary>
/// <remarks>
/// <code>
/// y_j = (1/w) Σ_{i &lt; w} x_{j·s + i}      T' = ⌊(T − w)/s⌋ + 1
/// </code>
/// with window w and stride s. A last, partial window is dropped, unless that leaves nothing:
/// fewer steps than a window become one mean of them all.
/// </remarks>
public sealed class TemporalPooling
{
    /// <summary>Windows of so many steps, every so many steps.</summary>
    /// <param name="window">w ≥ 1.</param>
    /// <param name="stride">s ≥ 1. Smaller than the window, windows overlap; larger, steps are passed over.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is not positive.</exception>
    public TemporalPooling(int window = 2, int stride = 2)
    {
        Require.Positive(window);
        Require.Positive(stride);
        Window = window;
        Stride = stride;
    }

    /// <summary>w.</summary>
    public int Window { get; }

    /// <summary>s.</summary>
    public int Stride { get; }

    /// <summary>T', the steps that T steps become.</summary>
    /// <param name="steps">T ≥ 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">T is negative.</exception>
    public int GetOutputSteps(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return steps < Window ? Math.Min(steps, 1) : (steps - Window) / Stride + 1;
    }

    /// <summary>The means. Nothing is allocated.</summary>
    /// <param name="x">[T, M], M elements a step, whatever they are.</param>
    /// <param name="steps">T ≥ 0.</param>
    /// <param name="y">[T', M], written; must not overlap <paramref name="x"/>.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="ArgumentException">A size does not fit, or the two overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward<T>(ReadOnlySpan<T> x, int steps, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = Check(x.Length, steps, y.Length), window = Math.Min(Window, steps);
        Require.Apart<T>(y, x);
        for (int j = 0; j < GetOutputSteps(steps); j++)
        {
            Span<T> mean = y.Slice(j * size, size);
            x.Slice(j * Stride * size, size).CopyTo(mean);
            for (int i = 1; i < window; i++)
            {
                NeuralPrimitives.Add(mean, x.Slice((j * Stride + i) * size, size), mean);
            }

            NeuralPrimitives.MultiplyScalar(mean, T.One / Scalar.From<T>(window), mean);
        }
    }

    /// <summary>The gradient: ∂x_t = (1/w) Σ ∂y_j over the windows j that hold step t. Nothing is allocated.</summary>
    /// <param name="dy">[T', M].</param>
    /// <param name="steps">T ≥ 0.</param>
    /// <param name="dx">[T, M], written; must not overlap <paramref name="dy"/>.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="ArgumentException">A size does not fit, or the two overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward<T>(ReadOnlySpan<T> dy, int steps, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = Check(dx.Length, steps, dy.Length), window = Math.Min(Window, steps);
        Require.Apart<T>(dx, dy);
        T share = T.One / Scalar.From<T>(window);
        dx.Clear();
        for (int j = 0; j < GetOutputSteps(steps); j++)
        {
            for (int i = 0; i < window; i++)
            {
                NeuralPrimitives.MultiplyAdd(dy.Slice(j * size, size), share, dx.Slice((j * Stride + i) * size, size));
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"mean of {Window} steps, every {Stride}";

    /// <summary>Checks and returns M.</summary>
    private int Check(
        int input, int steps, int output,
        [CallerArgumentExpression(nameof(input))] string longer = "", [CallerArgumentExpression(nameof(output))] string shorter = "")
    {
        int kept = GetOutputSteps(steps), size = Require.MultipleOf(input, steps, longer);
        Require.Length(output, (long)kept * size, shorter, "T'·M");
        return size;
    }
}
