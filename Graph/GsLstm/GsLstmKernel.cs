using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The element-wise half of a level, from pre-activations to states.</summary>
internal ref struct GsLstmForward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Places;
    public int First;
    public int Rows;
    public bool Squashes;
    public nint Hidden;
    public ReadOnlySpan<T> Recurrent;
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
        nint hidden = Hidden;
        ref T cells = ref MemoryMarshal.GetReference(C);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = First; row < First + Rows; row++)
        {
            ref T gates = ref Unsafe.Add(ref MemoryMarshal.GetReference(Gates), row * 5 * hidden);
            ref readonly T recurrent = ref Unsafe.Add(ref MemoryMarshal.GetReference(Recurrent), (row - First) * 5 * hidden);
            ref T squashedCell = ref Unsafe.Add(ref MemoryMarshal.GetReference(TanhC), row * hidden);
            ref T state = ref Unsafe.Add(ref MemoryMarshal.GetReference(H), (row + 1) * hidden);
            ref T cell = ref Unsafe.Add(ref cells, (row + 1) * hidden);
            ref T sibling = ref Unsafe.Add(ref cells, Places[2 * row] * hidden);
            ref T parent = ref Unsafe.Add(ref cells, Places[2 * row + 1] * hidden);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint at = (nuint)(u / Block * (5 * Block) + u % Block);
                TVector i =
                    VectorMath<TSimd, TVector, T>.Sigmoid(
                        TSimd.Add(TSimd.Load(ref gates, at), TSimd.Load(in recurrent, at)), ref constants);
                TVector f =
                    VectorMath<TSimd, TVector, T>.Sigmoid(
                        TSimd.Add(TSimd.Load(ref gates, at + Block), TSimd.Load(in recurrent, at + Block)), ref constants);
                TVector g =
                    VectorMath<TSimd, TVector, T>.Sigmoid(
                        TSimd.Add(TSimd.Load(ref gates, at + 2 * Block), TSimd.Load(in recurrent, at + 2 * Block)), ref constants);
                TVector o =
                    VectorMath<TSimd, TVector, T>.Sigmoid(
                        TSimd.Add(TSimd.Load(ref gates, at + 3 * Block), TSimd.Load(in recurrent, at + 3 * Block)), ref constants);
                TVector candidate = TSimd.Add(TSimd.Load(ref gates, at + 4 * Block), TSimd.Load(in recurrent, at + 4 * Block));
                candidate = Squashes ? VectorMath<TSimd, TVector, T>.Tanh(candidate, ref constants) : candidate;
                TVector c = TSimd.Multiply(i, candidate);
                c = TSimd.Fma(f, TSimd.Load(ref sibling, (nuint)u), c);
                c = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Fma(g, TSimd.Load(ref parent, (nuint)u), c), ref constants);
                TVector squashed = VectorMath<TSimd, TVector, T>.Tanh(c, ref constants);
                TSimd.Store(i, ref gates, at);
                TSimd.Store(f, ref gates, at + Block);
                TSimd.Store(g, ref gates, at + 2 * Block);
                TSimd.Store(o, ref gates, at + 3 * Block);
                TSimd.Store(candidate, ref gates, at + 4 * Block);
                TSimd.Store(c, ref cell, (nuint)u);
                TSimd.Store(squashed, ref squashedCell, (nuint)u);
                TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(o, squashed), ref constants), ref state, (nuint)u);
            }
        }
    }
}

/// <summary>The element-wise half of a level on the way back.
/// States and their gradients begin with the row of whoever is missing.</summary>
internal ref struct GsLstmBackward<T> : IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ReadOnlySpan<int> Places;
    public int First;
    public int Rows;
    public bool Squashes;
    public nint Hidden;
    public Span<T> Gates;
    public ReadOnlySpan<T> C;
    public ReadOnlySpan<T> TanhC;
    public ReadOnlySpan<T> HGradient;
    public ReadOnlySpan<T> CGradient;
    public Span<T> SeenCGradient;

    // With primes for gradients of pre-activations:
    //   ∂o' = ∂h tanh c · o(1−o)     ∂c += ∂h o (1 − tanh² c)     ∂i' = ∂c c̃ · i(1−i)     ∂c̃' = ∂c i [· (1−c̃²)]
    //   ∂f' = ∂c c_p · f(1−f)        ∂g' = ∂c c_π · g(1−g)        ∂c_p = f ⊙ ∂c           ∂c_π = g ⊙ ∂c
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Block = GateLayout.Block;
        nint hidden = Hidden;
        ref T cells = ref MemoryMarshal.GetReference(C);
        for (int row = First; row < First + Rows; row++)
        {
            ref T gates = ref Unsafe.Add(ref MemoryMarshal.GetReference(Gates), row * 5 * hidden);
            ref readonly T squashedCell = ref Unsafe.Add(ref MemoryMarshal.GetReference(TanhC), row * hidden);
            ref readonly T stateGradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(HGradient), (row + 1) * hidden);
            ref readonly T cellGradient = ref Unsafe.Add(ref MemoryMarshal.GetReference(CGradient), (row + 1) * hidden);
            ref T passed = ref Unsafe.Add(ref MemoryMarshal.GetReference(SeenCGradient), row * 2 * hidden);
            ref T sibling = ref Unsafe.Add(ref cells, Places[2 * row] * hidden);
            ref T parent = ref Unsafe.Add(ref cells, Places[2 * row + 1] * hidden);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nuint at = (nuint)(u / Block * (5 * Block) + u % Block);
                TVector i = TSimd.Load(ref gates, at), f = TSimd.Load(ref gates, at + Block), g = TSimd.Load(ref gates, at + 2 * Block);
                TVector o = TSimd.Load(ref gates, at + 3 * Block), candidate = TSimd.Load(ref gates, at + 4 * Block);
                TVector dh = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Load(in stateGradient, (nuint)u)),
                    squashed = TSimd.Load(in squashedCell, (nuint)u);
                TVector dc = GateSlopes<TSimd, TVector, T>.Cell(TSimd.Load(in cellGradient, (nuint)u), dh, o, squashed);
                TVector toSibling = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(dc, f)),
                    toParent = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(dc, g));
                TVector dCandidate = Squashes
                    ? GateSlopes<TSimd, TVector, T>.Tanh(dc, i, candidate)
                    : VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(dc, i));
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Sigmoid(dc, candidate, i), ref gates, at);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Forget(toSibling, TSimd.Load(ref sibling, (nuint)u), f), ref gates, at + Block);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Forget(toParent, TSimd.Load(ref parent, (nuint)u), g), ref gates, at + 2 * Block);
                TSimd.Store(GateSlopes<TSimd, TVector, T>.Sigmoid(dh, squashed, o), ref gates, at + 3 * Block);
                TSimd.Store(dCandidate, ref gates, at + 4 * Block);
                TSimd.Store(toSibling, ref passed, (nuint)u);
                TSimd.Store(toParent, ref passed, (nuint)(hidden + u));
            }
        }
    }
}
