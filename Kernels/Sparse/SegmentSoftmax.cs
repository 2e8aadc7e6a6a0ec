using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>The slope of the leaky relu below zero in attention on graphs.</summary>
    internal const double AttentionSlope = 0.2;

    // What an entry costs, in multiply-adds of whole vectors: short rows of few heads leave most lanes empty.
    private const long EntryWork = 64;

    /// <summary>
    /// Additive attention over the neighbours of every row (Veličković et al. 2018), head by head: <c>α_ek = softmax_e(leakyrelu(l_ik +
    /// r_jk))</c> over the entries e = (i, j) of row i, with slope 0.2 below zero.
    /// </summary>
    /// <remarks>
    /// A row's largest score is subtracted first; sums run in the order of the entries, so any width, and any number of threads, gives the
    /// same bits. Coefficients below 1e-30 (float) or 1e-290 (double) become 0.
    /// </remarks>
    /// <param name="pattern">The neighbours of each row.</param>
    /// <param name="left">l, row i at <paramref name="stride"/>·i, heads of them.</param>
    /// <param name="right">r, column j at <paramref name="stride"/>·j.</param>
    /// <param name="stride">Elements from row to row of l and of r, ≥ heads.</param>
    /// <param name="heads">Heads, ≥ 1.</param>
    /// <param name="alpha">[count, heads], written.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or the stride too small.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SegmentSoftmax<T>(
        CsrPattern pattern, ReadOnlySpan<T> left, ReadOnlySpan<T> right, int stride, int heads, Span<T> alpha, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckHeads(pattern, alpha.Length, heads, 1);
        CheckRows(left.Length, stride, pattern.Rows, heads, nameof(left));
        CheckRows(right.Length, stride, pattern.Columns, heads, nameof(right));
        SegmentSoftmaxKernel<T> kernel = new()
        {
            Pattern = pattern,
            Rows = pattern.Rows,
            Left = left,
            Right = right,
            Stride = stride,
            Heads = heads,
            Alpha = alpha,
        };
        HeadKernel.Run<SegmentSoftmaxKernel<T>, T>(ref kernel, heads, EntryWork * pattern.Count * heads, workers);
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.SegmentSoftmax{T}"/>: vectors lie across the heads.</summary>
internal ref struct SegmentSoftmaxKernel<T> : IHeadKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Pattern;
    public int First;
    public int Rows;
    public ReadOnlySpan<T> Left;
    public ReadOnlySpan<T> Right;
    public int Stride;
    public int Heads;
    public Span<T> Alpha;

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
        TVector zero = TSimd.Constant(0), slope = TSimd.Constant(NeuralPrimitives.AttentionSlope);
        ref T right = ref MemoryMarshal.GetReference(Right);
        nint heads = Heads, stride = Stride;
        for (int row = First; row < First + Rows; row++)
        {
            ReadOnlySpan<int> neighbours = Pattern[row];
            Span<T> alpha = Alpha.Slice(Pattern.Offsets[row] * Heads, neighbours.Length * Heads);
            for (nint k = 0; k < heads && neighbours.Length > 0; k += TSimd.Count)
            {
                TVector l = TSimd.Load(in Left[row * Stride + (int)k], 0), largest = TSimd.Constant(double.NegativeInfinity);
                ref T place = ref Unsafe.Add(ref MemoryMarshal.GetReference(alpha), k);
                foreach (int j in neighbours)
                {
                    TVector score = TSimd.Add(l, TSimd.Load(ref Unsafe.Add(ref right, j * stride + k), 0));
                    score = TSimd.Select(TSimd.GreaterThan(score, zero), score, TSimd.Multiply(slope, score));
                    largest = TSimd.Max(largest, score);
                    TSimd.Store(score, ref place, 0);
                    place = ref Unsafe.Add(ref place, heads);
                }

                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    place = ref Unsafe.Add(ref place, -heads);
                    TSimd.Store(TSimd.Subtract(TSimd.Load(ref place, 0), largest), ref place, 0);
                }
            }

            NeuralPrimitives.Exp<T>(alpha, alpha);
            for (nint k = 0; k < heads && neighbours.Length > 0; k += TSimd.Count)
            {
                TVector sum = zero;
                ref T first = ref Unsafe.Add(ref MemoryMarshal.GetReference(alpha), k);
                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    sum = TSimd.Add(sum, TSimd.Load(ref Unsafe.Add(ref first, entry * heads), 0));
                }

                TVector share = TSimd.Divide(TSimd.Constant(1), sum);
                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    ref T place = ref Unsafe.Add(ref first, entry * heads);
                    TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(TSimd.Load(ref place, 0), share)), ref place, 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void RunScalar()
    {
        T slope = Scalar.From<T>(NeuralPrimitives.AttentionSlope);
        for (int row = First; row < First + Rows; row++)
        {
            ReadOnlySpan<int> neighbours = Pattern[row];
            Span<T> alpha = Alpha.Slice(Pattern.Offsets[row] * Heads, neighbours.Length * Heads);
            for (int head = 0; head < Heads; head++)
            {
                T l = Left[row * Stride + head], largest = T.NegativeInfinity;
                for (int entry = 0; entry < neighbours.Length; entry++)
                {
                    T score = l + Right[neighbours[entry] * Stride + head];
                    score = score > T.Zero ? score : slope * score;
                    largest = T.Max(largest, score);
                    alpha[entry * Heads + head] = score;
                }

                for (int place = head; place < alpha.Length; place += Heads)
                {
                    alpha[place] -= largest;
                }
            }

            NeuralPrimitives.Exp<T>(alpha, alpha);
            for (int head = 0; head < Heads; head++)
            {
                T sum = T.Zero;
                for (int place = head; place < alpha.Length; place += Heads)
                {
                    sum += alpha[place];
                }

                T share = T.One / sum;
                for (int place = head; place < alpha.Length; place += Heads)
                {
                    alpha[place] *= share;
                }
            }

            NeuralPrimitives.FlushTiny<T>(alpha, alpha);
        }
    }
}
