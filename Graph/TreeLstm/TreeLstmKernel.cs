using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The element-wise half of a level, from pre-activations to states.</summary>
internal ref struct TreeLstmForward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Incoming;
    public int First;
    public int Rows;
    public nint Hidden;
    public ReadOnlySpan<T> Recurrent; // empty for leaves
    public Span<T> Iou;
    public ReadOnlySpan<T> InputF;
    public ReadOnlySpan<T> StateF;
    public Span<T> Forget;
    public Span<T> C;
    public Span<T> TanhC;
    public Span<T> H;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden;
        bool inner = !Recurrent.IsEmpty;
        ref T recurrent = ref MemoryMarshal.GetReference(Recurrent);
        ref T iou = ref Unsafe.Add(ref MemoryMarshal.GetReference(Iou), First * 3 * hidden);
        ref T stateF = ref MemoryMarshal.GetReference(StateF);
        ref T forget = ref MemoryMarshal.GetReference(Forget);
        ref T cells = ref MemoryMarshal.GetReference(C);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Incoming.Offsets[row], end = Incoming.Offsets[row + 1];
            ref int child = ref MemoryMarshal.GetReference(Incoming.Indices);
            nint at = row * hidden;
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint g = (nuint)(u / Block * (3 * Block) + u % Block);
                TVector i = TSimd.Load(ref iou, g), o = TSimd.Load(ref iou, g + Block), candidate = TSimd.Load(ref iou, g + 2 * Block);
                if (inner)
                {
                    i = TSimd.Add(i, TSimd.Load(ref recurrent, g));
                    o = TSimd.Add(o, TSimd.Load(ref recurrent, g + Block));
                    candidate = TSimd.Add(candidate, TSimd.Load(ref recurrent, g + 2 * Block));
                }

                i = VectorMath<TSimd, TVector, T>.Sigmoid(i, ref constants);
                candidate = VectorMath<TSimd, TVector, T>.Tanh(candidate, ref constants);
                TVector c = TSimd.Multiply(i, candidate), inputF = TSimd.Load(in InputF[(int)(at + u)], 0);
                for (int edge = begin; edge < end; edge++)
                {
                    nuint below = (nuint)(Unsafe.Add(ref child, edge) * hidden + u);
                    TVector f = VectorMath<TSimd, TVector, T>.Sigmoid(TSimd.Add(inputF, TSimd.Load(ref stateF, below)), ref constants);
                    TSimd.Store(f, ref forget, (nuint)(edge * hidden + u));
                    c = TSimd.Fma(f, TSimd.Load(ref cells, below), c);
                }

                o = VectorMath<TSimd, TVector, T>.Sigmoid(o, ref constants);
                c = VectorMath<TSimd, TVector, T>.FlushTiny(c, ref constants);
                TVector squashed = VectorMath<TSimd, TVector, T>.Tanh(c, ref constants);
                TSimd.Store(i, ref iou, g);
                TSimd.Store(o, ref iou, g + Block);
                TSimd.Store(candidate, ref iou, g + 2 * Block);
                TSimd.Store(c, ref cells, (nuint)(at + u));
                TSimd.Store(squashed, ref TanhC[(int)(at + u)], 0);
                TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(o, squashed), ref constants), ref H[(int)(at + u)], 0);
            }

            iou = ref Unsafe.Add(ref iou, 3 * hidden);
            recurrent = ref inner ? ref Unsafe.Add(ref recurrent, 3 * hidden) : ref recurrent;
        }
    }
}

/// <summary>The element-wise half of a level on the way back.</summary>
internal ref struct TreeLstmBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Incoming;
    public int First;
    public int Rows;
    public nint Hidden;
    public Span<T> Iou;
    public Span<T> InputF;
    public Span<T> Forget;
    public Span<T> ForgetGradient;
    public ReadOnlySpan<T> C;
    public ReadOnlySpan<T> TanhC;
    public ReadOnlySpan<T> HGradient;
    public Span<T> CGradient;

    // With primes for gradients of pre-activations:
    //   ∂o' = ∂h tanh c · o(1−o)      ∂c += ∂h o (1 − tanh² c)      ∂i' = ∂c u · i(1−i)      ∂u' = ∂c i (1−u²)
    //   ∂f'_jk = ∂c_j c_k · f(1−f)    and what child k gets of ∂c: f_jk ∂c_j, which takes the place of f_jk
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden;
        ref T iou = ref Unsafe.Add(ref MemoryMarshal.GetReference(Iou), First * 3 * hidden);
        ref T forget = ref MemoryMarshal.GetReference(Forget);
        ref T forgetGradient = ref MemoryMarshal.GetReference(ForgetGradient);
        ref T cells = ref MemoryMarshal.GetReference(C);
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Incoming.Offsets[row], end = Incoming.Offsets[row + 1];
            ref int child = ref MemoryMarshal.GetReference(Incoming.Indices);
            nint at = row * hidden;
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint g = (nuint)(u / Block * (3 * Block) + u % Block);
                TVector i = TSimd.Load(ref iou, g), o = TSimd.Load(ref iou, g + Block), candidate = TSimd.Load(ref iou, g + 2 * Block);
                TVector dh = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Load(in HGradient[(int)(at + u)], 0)),
                    squashed = TSimd.Load(in TanhC[(int)(at + u)], 0);
                TVector dc = GateSlopes<TSimd, TVector, T>.Cell(TSimd.Load(in CGradient[(int)(at + u)], 0), dh, o, squashed);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Sigmoid(dc, candidate, i), ref iou, g);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Sigmoid(dh, squashed, o), ref iou, g + Block);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Tanh(dc, i, candidate), ref iou, g + 2 * Block);
                TVector sum = TSimd.Constant(0);
                for (int edge = begin; edge < end; edge++)
                {
                    nuint below = (nuint)(Unsafe.Add(ref child, edge) * hidden + u), place = (nuint)(edge * hidden + u);
                    TVector f = TSimd.Load(ref forget, place), passed = TSimd.Multiply(dc, f);
                    TVector dF = GateSlopes<TSimd, TVector, T>.Forget(passed, TSimd.Load(ref cells, below), f);
                    TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(passed), ref forget, place);
                    TSimd.Store(dF, ref forgetGradient, place);
                    sum = TSimd.Add(sum, dF);
                }

                TSimd.Store(sum, ref InputF[(int)(at + u)], 0);
            }

            iou = ref Unsafe.Add(ref iou, 3 * hidden);
        }
    }
}
