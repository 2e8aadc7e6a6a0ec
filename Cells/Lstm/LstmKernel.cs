using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Full peepholes put a matrix product between the two halves of a step; all other variants take both at once.</summary>
internal enum LstmPhase
{
    Both,
    Memory,
    Output,
}

/// <summary>The element-wise half of the LSTM, for every vector width.</summary>
internal static class LstmKernel
{
    /// <summary>A whole step of one row, both products and the equations; no full peepholes.</summary>
    /// <param name="layout">The tape row.</param>
    /// <param name="x">b + W x.</param>
    /// <param name="h">U h⁻.</param>
    /// <param name="step">The step.</param>
    /// <param name="peephole">Diagonal peepholes, [i, (f), o][H]; empty for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TGates, T>(
        in LstmLayout layout, scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped in CellForward<T> step,
        ReadOnlySpan<T> peephole)
        where TGates : struct, IWidth
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LstmUnits<TGates, T> units = new(
            layout, ref step.Saved.Reference, ref step.PreviousCellState.Reference, ref step.CellState.Reference, ref step.Hidden.Reference,
            ref MemoryMarshal.GetReference(peephole));
        GateStep.Run(x, h, ref units, step.FirstUnit, step.EndOf(layout.Hidden), step.IsDescending, step.Ahead);
    }

    /// <summary>From b + W x and the tape's U h⁻ to c and o ⊙ tanh c; the tape is left with the gates.</summary>
    /// <param name="layout">The tape row.</param>
    /// <param name="step">The step.</param>
    /// <param name="peephole">Diagonal peepholes, [i, (f), o][H]; empty for none.</param>
    /// <param name="output">o ⊙ tanh c, written.</param>
    /// <param name="outputStride">Elements from row to row of <paramref name="output"/>.</param>
    /// <param name="phase">Which half.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        in LstmLayout layout, scoped in CellForward<T> step, ReadOnlySpan<T> peephole, Span<T> output, int outputStride, LstmPhase phase)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layout.Gates == 4)
        {
            Forward<W4, T>(layout, step, peephole, output, outputStride, phase);
        }
        else
        {
            Forward<W3, T>(layout, step, peephole, output, outputStride, phase);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward<TGates, T>(
        in LstmLayout layout, scoped in CellForward<T> step, ReadOnlySpan<T> peephole, Span<T> output, int outputStride, LstmPhase phase)
        where TGates : struct, IWidth
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            LstmKernel<Simd512<T>, Vector512<T>, T>.Phase<TGates>(layout, step, peephole, output, outputStride, phase);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            LstmKernel<Simd256<T>, Vector256<T>, T>.Phase<TGates>(layout, step, peephole, output, outputStride, phase);
        }
        else
        {
            LstmKernel<Simd128<T>, Vector128<T>, T>.Phase<TGates>(layout, step, peephole, output, outputStride, phase);
        }
    }

    /// <summary>From the gradients of o ⊙ tanh c and c to those of the pre-activations and of c⁻.</summary>
    /// <param name="layout">The tape row.</param>
    /// <param name="step">The step.</param>
    /// <param name="peephole">Diagonal peepholes, [i, (f), o][H]; empty for none.</param>
    /// <param name="outputGradient">∂L/∂(o ⊙ tanh c), [rows, H].</param>
    /// <param name="phase">Which half.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(
        in LstmLayout layout, scoped in CellBackward<T> step, ReadOnlySpan<T> peephole, ReadOnlySpan<T> outputGradient, LstmPhase phase)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            LstmKernel<Simd512<T>, Vector512<T>, T>.Backward(layout, step, peephole, outputGradient, phase);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            LstmKernel<Simd256<T>, Vector256<T>, T>.Backward(layout, step, peephole, outputGradient, phase);
        }
        else
        {
            LstmKernel<Simd128<T>, Vector128<T>, T>.Backward(layout, step, peephole, outputGradient, phase);
        }
    }

    /// <summary>∂P_i += Σ ∂i ⊙ c⁻, ∂P_f += Σ ∂f ⊙ c⁻, ∂P_o += Σ ∂o ⊙ c, over all rows, ∂ the gradients of the pre-activations.</summary>
    public static void AccumulatePeepholeGradient<T>(
        in LstmLayout layout, int rows, ReadOnlySpan<T> saved, ReadOnlySpan<T> previousCellState, Span<T> gradient, int hiddenSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GateLayout gates = new(layout.Gates, hiddenSize);
        int output = layout.MemoryGates;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<T> tape = saved.Slice(row * layout.SavedSize, layout.SavedSize);
            ReadOnlySpan<T> previous = previousCellState.Slice(row * layout.Hidden, layout.Hidden);
            for (int u = 0; u < hiddenSize; u++)
            {
                for (int g = 0; g < output; g++)
                {
                    gradient[g * hiddenSize + u] += tape[gates.IndexOf(g, u)] * previous[u];
                }

                gradient[output * hiddenSize + u] += tape[gates.IndexOf(layout.Gates - 1, u)] * tape[layout.CellState + u];
            }
        }
    }
}

