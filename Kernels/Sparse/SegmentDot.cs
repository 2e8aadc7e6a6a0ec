using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

public static partial class NeuralPrimitives
{
    /// <summary>
    /// A dot product for every entry and head, <c>d_ek = ⟨y_i^k, x_j^k⟩</c> for e = (i, j):
    /// the gradient of the weights of <see cref="AggregateHeads{T}"/>.
    /// </summary>
    /// <remarks>
    /// As many partial sums as the largest power of two that divides a head has, at most 16 (float) or 8 (double), then added pairwise; one
    /// where that fills no vector. The same bits at every width and for any number of threads.
    /// </remarks>
    /// <param name="pattern">The neighbours of each row.</param>
    /// <param name="y">[rows of the pattern, heads, features].</param>
    /// <param name="x">[columns of the pattern, heads, features].</param>
    /// <param name="heads">Heads, ≥ 1.</param>
    /// <param name="features">Elements of a head, ≥ 1.</param>
    /// <param name="dots">[count, heads], written.</param>
    /// <param name="workers">Threads that share the rows; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SegmentDot<T>(
        CsrPattern pattern, ReadOnlySpan<T> y, ReadOnlySpan<T> x, int heads, int features, Span<T> dots, WorkerPool? workers = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckHeads(pattern, dots.Length, heads, features);
        Require.AtLeast(y.Length, (long)pattern.Rows * heads * features);
        Require.AtLeast(x.Length, (long)pattern.Columns * heads * features);
        SegmentDotKernel<T> kernel = new()
        {
            Pattern = pattern,
            Rows = pattern.Rows,
            Y = y,
            X = x,
            Heads = heads,
            Features = features,
            Dots = dots,
            Ahead = new RowsAhead(pattern, (long)heads * features * Unsafe.SizeOf<T>()),
        };
        HeadKernel.Run<SegmentDotKernel<T>, T>(ref kernel, features, (long)pattern.Count * heads * features, workers);
    }
}

/// <summary>The loops of <see cref="NeuralPrimitives.SegmentDot{T}"/>.</summary>
internal ref struct SegmentDotKernel<T> : IHeadKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Pattern;
    public int First;
    public int Rows;
    public ReadOnlySpan<T> Y;
    public ReadOnlySpan<T> X;
    public int Heads;
    public int Features;
    public Span<T> Dots;
    public RowsAhead Ahead;

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
        int parts = HeadKernel.Lanes<T>(Features) / TSimd.Count;
        nint width = Heads * Features;
        ref int index = ref MemoryMarshal.GetReference(Pattern.Indices);
        ref T dot = ref MemoryMarshal.GetReference(Dots);
        ref T x = ref MemoryMarshal.GetReference(X);
        ref T y = ref MemoryMarshal.GetReference(Y);
        RowsAhead ahead = Ahead;
        for (int row = First; row < First + Rows; row++)
        {
            int end = Pattern.Offsets[row + 1];
            for (int entry = Pattern.Offsets[row]; entry < end; entry++)
            {
                if (ahead.Entries > 0)
                {
                    ahead.Ask(ref x, ref index, entry, width, width);
                }

                ref T left = ref Unsafe.Add(ref y, row * width);
                ref T right = ref Unsafe.Add(ref x, Unsafe.Add(ref index, entry) * width);
                for (int head = 0; head < Heads; head++)
                {
                    Unsafe.Add(ref dot, (nint)entry * Heads + head) = Dot<TSimd, TVector>(ref left, ref right, Features, parts);
                    left = ref Unsafe.Add(ref left, Features);
                    right = ref Unsafe.Add(ref right, Features);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void RunScalar()
    {
        int width = Heads * Features;
        for (int row = First; row < First + Rows; row++)
        {
            for (int entry = Pattern.Offsets[row]; entry < Pattern.Offsets[row + 1]; entry++)
            {
                ReadOnlySpan<T> left = Y.Slice(row * width, width), right = X.Slice(Pattern.Indices[entry] * width, width);
                for (int head = 0, c = 0; head < Heads; head++)
                {
                    T sum = T.Zero;
                    for (int end = c + Features; c < end; c++)
                    {
                        sum = T.FusedMultiplyAdd(left[c], right[c], sum);
                    }

                    Dots[entry * Heads + head] = sum;
                }
            }
        }
    }

    /// <summary>One dot product with parts · Count partial sums; narrower vectors take several to make up the same sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Dot<TSimd, TVector>(ref T left, ref T right, int features, int parts)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        nuint n = (nuint)TSimd.Count, length = (nuint)features;
        TVector s0 = TSimd.Constant(0);
        if (parts == 1)
        {
            for (nuint u = 0; u < length; u += n)
            {
                s0 = TSimd.Fma(TSimd.Load(ref left, u), TSimd.Load(ref right, u), s0);
            }

            return HeadKernel.SumLanes<TVector, T>(s0);
        }

        TVector s1 = s0, s2 = s0, s3 = s0;
        for (nuint u = 0; u < length; u += n)
        {
            s0 = TSimd.Fma(TSimd.Load(ref left, u), TSimd.Load(ref right, u), s0);
            u += n;
            s1 = TSimd.Fma(TSimd.Load(ref left, u), TSimd.Load(ref right, u), s1);
            if (parts == 4)
            {
                u += n;
                s2 = TSimd.Fma(TSimd.Load(ref left, u), TSimd.Load(ref right, u), s2);
                u += n;
                s3 = TSimd.Fma(TSimd.Load(ref left, u), TSimd.Load(ref right, u), s3);
            }
        }

        if (parts == 4)
        {
            s0 = TSimd.Add(s0, s2);
            s1 = TSimd.Add(s1, s3);
        }

        return HeadKernel.SumLanes<TVector, T>(TSimd.Add(s0, s1));
    }
}
