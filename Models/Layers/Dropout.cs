using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014): a random part of the values becomes zero, those kept are scaled by 1/(1 − rate), so that
/// nothing need be done when the network is used.
/// </summary>
/// <remarks>
/// Each choice is a function of the seed, the step and the value's place: there is no mask to store, and further rows leave the choices in
/// the first ones as they are. For dropout within a recurrent network see <see cref="SequenceDropout"/>.
/// </remarks>
public static class Dropout
{
    /// <summary>y = x ⊙ mask; a copy at a rate of 0.</summary>
    /// <param name="x">[n], any rows.</param>
    /// <param name="rate">0 ≤ rate &lt; 1.</param>
    /// <param name="seed">The same seed and step leave out the same values.</param>
    /// <param name="y">[n], written; may be <paramref name="x"/> itself.</param>
    /// <param name="step">Which of a seed's masks: a step of training, or a layer.</param>
    /// <exception cref="ArgumentException">The lengths differ or the rate is out of range; nothing has been written.</exception>
    public static void Forward<T>(ReadOnlySpan<T> x, double rate, int seed, Span<T> y, int step = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        Require.Length(y.Length, x.Length);
        DropoutMask.CheckRate(rate);
        x.CopyTo(y);
        if (rate > 0)
        {
            DropoutMask.Apply(y, rate, seed, DropoutMask.LayerPurpose, layer: 0, sequence: 0, step);
        }
    }

    /// <summary>dx = dy ⊙ mask, the mask of the forward run with the same rate, seed and step.</summary>
    /// <param name="dy">[n], the gradients of the outputs.</param>
    /// <param name="rate">0 ≤ rate &lt; 1.</param>
    /// <param name="seed">As in the forward run.</param>
    /// <param name="dx">[n], written; may be <paramref name="dy"/> itself.</param>
    /// <param name="step">As in the forward run.</param>
    /// <exception cref="ArgumentException">The lengths differ or the rate is out of range; nothing has been written.</exception>
    public static void Backward<T>(ReadOnlySpan<T> dy, double rate, int seed, Span<T> dx, int step = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Length(dx.Length, dy.Length);
        Forward(dy, rate, seed, dx, step);
    }
}