/// <summary>The loops of <see cref="LstmKernel"/> at one vector width; the methods below them are the equations.</summary>
internal static class LstmKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = GateLayout.Block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Phase<TGates>(
        in LstmLayout layout, scoped in CellForward<T> step, ReadOnlySpan<T> peepholes, Span<T> outputs, int outputStride, LstmPhase phase)
        where TGates : struct, IWidth
    {
        if (phase == LstmPhase.Both)
        {
            Forward<TGates>(layout, step, peepholes, outputs, outputStride);
        }
        else
        {
            ForwardHalf<TGates>(layout, step, outputs, outputStride, phase);
        }
    }

    /// <summary>
    /// All rows, without full peepholes. A row's c come before its h: a unit's 200 instructions wait for two activations, one after the
    /// other, and a core looks ahead by two such units, but by four halves (batches of 64 and 128 units are 3 % faster for it).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<TGates>(
        in LstmLayout layout, scoped in CellForward<T> step, ReadOnlySpan<T> peepholes, Span<T> outputs, int outputStride)
        where TGates : struct, IWidth
    {
        nint hidden = layout.Hidden, width = TGates.Value * hidden, gateG = (TGates.Value - 2) * Block, gateO = (TGates.Value - 1) * Block;
        ref T peephole = ref MemoryMarshal.GetReference(peepholes);
        ref T input = ref step.Gates.Reference;
        ref T saved = ref step.Saved.Reference;
        ref T previous = ref step.PreviousCellState.Reference;
        ref T state = ref step.CellState.Reference;
        ref T target = ref MemoryMarshal.GetReference(outputs);
        nint first = step.FirstUnit, end = step.EndOf(layout.Hidden);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = 0; row < step.Rows; row++)
        {
            LstmUnits<TGates, T> units = new(layout, ref saved, ref previous, ref state, ref target, ref peephole);
            for (nint u = first; u < end; u += TSimd.Count)
            {
                nint at = GateAt<TGates>(u);
                TVector i = TSimd.Add(At(ref input, at), At(ref saved, at));
                TVector f = TGates.Value < 4 ? default : TSimd.Add(At(ref input, at + Block), At(ref saved, at + Block));
                TVector c = units.Memory<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>((nuint)u, (nuint)at, i, f,
                    TSimd.Add(At(ref input, at + gateG), At(ref saved, at + gateG)), ref constants);
                Put(c, ref saved, layout.TanhCellState + u);
            }

            for (nint u = first; u < end; u += TSimd.Count)
            {
                nint at = GateAt<TGates>(u);
                TVector o = TSimd.Add(At(ref input, at + gateO), At(ref saved, at + gateO));
                units.Output<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                    (nuint)u, (nuint)at, o, At(ref saved, layout.TanhCellState + u), ref constants);
            }

            input = ref Unsafe.Add(ref input, width);
            saved = ref Unsafe.Add(ref saved, layout.SavedSize);
            previous = ref Unsafe.Add(ref previous, hidden);
            state = ref Unsafe.Add(ref state, hidden);
            target = ref Unsafe.Add(ref target, outputStride);
        }
    }

    /// <summary>
    /// All rows with full peepholes, up to c or from it on. Apart: one method for both, all of it inlined, took batches of 64 and 128 units
    /// 1 to 9 % longer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardHalf<TGates>(in LstmLayout layout, scoped in CellForward<T> step, Span<T> outputs, int outputStride,
        LstmPhase phase)
        where TGates : struct, IWidth
    {
        nint hidden = layout.Hidden, width = TGates.Value * hidden, gateG = (TGates.Value - 2) * Block, gateO = (TGates.Value - 1) * Block;
        ref T input = ref step.Gates.Reference;
        ref T saved = ref step.Saved.Reference;
        ref T previous = ref step.PreviousCellState.Reference;
        ref T state = ref step.CellState.Reference;
        ref T target = ref MemoryMarshal.GetReference(outputs);
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = 0; row < step.Rows; row++)
        {
            LstmUnits<TGates, T> units = new(layout, ref saved, ref previous, ref state, ref target, ref Unsafe.NullRef<T>());
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nint at = GateAt<TGates>(u);
                if (phase == LstmPhase.Memory)
                {
                    nint seen = layout.PeepholeMemory + u / Block * (layout.MemoryGates * Block) + u % Block; // P c⁻
                    TVector i = TSimd.Add(TSimd.Add(At(ref input, at), At(ref saved, at)), At(ref saved, seen));
                    TVector f = TGates.Value < 4
                        ? default
                        : TSimd.Add(TSimd.Add(At(ref input, at + Block), At(ref saved, at + Block)), At(ref saved, seen + Block));
                    units.Memory<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>((nuint)u, (nuint)at, i, f,
                        TSimd.Add(At(ref input, at + gateG), At(ref saved, at + gateG)), ref constants);
                }
                else
                {
                    TVector o = TSimd.Add(TSimd.Add(At(ref input, at + gateO), At(ref saved, at + gateO)),
                        At(ref saved, layout.PeepholeOutput + u));
                    units.Output<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                        (nuint)u, (nuint)at, o, At(ref state, u), ref constants);
                }
            }

            input = ref Unsafe.Add(ref input, width);
            saved = ref Unsafe.Add(ref saved, layout.SavedSize);
            previous = ref Unsafe.Add(ref previous, hidden);
            state = ref Unsafe.Add(ref state, hidden);
            target = ref Unsafe.Add(ref target, outputStride);
        }
    }

    // With ∂ for gradients, primes for those of pre-activations, m = o ⊙ tanh c:
    //   ∂o' = ∂m tanh c · o(1−o)       ∂c += ∂m o (1 − tanh² c) [+ P_o ∂o']
    //   ∂i' = ∂c g · i(1−i)            ∂f' = ∂c c⁻ · f(1−f)            ∂g' = ∂c i (1−g²)
    //   ∂c⁻ = ∂c f [+ P_i ∂i' + P_f ∂f']; coupled, f = 1 − i: ∂i' = ∂c (g − c⁻) · i(1−i)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        in LstmLayout layout, scoped in CellBackward<T> step, ReadOnlySpan<T> peepholes, ReadOnlySpan<T> outputGradients, LstmPhase phase)
    {
        bool memory = phase != LstmPhase.Output, output = phase != LstmPhase.Memory;
        nint hidden = layout.Hidden, gateBlock = layout.Gates * Block, gateG = (layout.Gates - 2) * Block,
            gateO = (layout.Gates - 1) * Block;
        ForgetGate forget = layout.Forget;
        bool diagonal = !peepholes.IsEmpty, full = layout.IsFull;
        TVector one = TSimd.Constant(1);
        ref T peephole = ref MemoryMarshal.GetReference(peepholes);
        ref T saved = ref MemoryMarshal.GetReference(step.Saved);
        ref T previous = ref MemoryMarshal.GetReference(step.PreviousCellState);
        ref T stateGradient = ref MemoryMarshal.GetReference(step.CellStateGradient);
        ref T outputGradient = ref MemoryMarshal.GetReference(outputGradients);
        for (int row = 0; row < step.Rows; row++)
        {
            // The tape has left L2 by now: the next row is asked for while this one is computed (1.4 % of training with 256 units).
            ref T next = ref Unsafe.Add(ref saved, row + 1 < step.Rows ? layout.SavedSize : 0);
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nint at = u / Block * gateBlock + u % Block;
                for (int g = 0; g < layout.Gates; g++)
                {
                    Cache.Prefetch(ref Unsafe.Add(ref next, at + g * Block));
                }

                Cache.Prefetch(ref Unsafe.Add(ref next, layout.TanhCellState + u));
                Cache.Prefetch(ref Unsafe.Add(ref previous, hidden + u));
                TVector dc = VectorMath<TSimd, TVector, T>.FlushTiny(At(ref stateGradient, u));
                if (output)
                {
                    TVector dm = VectorMath<TSimd, TVector, T>.FlushTiny(At(ref outputGradient, u));
                    TVector o = At(ref saved, at + gateO), squashed = At(ref saved, layout.TanhCellState + u);
                    TVector dO = Flushed(TSimd.Multiply(TSimd.Multiply(dm, squashed), TSimd.Multiply(o, TSimd.Subtract(one, o))));
                    dc = TSimd.Fma(TSimd.Multiply(dm, o), TSimd.Fma(TSimd.Negate(squashed), squashed, one), dc);
                    Put(dO, ref saved, at + gateO);
                    if (diagonal)
                    {
                        dc = TSimd.Fma(At(ref peephole, layout.MemoryGates * hidden + u), dO, dc);
                    }
                    else if (full)
                    {
                        Put(dO, ref saved, layout.PeepholeOutput + u);
                    }
                }

                if (memory)
                {
                    TVector i = At(ref saved, at), g = At(ref saved, at + gateG), before = At(ref previous, u);
                    TVector slopeI = TSimd.Multiply(i, TSimd.Subtract(one, i));
                    TVector seen = forget == ForgetGate.Coupled ? TSimd.Subtract(g, before) : g;
                    TVector dI = Flushed(TSimd.Multiply(TSimd.Multiply(dc, seen), slopeI));
                    TVector dG = Flushed(TSimd.Multiply(TSimd.Multiply(dc, i), TSimd.Fma(TSimd.Negate(g), g, one)));
                    TVector dF = default;
                    if (forget == ForgetGate.Standard)
                    {
                        TVector f = At(ref saved, at + Block);
                        dF = Flushed(TSimd.Multiply(TSimd.Multiply(dc, before), TSimd.Multiply(f, TSimd.Subtract(one, f))));
                        dc = TSimd.Multiply(dc, f);
                        Put(dF, ref saved, at + Block);
                    }
                    else if (forget == ForgetGate.Coupled)
                    {
                        dc = TSimd.Multiply(dc, TSimd.Subtract(one, i));
                    }

                    Put(dI, ref saved, at);
                    Put(dG, ref saved, at + gateG);
                    if (diagonal)
                    {
                        dc = TSimd.Fma(At(ref peephole, u), dI, dc);
                        dc = forget == ForgetGate.Standard ? TSimd.Fma(At(ref peephole, hidden + u), dF, dc) : dc;
                    }
                    else if (full)
                    {
                        nint fed = layout.PeepholeMemory + u / Block * (layout.MemoryGates * Block) + u % Block;
                        Put(dI, ref saved, fed);
                        if (forget == ForgetGate.Standard)
                        {
                            Put(dF, ref saved, fed + Block);
                        }
                    }
                }

                Put(Flushed(dc), ref stateGradient, u);
            }

            saved = ref Unsafe.Add(ref saved, layout.SavedSize);
            previous = ref Unsafe.Add(ref previous, hidden);
            stateGradient = ref Unsafe.Add(ref stateGradient, hidden);
            outputGradient = ref Unsafe.Add(ref outputGradient, hidden);
        }
    }

    /// <summary>Where gate i of a unit lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint GateAt<TGates>(nint unit)
        where TGates : struct, IWidth => unit / Block * (TGates.Value * Block) + unit % Block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector At(ref T origin, nint offset) => TSimd.Load(ref origin, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector value, ref T origin, nint offset) => TSimd.Store(value, ref origin, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Flushed(TVector value) => VectorMath<TSimd, TVector, T>.FlushTiny(value);
}
