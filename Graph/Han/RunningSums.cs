using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// Sums over the members of a middle node whose key, added to the taker's, is above zero (or not), for all members in one sweep over both
/// in the order of their keys.
/// </summary>
internal ref struct RunningSums<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The nodes of the middle; all that is local below is indexed as they are.</summary>
    public ReadOnlySpan<int> Members;

    /// <summary>Elements from node to node of rows.</summary>
    public int Width;

    /// <summary>Where the head begins in a row.</summary>
    public int Start;

    /// <summary>[F], overwritten.</summary>
    public Span<T> Running;

    /// <summary>One role that the members play in a sweep.</summary>
    internal ref struct Side
    {
        /// <summary>Local, by rising key.</summary>
        public ReadOnlySpan<int> Order;

        /// <summary>Local: decides who sees whom.</summary>
        public ReadOnlySpan<T> Keys;

        /// <summary>Local: the factor of what a member gives or takes.</summary>
        public ReadOnlySpan<T> Weights;

        /// <summary>Local: a further element at the end of each row.</summary>
        public ReadOnlySpan<T> Extras;

        /// <summary>[N, Width]; empty if a taker needs no products with the sums.</summary>
        public ReadOnlySpan<T> Rows;
    }

    // With S = Σ_g w_g (row_g, extra_g) over the givers g with key_g + key_t > 0 (or ≤ 0), for every taker t:
    //   target_t += w_t S      scalar_t += slope w_t ⟨S, (row_t, extra_t)⟩
    /// <summary>One sweep.</summary>
    /// <param name="givers">Those summed over.</param>
    /// <param name="takers">Those that get the sums.</param>
    /// <param name="above">Whether the sums of keys are to be above zero.</param>
    /// <param name="slope">Scales the scalars.</param>
    /// <param name="target">[N, Width], added to; empty if not wanted.</param>
    /// <param name="scalars">One number a node, added to.</param>
    /// <param name="stride">Elements from number to number.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Sweep(scoped in Side givers, scoped in Side takers, bool above, T slope, Span<T> target,
        Span<T> scalars, int stride)
    {
        int count = Members.Length, features = Running.Length, next = 0;
        T extra = T.Zero;
        Running.Clear();
        for (int t = 0; t < count; t++)
        {
            // The larger the taker's key, the more givers are above: both ends move one way only.
            int taker = takers.Order[above ? t : count - 1 - t];
            T key = takers.Keys[taker];
            for (; next < count; next++)
            {
                int giver = givers.Order[above ? count - 1 - next : next];
                if (givers.Keys[giver] + key > T.Zero != above) // NaN belongs below, where it spoils the sums as it should
                {
                    break;
                }

                T weight = givers.Weights[giver];
                NeuralPrimitives.MultiplyAdd(givers.Rows.Slice(Members[giver] * Width + Start, features), weight, Running);
                extra = T.FusedMultiplyAdd(weight, givers.Extras[giver], extra);
            }

            if (next == 0)
            {
                continue;
            }

            int node = Members[taker];
            T factor = takers.Weights[taker], product = takers.Extras[taker] * extra;
            if (!takers.Rows.IsEmpty)
            {
                product += NeuralPrimitives.Dot<T>(Running, takers.Rows.Slice(node * Width + Start, features));
            }

            scalars[node * stride] = T.FusedMultiplyAdd(factor * slope, product, scalars[node * stride]);
            if (!target.IsEmpty)
            {
                NeuralPrimitives.MultiplyAdd(Running, factor, target.Slice(node * Width + Start, features));
            }
        }
    }
}
