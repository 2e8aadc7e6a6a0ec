using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The element-wise half of a wave, from pre-activations to states.</summary>
internal ref struct GraphLstmForward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Seen;
    public CsrPattern Neighbours;
    public int First;
    public int Rows;
    public nint Hidden;
    public bool OutputSeesNeighbours;
    public Span<T> InputGates;
    public ReadOnlySpan<T> StateGates;
    public ReadOnlySpan<T> MeanGates;
    public ReadOnlySpan<T> Neighbour;
    public Span<T> Forget;
    public Span<T> H;
    public Span<T> M;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden, nodes = Neighbours.Rows;
        int meanGates = OutputSeesNeighbours ? 3 : 2;
        ref T memories = ref MemoryMarshal.GetReference(M);
        ref T neighbour = ref MemoryMarshal.GetReference(Neighbour);
        ref T forget = ref MemoryMarshal.GetReference(Forget);
        ref int seen = ref MemoryMarshal.GetReference(Seen.Indices);
        ref int near = ref MemoryMarshal.GetReference(Neighbours.Indices);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Seen.Offsets[row], end = Seen.Offsets[row + 1];
            TVector share = TSimd.Broadcast(T.One / Scalar.From<T>(Math.Max(1, end - begin)));
            ref T input = ref Unsafe.Add(ref MemoryMarshal.GetReference(InputGates), row * 4 * hidden);
            ref T own = ref Unsafe.Add(ref MemoryMarshal.GetReference(StateGates), row * 4 * hidden);
            ref T mean = ref Unsafe.Add(ref MemoryMarshal.GetReference(MeanGates), row * meanGates * hidden);
            ref T newState = ref Unsafe.Add(ref MemoryMarshal.GetReference(H), (nodes + row) * hidden);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint at = (nuint)(u / Block * (4 * Block) + u % Block), seenAt = (nuint)(u / Block * (meanGates * Block) + u % Block);
                TVector inputF = TSimd.Load(ref input, at + Block);
                TVector gu = TSimd.Add(TSimd.Add(TSimd.Load(ref input, at), TSimd.Load(ref own, at)), TSimd.Load(ref mean, seenAt));
                TVector gf = TSimd.Add(inputF, TSimd.Load(ref own, at + Block));
                TVector go = TSimd.Add(TSimd.Load(ref input, at + 2 * Block), TSimd.Load(ref own, at + 2 * Block));
                go = OutputSeesNeighbours ? TSimd.Add(go, TSimd.Load(ref mean, seenAt + Block)) : go;
                TVector gc = TSimd.Add(TSimd.Load(ref input, at + 3 * Block), TSimd.Load(ref own, at + 3 * Block));
                gc = TSimd.Add(gc, TSimd.Load(ref mean, seenAt + (nuint)((meanGates - 1) * Block)));
                TVector sum = TSimd.Constant(0);
                for (int edge = begin; edge < end; edge++)
                {
                    TVector g = VectorMath<TSimd, TVector, T>.Sigmoid(
                        TSimd.Add(inputF, TSimd.Load(ref neighbour, (nuint)(Unsafe.Add(ref near, edge) * hidden + u))), ref constants);
                    TSimd.Store(g, ref forget, (nuint)(edge * hidden + u));
                    sum = TSimd.Fma(g, TSimd.Load(ref memories, (nuint)(Unsafe.Add(ref seen, edge) * hidden + u)), sum);
                }

                gu = VectorMath<TSimd, TVector, T>.Sigmoid(gu, ref constants);
                gf = VectorMath<TSimd, TVector, T>.Sigmoid(gf, ref constants);
                go = VectorMath<TSimd, TVector, T>.Sigmoid(go, ref constants);
                gc = VectorMath<TSimd, TVector, T>.Tanh(gc, ref constants);
                TVector m = TSimd.Fma(gf, TSimd.Load(ref memories, (nuint)(row * hidden + u)), TSimd.Multiply(sum, share));
                m = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Fma(gu, gc, m), ref constants);
                TSimd.Store(gu, ref input, at);
                TSimd.Store(gf, ref input, at + Block);
                TSimd.Store(go, ref input, at + 2 * Block);
                TSimd.Store(gc, ref input, at + 3 * Block);
                TSimd.Store(m, ref memories, (nuint)((nodes + row) * hidden + u));
                TVector h = VectorMath<TSimd, TVector, T>.Tanh(TSimd.Multiply(go, m), ref constants);
                TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(h, ref constants), ref newState, (nuint)u);
            }
        }
    }
}

