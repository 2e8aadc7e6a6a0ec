using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    // With s_e = l_i + r_j:  ∂s_e = α_e (∂α_e − Σ_e' α_e' ∂α_e') · (s_e > 0 ? 1 : 0.2)      ∂l_i = Σ_e ∂s_e over the row
    // and ∂r_j = Σ_e ∂s_e over the column, which is an aggregation with the pattern's EntriesByColumn.
    /// <summary>The gradient of <see cref="SegmentSoftmax{T}"/>:
    /// turns dα into the gradients of <c>l_ik + r_jk</c> and sums those of l.</summary>
    /// <remarks>The gradient of r is <see cref="Aggregate{T}"/> of the result with <see cref="CsrPattern.EntriesByColumn"/>: pulled,
    /// not scattered.</remarks>
    /// <param name="pattern">The neighbours of each row.</param>
    /// <param name="left">l, as in the forward pass.</param>
    /// <param name="right">r, as in the forward pass.</param>
    /// <param name="stride">Elements from row to row of l, of r and of dl, ≥ heads.</param>
    /// <param name="heads">Heads, ≥ 1.</param>
    /// <param name="alpha">α [count, heads], as the forward pass wrote it.</param>
    /// <param name="gradient">[count, heads]: dα, replaced by the gradients of the sums l + r.</param>
    /// <param name="leftGradient">dl, row i at stride·i, written; zeros for rows without entries.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or the stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SegmentSoftmaxBackward<T>(
        CsrPattern pattern, ReadOnlySpan<T> left, ReadOnlySpan<T> right, int stride, int heads, ReadOnlySpan<T> alpha, Span<T> gradient,
        Span<T> leftGradient, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckHeads(pattern, alpha.Length, heads, 1);
        Require.AtLeast(gradient.Length, (long)pattern.Count * heads);
        CheckRows(left.Length, stride, pattern.Rows, heads, nameof(left));
        CheckRows(right.Length, stride, pattern.Columns, heads, nameof(right));
        CheckRows(leftGradient.Length, stride, pattern.Rows, heads, nameof(leftGradient));
        SegmentSoftmaxBackwardKernel<T> kernel = new()
        {
            Pattern = pattern,
            Rows = pattern.Rows,
            Left = left,
            Right = right,
            Stride = stride,
            Heads = heads,
            Alpha = alpha,
            Gradient = gradient,
            LeftGradient = leftGradient,
        };
        HeadKernel.Run<SegmentSoftmaxBackwardKernel<T>, T>(ref kernel, heads, EntryWork * pattern.Count * heads, workers);
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.SegmentSoftmaxBackward{T}"/>: vectors lie across the heads.</summary>
internal ref struct SegmentSoftmaxBackwardKernel<T> : IHeadKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Pattern;
    public int First;
    public int Rows;
    public ReadOnlySpan<T> Left;
    public ReadOnlySpan<T> Right;
    public int Stride;
    public int Heads;
    public ReadOnlySpan<T> Alpha;
    public Span<T> Gradient;
    public Span<T> LeftGradient;

    public void Take(int part, int parts)
    {
        (First, int end) = CsrPattern.Share(Pattern.Offsets, part, parts);
        Rows = end - First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        TVector zero = TSimd.Constant(0), one = TSimd.Constant(1), slope = TSimd.Constant(NeuralPrimitives.AttentionSlope);
        ref T right = ref MemoryMarshal.GetReference(Right);
        nint heads = Heads, stride = Stride;
        for (int row = First; row < First + Rows; row++)
        {
            ReadOnlySpan<int> neighbours = Pattern[row];
            nint begin = Pattern.Offsets[row] * heads;
            for (nint k = 0; k < heads; k += TSimd.Count)
            {
                ref T alpha = ref Unsafe.Add(ref MemoryMarshal.GetReference(Alpha), begin + k);
                ref T gradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(Gradient), begin + k);
                TVector mean = zero, sum = zero, l = TSimd.Load(in Left[row * Stride + (int)k], 0);
                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    mean = TSimd.Fma(TSimd.Load(ref Unsafe.Add(ref alpha, entry * heads), 0),
                        TSimd.Load(ref Unsafe.Add(ref gradient, entry * heads), 0), mean);
                }

                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    ref T place = ref Unsafe.Add(ref gradient, entry * heads);
                    TVector score = TSimd.Add(l, TSimd.Load(ref Unsafe.Add(ref right, neighbours[entry] * stride + k), 0));
                    TVector d = TSimd.Multiply(TSimd.Load(ref Unsafe.Add(ref alpha, entry * heads), 0),
                        TSimd.Subtract(TSimd.Load(ref place, 0), mean));
                    d = TSimd.Multiply(d, TSimd.Select(TSimd.GreaterThan(score, zero), one, slope));
                    d = VectorMath<TSimd, TVector, T>.FlushTiny(d);
                    sum = TSimd.Add(sum, d);
                    TSimd.Store(d, ref place, 0);
                }

                TSimd.Store(sum, ref LeftGradient[row * Stride + (int)k], 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void RunScalar()
    {
        T slope = Scalar.From<T>(NeuralPrimitives.AttentionSlope), tiny = Scalar.From<T>(TinyThreshold.Of<T>());
        for (int row = First; row < First + Rows; row++)
        {
            ReadOnlySpan<int> neighbours = Pattern[row];
            int begin = Pattern.Offsets[row] * Heads;
            ReadOnlySpan<T> alpha = Alpha.Slice(begin, neighbours.Length * Heads);
            Span<T> gradient = Gradient.Slice(begin, alpha.Length);
            for (int head = 0; head < Heads; head++)
            {
                T mean = T.Zero, sum = T.Zero, l = Left[row * Stride + head];
                for (int place = head; place < alpha.Length; place += Heads)
                {
                    mean = T.FusedMultiplyAdd(alpha[place], gradient[place], mean);
                }

                for (int entry = 0, place = head; entry < neighbours.Length; entry++, place += Heads)
                {
                    T d = alpha[place] * (gradient[place] - mean) * (l + Right[neighbours[entry] * Stride + head] > T.Zero ? T.One : slope);
                    d = T.Abs(d) < tiny ? T.Zero : d;
                    sum += d;
                    gradient[place] = d;
                }

                LeftGradient[row * Stride + head] = sum;
            }
        }
    }
}
