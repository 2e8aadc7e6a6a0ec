using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Inner_n ← tanh(Inner_n + Added) for the N rows of every graph.</summary>
internal ref struct AgcScore<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Graphs;
    public int Joints;
    public nint Size;
    public ReadOnlySpan<T> Added;
    public Span<T> Inner;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        ref T added = ref MemoryMarshal.GetReference(Added);
        ref T inner = ref MemoryMarshal.GetReference(Inner);
        for (int row = 0; row < Graphs * Joints; row++)
        {
            ref T term = ref Unsafe.Add(ref added, row / Joints * Size);
            for (nint u = 0; u < Size; u += TSimd.Count)
            {
                TVector sum = TSimd.Add(TSimd.Load(ref inner, (nuint)u), TSimd.Load(ref term, (nuint)u));
                TSimd.Store(VectorMath<TSimd, TVector, T>.Tanh(sum), ref inner, (nuint)u);
            }

            inner = ref Unsafe.Add(ref inner, Size);
        }
    }
}

/// <summary>∂Inner'_n = ∂score_n u ⊙ (1 − Inner_n²) for every row, and ∂Added = Σ_n ∂Inner'_n for every graph.</summary>
internal ref struct AgcScoreBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Graphs;
    public int Joints;
    public nint Size;
    public ReadOnlySpan<T> Context;
    public ReadOnlySpan<T> ScoreGradient;
    public ReadOnlySpan<T> Inner;
    public Span<T> InnerGradient;
    public Span<T> AddedGradient;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        ref T context = ref MemoryMarshal.GetReference(Context);
        ref T scoreGradient = ref MemoryMarshal.GetReference(ScoreGradient);
        ref T inner = ref MemoryMarshal.GetReference(Inner);
        ref T innerGradient = ref MemoryMarshal.GetReference(InnerGradient);
        ref T addedGradient = ref MemoryMarshal.GetReference(AddedGradient);
        TVector one = TSimd.Constant(1);
        for (int graph = 0; graph < Graphs; graph++)
        {
            for (nint u = 0; u < Size; u += TSimd.Count)
            {
                TVector weight = TSimd.Load(ref context, (nuint)u), sum = TSimd.Constant(0);
                for (nint row = (nint)graph * Joints; row < ((nint)graph + 1) * Joints; row++)
                {
                    nuint at = (nuint)(row * Size + u);
                    TVector squashed = TSimd.Load(ref inner, at), slope = TSimd.Fma(TSimd.Negate(squashed), squashed, one);
                    TVector gradient = TSimd.Multiply(TSimd.Multiply(TSimd.Broadcast(Unsafe.Add(ref scoreGradient, row)), weight), slope);
                    gradient = VectorMath<TSimd, TVector, T>.FlushTiny(gradient);
                    TSimd.Store(gradient, ref innerGradient, at);
                    sum = TSimd.Add(sum, gradient);
                }

                TSimd.Store(sum, ref addedGradient, (nuint)(graph * Size + u));
            }
        }
    }
}

/// <summary>H_n = Ĥ_n + α_n Ĥ_n for every row.</summary>
internal ref struct AgcAttend<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Rows;
    public nint Hidden;
    public ReadOnlySpan<T> Alpha;
    public ReadOnlySpan<T> Unattended;
    public Span<T> H;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        ref T alpha = ref MemoryMarshal.GetReference(Alpha);
        ref T unattended = ref MemoryMarshal.GetReference(Unattended);
        ref T target = ref MemoryMarshal.GetReference(H);
        for (nint row = 0; row < Rows; row++)
        {
            TVector weight = TSimd.Broadcast(Unsafe.Add(ref alpha, row));
            for (nint u = 0; u < Hidden; u += TSimd.Count)
            {
                nuint at = (nuint)(row * Hidden + u);
                TVector h = TSimd.Load(ref unattended, at);
                TSimd.Store(TSimd.Fma(weight, h, h), ref target, at);
            }
        }
    }
}

/// <summary>∂Ĥ_n = ∂H_n + α_n (∂H_n + ∂local) + ∂sum for every row, in place of ∂H_n.</summary>
internal ref struct AgcAttendBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int Graphs;
    public int Joints;
    public nint Hidden;
    public ReadOnlySpan<T> Alpha;
    public ReadOnlySpan<T> LocalGradient;
    public ReadOnlySpan<T> SumGradient;
    public Span<T> HGradient;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        ref T alpha = ref MemoryMarshal.GetReference(Alpha);
        ref T local = ref MemoryMarshal.GetReference(LocalGradient);
        ref T sum = ref MemoryMarshal.GetReference(SumGradient);
        ref T gradient = ref MemoryMarshal.GetReference(HGradient);
        for (int graph = 0; graph < Graphs; graph++)
        {
            for (int joint = 0; joint < Joints; joint++)
            {
                TVector weight = TSimd.Broadcast(alpha);
                for (nint u = 0; u < Hidden; u += TSimd.Count)
                {
                    TVector dh = TSimd.Load(ref gradient, (nuint)u), attended = TSimd.Add(dh, TSimd.Load(ref local, (nuint)u));
                    TSimd.Store(TSimd.Add(TSimd.Fma(weight, attended, dh), TSimd.Load(ref sum, (nuint)u)), ref gradient, (nuint)u);
                }

                alpha = ref Unsafe.Add(ref alpha, 1);
                gradient = ref Unsafe.Add(ref gradient, Hidden);
            }

            local = ref Unsafe.Add(ref local, Hidden);
            sum = ref Unsafe.Add(ref sum, Hidden);
        }
    }
}
