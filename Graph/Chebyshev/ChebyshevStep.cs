using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>One step of the recurrence T_k(x) = 2x T_{k−1}(x) − T_{k−2}(x), after the product with the matrix, in one pass.</summary>
internal ref struct ChebyshevStep<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>In: L̃ T_{k−1}. Out: T_k.</summary>
    public Span<T> Term;

    /// <summary>T_{k−2}.</summary>
    public ReadOnlySpan<T> BeforeLast;

    /// <summary>Takes θ T_k in addition; empty for none.</summary>
    public Span<T> Sum;
    public T Theta;

    public static void Run(Span<T> term, ReadOnlySpan<T> beforeLast, Span<T> sum = default, T theta = default)
    {
        ChebyshevStep<T> kernel = new() { Term = term, BeforeLast = beforeLast[..term.Length], Sum = sum, Theta = theta };
        VectorKernel.Run<ChebyshevStep<T>, T>(ref kernel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        ref T term = ref MemoryMarshal.GetReference(Term);
        ref T beforeLast = ref MemoryMarshal.GetReference(BeforeLast);
        ref T sum = ref MemoryMarshal.GetReference(Sum);
        bool summed = !Sum.IsEmpty;
        TVector two = TSimd.Constant(2), theta = TSimd.Broadcast(Theta);
        nuint n = (nuint)TSimd.Count, length = (nuint)Term.Length, i = 0;
        for (; i + n <= length; i += n)
        {
            TVector value = TSimd.Fma(two, TSimd.Load(ref term, i), TSimd.Negate(TSimd.Load(ref beforeLast, i)));
            TSimd.Store(value, ref term, i);
            if (summed)
            {
                TSimd.Store(TSimd.Fma(theta, value, TSimd.Load(ref sum, i)), ref sum, i);
            }
        }

        T doubling = T.One + T.One;
        for (int rest = (int)i; rest < Term.Length; rest++)
        {
            Term[rest] = T.FusedMultiplyAdd(doubling, Term[rest], -BeforeLast[rest]);
            if (summed)
            {
                Sum[rest] = T.FusedMultiplyAdd(Theta, Term[rest], Sum[rest]);
            }
        }
    }
}