/// <summary>The element-wise half of a wave on the way back.</summary>
internal ref struct GraphLstmBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Seen;
    public int First;
    public int Rows;
    public nint Nodes;
    public nint Hidden;
    public bool OutputSeesNeighbours;
    public Span<T> InputGates;
    public Span<T> StateGates;
    public Span<T> MeanGates;
    public Span<T> Forget;
    public Span<T> ForgetGradient;
    public ReadOnlySpan<T> H;
    public ReadOnlySpan<T> M;
    public ReadOnlySpan<T> HGradient;
    public Span<T> MGradient;

    // With primes for gradients of pre-activations and n = |N(i)|:
    //   ∂t = ∂h' (1 − h'²), t = g^o ⊙ m'      ∂o' = ∂t m' · o(1−o)      ∂m' += ∂t o
    //   ∂u' = ∂m' c · u(1−u)      ∂c' = ∂m' u (1−c²)      ∂f' = ∂m' m · f(1−f)      ∂m = ∂m' f
    //   ∂ḡ'_ij = ∂m'/n m*_j · ḡ(1−ḡ), what j gets of ∂m': ḡ ∂m'/n; W_f f_i + b_f takes ∂f' and all ∂ḡ'_ij
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden;
        int meanGates = OutputSeesNeighbours ? 3 : 2;
        TVector one = TSimd.Constant(1);
        ref T memories = ref MemoryMarshal.GetReference(M);
        ref T memoryGradients = ref MemoryMarshal.GetReference(MGradient);
        ref T forget = ref MemoryMarshal.GetReference(Forget);
        ref T forgetGradient = ref MemoryMarshal.GetReference(ForgetGradient);
        ref int seen = ref MemoryMarshal.GetReference(Seen.Indices);
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Seen.Offsets[row], end = Seen.Offsets[row + 1];
            TVector share = TSimd.Broadcast(T.One / Scalar.From<T>(Math.Max(1, end - begin)));
            ref T input = ref Unsafe.Add(ref MemoryMarshal.GetReference(InputGates), row * 4 * hidden);
            ref T own = ref Unsafe.Add(ref MemoryMarshal.GetReference(StateGates), row * 4 * hidden);
            ref T mean = ref Unsafe.Add(ref MemoryMarshal.GetReference(MeanGates), row * meanGates * hidden);
            ref T state = ref Unsafe.Add(ref MemoryMarshal.GetReference(H), (Nodes + row) * hidden);
            ref T stateGradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(HGradient), (Nodes + row) * hidden);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint at = (nuint)(u / Block * (4 * Block) + u % Block), seenAt = (nuint)(u / Block * (meanGates * Block) + u % Block);
                nuint before = (nuint)(row * hidden + u), after = (nuint)((Nodes + row) * hidden + u);
                TVector gu = TSimd.Load(ref input, at), gf = TSimd.Load(ref input, at + Block), go = TSimd.Load(ref input, at + 2 * Block);
                TVector gc = TSimd.Load(ref input, at + 3 * Block), h = TSimd.Load(ref state, (nuint)u),
                    m = TSimd.Load(ref memories, after);
                TVector dt = VectorMath<TSimd, TVector, T>.FlushTiny(
                    TSimd.Multiply(TSimd.Load(ref stateGradient, (nuint)u), TSimd.Fma(TSimd.Negate(h), h, one)));
                TVector dm = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Fma(dt, go, TSimd.Load(ref memoryGradients, after)));
                TVector dO = GateSlopes<TSimd, TVector, T>.Sigmoid(dt, m, go), dU = GateSlopes<TSimd, TVector, T>.Sigmoid(dm, gc, gu),
                    dC = GateSlopes<TSimd, TVector, T>.Tanh(dm, gu, gc);
                TVector kept = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(dm, gf));
                TVector dF = GateSlopes<TSimd, TVector, T>.Forget(kept, TSimd.Load(ref memories, before), gf);
                TSimd.Store(kept, ref memoryGradients, before);
                TVector part = TSimd.Multiply(dm, share), sum = dF;
                for (int edge = begin; edge < end; edge++)
                {
                    nuint place = (nuint)(edge * hidden + u);
                    TVector g = TSimd.Load(ref forget, place), passed = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(part, g));
                    TVector memory = TSimd.Load(ref memories, (nuint)(Unsafe.Add(ref seen, edge) * hidden + u));
                    TVector dG = GateSlopes<TSimd, TVector, T>.Forget(passed, memory, g);
                    TSimd.Store(passed, ref forget, place);
                    TSimd.Store(dG, ref forgetGradient, place);
                    sum = TSimd.Add(sum, dG);
                }

                TSimd.Store(dU, ref input, at);
                TSimd.Store(sum, ref input, at + Block);
                TSimd.Store(dO, ref input, at + 2 * Block);
                TSimd.Store(dC, ref input, at + 3 * Block);
                TSimd.Store(dU, ref own, at);
                TSimd.Store(dF, ref own, at + Block);
                TSimd.Store(dO, ref own, at + 2 * Block);
                TSimd.Store(dC, ref own, at + 3 * Block);
                TSimd.Store(dU, ref mean, seenAt);
                TSimd.Store(dC, ref mean, seenAt + (nuint)((meanGates - 1) * Block));
                if (OutputSeesNeighbours)
                {
                    TSimd.Store(dO, ref mean, seenAt + Block);
                }
            }
        }
    }
}
