using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The element-wise half of a level, from pre-activations to states.</summary>
internal ref struct NaryTreeLstmForward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Places;
    public int Arity;
    public int First;
    public int Rows;
    public bool Inner;
    public nint Hidden;
    public Span<T> Iou;
    public ReadOnlySpan<T> InputF;
    public Span<T> Gates;
    public Span<T> C;
    public Span<T> TanhC;
    public Span<T> H;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden, width = (3 + Arity) * hidden;
        ref T cells = ref MemoryMarshal.GetReference(C);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = First; row < First + Rows; row++)
        {
            ref T iou = ref Unsafe.Add(ref MemoryMarshal.GetReference(Iou), row * 3 * hidden);
            ref T gates = ref Unsafe.Add(ref MemoryMarshal.GetReference(Gates), row * width);
            ref readonly T inputF = ref Unsafe.Add(ref MemoryMarshal.GetReference(InputF), row * hidden);
            ref T squashedCell = ref Unsafe.Add(ref MemoryMarshal.GetReference(TanhC), row * hidden);
            ref T state = ref Unsafe.Add(ref MemoryMarshal.GetReference(H), (row + 1) * hidden);
            ref T cell = ref Unsafe.Add(ref cells, (row + 1) * hidden);
            ref int place = ref Unsafe.Add(ref MemoryMarshal.GetReference(Places), row * Arity);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint g = (nuint)(u / Block * (3 * Block) + u % Block), s = (nuint)(u / Block * ((3 + Arity) * Block) + u % Block);
                TVector i = TSimd.Load(ref iou, g), o = TSimd.Load(ref iou, g + Block), candidate = TSimd.Load(ref iou, g + 2 * Block);
                if (Inner)
                {
                    i = TSimd.Add(i, TSimd.Load(ref gates, s));
                    o = TSimd.Add(o, TSimd.Load(ref gates, s + Block));
                    candidate = TSimd.Add(candidate, TSimd.Load(ref gates, s + 2 * Block));
                }

                i = VectorMath<TSimd, TVector, T>.Sigmoid(i, ref constants);
                candidate = VectorMath<TSimd, TVector, T>.Tanh(candidate, ref constants);
                TVector c = TSimd.Multiply(i, candidate);
                for (int k = 0; k < (Inner ? Arity : 0); k++)
                {
                    nuint at = s + (nuint)((3 + k) * Block);
                    TVector f =
                        VectorMath<TSimd, TVector, T>.Sigmoid(
                            TSimd.Add(TSimd.Load(in inputF, (nuint)u), TSimd.Load(ref gates, at)), ref constants);
                    TSimd.Store(f, ref gates, at);
                    c = TSimd.Fma(f, TSimd.Load(ref cells, (nuint)(Unsafe.Add(ref place, k) * hidden + u)), c);
                }

                o = VectorMath<TSimd, TVector, T>.Sigmoid(o, ref constants);
                c = VectorMath<TSimd, TVector, T>.FlushTiny(c, ref constants);
                TVector squashed = VectorMath<TSimd, TVector, T>.Tanh(c, ref constants);
                TSimd.Store(i, ref iou, g);
                TSimd.Store(o, ref iou, g + Block);
                TSimd.Store(candidate, ref iou, g + 2 * Block);
                TSimd.Store(c, ref cell, (nuint)u);
                TSimd.Store(squashed, ref squashedCell, (nuint)u);
                TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(o, squashed), ref constants), ref state, (nuint)u);
            }
        }
    }
}

/// <summary>The element-wise half of a level on the way back.</summary>
internal ref struct NaryTreeLstmBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Places;
    public int Arity;
    public int First;
    public int Rows;
    public bool Inner;
    public nint Hidden;
    public Span<T> Iou;
    public Span<T> InputF;
    public Span<T> Gates;
    public ReadOnlySpan<T> C;
    public ReadOnlySpan<T> TanhC;
    public ReadOnlySpan<T> HGradient;
    public Span<T> CGradient;
    public Span<T> ChildrenCGradient;

    // With primes for gradients of pre-activations:
    //   ∂o' = ∂h tanh c · o(1−o)      ∂c += ∂h o (1 − tanh² c)      ∂i' = ∂c u · i(1−i)      ∂u' = ∂c i (1−u²)
    //   ∂f'_k = ∂c c_k · f_k(1−f_k)   ∂c_k = f_k ⊙ ∂c
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden, width = (3 + Arity) * hidden;
        ref T cells = ref MemoryMarshal.GetReference(C);
        for (int row = First; row < First + Rows; row++)
        {
            ref T iou = ref Unsafe.Add(ref MemoryMarshal.GetReference(Iou), row * 3 * hidden);
            ref T gates = ref Unsafe.Add(ref MemoryMarshal.GetReference(Gates), row * width);
            ref T inputF = ref Unsafe.Add(ref MemoryMarshal.GetReference(InputF), row * hidden);
            ref readonly T squashedCell = ref Unsafe.Add(ref MemoryMarshal.GetReference(TanhC), row * hidden);
            ref readonly T stateGradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(HGradient), row * hidden);
            ref T cellGradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(CGradient), row * hidden);
            ref T passed = ref Unsafe.Add(ref MemoryMarshal.GetReference(ChildrenCGradient), row * Arity * hidden);
            ref int place = ref Unsafe.Add(ref MemoryMarshal.GetReference(Places), row * Arity);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint g = (nuint)(u / Block * (3 * Block) + u % Block), s = (nuint)(u / Block * ((3 + Arity) * Block) + u % Block);
                TVector i = TSimd.Load(ref iou, g), o = TSimd.Load(ref iou, g + Block), candidate = TSimd.Load(ref iou, g + 2 * Block);
                TVector dh = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Load(in stateGradient, (nuint)u)),
                    squashed = TSimd.Load(in squashedCell, (nuint)u);
                TVector dc = GateSlopes<TSimd, TVector, T>.Cell(TSimd.Load(ref cellGradient, (nuint)u), dh, o, squashed);
                TVector dO = GateSlopes<TSimd, TVector, T>.Sigmoid(dh, squashed, o),
                    dI = GateSlopes<TSimd, TVector, T>.Sigmoid(dc, candidate, i), dU = GateSlopes<TSimd, TVector, T>.Tanh(dc, i, candidate);
                TSimd.Store(dI, ref iou, g);
                TSimd.Store(dO, ref iou, g + Block);
                TSimd.Store(dU, ref iou, g + 2 * Block);
                TVector sum = TSimd.Constant(0);
                if (Inner)
                {
                    TSimd.Store(dI, ref gates, s);
                    TSimd.Store(dO, ref gates, s + Block);
                    TSimd.Store(dU, ref gates, s + 2 * Block);
                    for (int k = 0; k < Arity; k++)
                    {
                        nuint at = s + (nuint)((3 + k) * Block);
                        TVector f = TSimd.Load(ref gates, at),
                            below = TSimd.Load(ref cells, (nuint)(Unsafe.Add(ref place, k) * hidden + u));
                        TVector share = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(dc, f));
                        TVector dF = GateSlopes<TSimd, TVector, T>.Forget(share, below, f);
                        TSimd.Store(share, ref passed, (nuint)(k * hidden + u));
                        TSimd.Store(dF, ref gates, at);
                        sum = TSimd.Add(sum, dF);
                    }
                }

                TSimd.Store(sum, ref inputF, (nuint)u);
            }
        }
    }
}
