using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Attention along a meta-path that is given through middle nodes, in n log n for a middle of n nodes, and its memory.</summary>
/// <remarks>
/// The score of a pair is l_i + r_j where that is above zero and 0.2 (l_i + r_j) elsewhere, so eˢ is a product of something of i and
/// something of j, and which product depends only on whether r_j &gt; −l_i. With a middle's members sorted by r, what i sums is a running
/// sum from above, of e^{r_j} (h_j, 1), and one from below, of e^{0.2 r_j} (h_j, 1). All exponents are taken from the middle's largest r,
/// ρ, and from i's largest score over all its middles, μ_i = leakyrelu(l_i + max ρ): none is above zero, and the largest term of i is 1.
/// <code>
/// α_ij = A_i u_j where l_i + r_j &gt; 0      A_i = e^{l_i + ρ − μ_i} / d_i            u_j = e^{r_j − ρ}            d_i so that Σ_j α_ij =
/// 1 α_ij = B_i v_j elsewhere               B_i = e^{0.2 (l_i + ρ) − μ_i} / d_i      v_j = e^{0.2 (r_j − ρ)}
/// </code>
/// </remarks>
internal sealed class MiddleAttention<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _heads;
    private readonly int _features;
    private readonly int _maxMembers;
    private readonly int[] _byRight;
    private readonly int[] _byLeft;
    private readonly AlignedBuffer<T> _sums;
    private readonly AlignedBuffer<T> _largest;
    private readonly AlignedBuffer<T> _inverse;
    private readonly AlignedBuffer<T> _mean;
    private readonly AlignedBuffer<T> _running;
    private readonly AlignedBuffer<T> _scratch;

    public MiddleAttention(HanOptions options, int maxNodes, MetaPath path)
    {
        _heads = options.Heads;
        _features = options.HeadSize;
        _maxMembers = path.MaxMembers;
        _byRight = new int[checked(path.EntryCount * _heads)];
        _byLeft = new int[_byRight.Length];
        _sums = new AlignedBuffer<T>((long)maxNodes * options.OutputSize);
        _largest = new AlignedBuffer<T>((long)maxNodes * _heads);
        _inverse = new AlignedBuffer<T>((long)maxNodes * _heads);
        _mean = new AlignedBuffer<T>((long)maxNodes * _heads);
        _running = new AlignedBuffer<T>(_features);
        _scratch = new AlignedBuffer<T>((long)Slots * _maxMembers);
        _scratch.Span[(Ones * _maxMembers)..].Fill(T.One);
    }

    // Local numbers of the members of one middle.
    private const int Left = 0, Right = 1, Above = 2, Below = 3, FromAbove = 4, FromBelow = 5, MinusMean = 6, Ones = 7, Slots = 8;

    /// <summary>Whether a path's largest middle fits.</summary>
    public bool Holds(MetaPath path) => path.MaxMembers <= _maxMembers;

    /// <summary>Σ_j α_ij h'_j of all nodes and heads.</summary>
    /// <param name="members">The nodes of each middle.</param>
    /// <param name="scores">[N, 2K]: l, then r.</param>
    /// <param name="projected">[N, K·F]: h'.</param>
    /// <param name="z">[N, K·F], written; zeros for nodes without a middle.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(CsrPattern members, ReadOnlySpan<T> scores, ReadOnlySpan<T> projected, Span<T> z)
    {
        int width = _heads * _features;
        Span<T> sums = _sums.Span[..z.Length], inverse = _inverse.Span[..(z.Length / _features)];
        Sort(members, scores, inverse.Length);
        sums.Clear();
        inverse.Clear();
        for (int middle = 0; middle < members.Rows; middle++)
        {
            ReadOnlySpan<int> nodes = members[middle];
            for (int head = 0; head < _heads && nodes.Length > 0; head++)
            {
                Weigh(nodes, scores, head, divided: false);
                RunningSums<T> sweep = SweepOf(nodes, head, width);
                RunningSums<T>.Side givers = SideOf(_byRight, members, middle, head, Right, FromAbove, Ones, projected);
                RunningSums<T>.Side takers = SideOf(_byLeft, members, middle, head, Left, Above, Ones, default);
                sweep.Sweep(givers, takers, above: true, T.One, sums, inverse[head..], _heads);
                givers.Weights = Local(FromBelow, nodes.Length);
                takers.Weights = Local(Below, nodes.Length);
                sweep.Sweep(givers, takers, above: false, T.One, sums, inverse[head..], _heads);
            }
        }

        for (int at = 0; at < inverse.Length; at++)
        {
            inverse[at] = inverse[at] == T.Zero ? T.Zero : T.One / inverse[at];
            Span<T> sum = sums.Slice(at * _features, _features);
            NeuralPrimitives.MultiplyScalar(sum, inverse[at], sum);
        }

        sums.CopyTo(z);
    }

    // With D_i = Σ_j α_ij ∂α_ij = ⟨∂s_i, s_i⟩ and ∂α_ij = ⟨∂s_i, h_j⟩,
    // the gradient of a pair's score is α_ij (⟨∂s_i, h_j⟩ − D_i), without the slope, so
    //   ∂h_j = u_j Σ_above A_i ∂s_i + v_j Σ_below B_i ∂s_i      ∂r_j = u_j Σ_above A_i (⟨∂s_i, h_j⟩ − D_i) + 0.2 v_j Σ_below B_i (…)
    //   ∂l_i = Σ_above α_ij (…) + 0.2 Σ_below α_ij (…) = 0.8 A_i (⟨∂s_i, Σ_above u_j h_j⟩ − D_i Σ_above u_j), as both together are zero
    /// <summary>The gradients of <see cref="Forward"/>.</summary>
    /// <param name="members">The nodes of each middle.</param>
    /// <param name="scores">[N, 2K].</param>
    /// <param name="projected">[N, K·F].</param>
    /// <param name="dz">[N, K·F], the gradient of z.</param>
    /// <param name="gradient">[N, K·F], that of h', added to.</param>
    /// <param name="scoresGradient">[N, 2K], that of l and r, written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        CsrPattern members, ReadOnlySpan<T> scores, ReadOnlySpan<T> projected, ReadOnlySpan<T> dz, Span<T> gradient, Span<T> scoresGradient)
    {
        int width = _heads * _features;
        T slope = Scalar.From<T>(NeuralPrimitives.AttentionSlope), difference = Scalar.From<T>(1 - NeuralPrimitives.AttentionSlope);
        Span<T> mean = _mean.Span[..(dz.Length / _features)];
        scoresGradient.Clear();
        for (int at = 0; at < mean.Length; at++)
        {
            mean[at] = NeuralPrimitives.Dot(dz.Slice(at * _features, _features), _sums.Span.Slice(at * _features, _features));
        }

        for (int middle = 0; middle < members.Rows; middle++)
        {
            ReadOnlySpan<int> nodes = members[middle];
            for (int head = 0; head < _heads && nodes.Length > 0; head++)
            {
                Weigh(nodes, scores, head, divided: true);
                Span<T> minusMean = Local(MinusMean, nodes.Length);
                for (int a = 0; a < nodes.Length; a++)
                {
                    minusMean[a] = -mean[nodes[a] * _heads + head];
                }

                RunningSums<T> sweep = SweepOf(nodes, head, width);
                RunningSums<T>.Side sources = SideOf(_byRight, members, middle, head, Right, FromAbove, Ones, projected);
                RunningSums<T>.Side targets = SideOf(_byLeft, members, middle, head, Left, Above, MinusMean, dz);
                sweep.Sweep(sources, targets, above: true, difference, default, scoresGradient[head..], 2 * _heads);
                sweep.Sweep(targets, sources, above: true, T.One, gradient, scoresGradient[(_heads + head)..], 2 * _heads);
                sources.Weights = Local(FromBelow, nodes.Length);
                targets.Weights = Local(Below, nodes.Length);
                sweep.Sweep(targets, sources, above: false, slope, gradient, scoresGradient[(_heads + head)..], 2 * _heads);
            }
        }
    }

    /// <summary>Sorts the members of every middle by l and by r, head by head, and finds each node's largest r.</summary>
    private void Sort(CsrPattern members, ReadOnlySpan<T> scores, int coefficients)
    {
        Span<T> largest = _largest.Span[..coefficients];
        largest.Fill(T.NegativeInfinity);
        for (int middle = 0; middle < members.Rows; middle++)
        {
            ReadOnlySpan<int> nodes = members[middle];
            for (int head = 0; head < _heads && nodes.Length > 0; head++)
            {
                Span<T> left = Local(Left, nodes.Length), right = Local(Right, nodes.Length);
                Span<int> byLeft = OrderOf(_byLeft, members, middle, head), byRight = OrderOf(_byRight, members, middle, head);
                for (int a = 0; a < nodes.Length; a++)
                {
                    left[a] = scores[2 * _heads * nodes[a] + head];
                    right[a] = scores[2 * _heads * nodes[a] + _heads + head];
                    byLeft[a] = byRight[a] = a;
                }

                left.Sort(byLeft);
                right.Sort(byRight);
                T top = T.IsNaN(right[0]) ? right[0] : right[^1]; // NaN comes first
                foreach (int node in nodes)
                {
                    largest[node * _heads + head] = T.Max(largest[node * _heads + head], top);
                }
            }
        }
    }

    /// <summary>Fills in the keys l and r and the weights A, B, u and v of a middle's members.</summary>
    private void Weigh(ReadOnlySpan<int> nodes, ReadOnlySpan<T> scores, int head, bool divided)
    {
        int count = nodes.Length;
        Span<T> left = Local(Left, count), right = Local(Right, count), above = Local(Above, count), below = Local(Below, count);
        Span<T> fromAbove = Local(FromAbove, count), fromBelow = Local(FromBelow, count);
        T slope = Scalar.From<T>(NeuralPrimitives.AttentionSlope), top = T.NegativeInfinity;
        for (int a = 0; a < count; a++)
        {
            left[a] = scores[2 * _heads * nodes[a] + head];
            right[a] = scores[2 * _heads * nodes[a] + _heads + head];
            top = T.Max(top, right[a]);
        }

        for (int a = 0; a < count; a++)
        {
            T score = left[a] + _largest.Span[nodes[a] * _heads + head], own = left[a] + top;
            score = score > T.Zero ? score : slope * score;
            above[a] = own - score;
            below[a] = slope * own - score;
            fromAbove[a] = right[a] - top;
            fromBelow[a] = slope * fromAbove[a];
        }

        Span<T> weights = _scratch.Span[(Above * _maxMembers)..((FromBelow + 1) * _maxMembers)];
        for (int slot = 0; slot < 4; slot++)
        {
            Span<T> own = weights.Slice(slot * _maxMembers, count);
            NeuralPrimitives.Exp<T>(own, own);
            NeuralPrimitives.FlushTiny<T>(own, own);
        }

        for (int a = 0; a < count && divided; a++)
        {
            T inverse = _inverse.Span[nodes[a] * _heads + head];
            above[a] *= inverse;
            below[a] *= inverse;
        }
    }

    private Span<T> Local(int slot, int count) => _scratch.Span.Slice(slot * _maxMembers, count);

    private Span<int> OrderOf(int[] order, CsrPattern members, int middle, int head)
    {
        int count = members[middle].Length;
        return order.AsSpan(members.Offsets[middle] * _heads + head * count, count);
    }

    private RunningSums<T> SweepOf(ReadOnlySpan<int> nodes, int head, int width) =>
        new() { Members = nodes, Width = width, Start = head * _features, Running = _running.Span };

    private RunningSums<T>.Side SideOf(
        int[] order, CsrPattern members, int middle, int head, int keys, int weights, int extras, ReadOnlySpan<T> rows)
    {
        Span<int> own = OrderOf(order, members, middle, head);
        return new()
        {
            Order = own,
            Keys = Local(keys, own.Length),
            Weights = Local(weights, own.Length),
            Extras = Local(extras, own.Length),
            Rows = rows,
        };
    }
}
