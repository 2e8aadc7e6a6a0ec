using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>With reset after the product a step is one pass; with reset before it, a matrix product lies between two.</summary>
internal enum GruPhase
{
    ResetAfter,
    Gates,
    Candidate,
}

/// <summary>The element-wise half of the GRU, for every vector width.</summary>
internal static class GruKernel
{
    /// <summary>A whole step of one row, both products and the equations, with reset after the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<T>(scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped in CellForward<T> step, int hidden,
        UpdateGate update)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GruUnits<T> units = new(
            ref step.Saved.Reference, 3 * hidden, ref step.PreviousHidden.Reference, ref step.Hidden.Reference, update);
        GateStep.Run(x, h, ref units, step.FirstUnit, step.EndOf(hidden), step.IsDescending, step.Ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(scoped in CellForward<T> step, int hidden, int saved, UpdateGate update, GruPhase phase)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            GruKernel<Simd512<T>, Vector512<T>, T>.Forward(step, hidden, saved, update, phase);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GruKernel<Simd256<T>, Vector256<T>, T>.Forward(step, hidden, saved, update, phase);
        }
        else
        {
            GruKernel<Simd128<T>, Vector128<T>, T>.Forward(step, hidden, saved, update, phase);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(scoped in CellBackward<T> step, int hidden, int saved, UpdateGate update, GruPhase phase)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            GruKernel<Simd512<T>, Vector512<T>, T>.Backward(step, hidden, saved, update, phase);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GruKernel<Simd256<T>, Vector256<T>, T>.Backward(step, hidden, saved, update, phase);
        }
        else
        {
            GruKernel<Simd128<T>, Vector128<T>, T>.Backward(step, hidden, saved, update, phase);
        }
    }
}

/// <summary>The loops of <see cref="GruKernel"/> at one vector width; offsets in a tape row as in <see cref="GruCell{T}"/>.</summary>
internal static class GruKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Block = GateLayout.Block;
    private const int Gates = 3;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(scoped in CellForward<T> step, nint hidden, nint savedSize, UpdateGate update, GruPhase phase)
    {
        nint stateBlock = (phase == GruPhase.ResetAfter ? 3 : 2) * Block, first = step.FirstUnit, end = step.EndOf((int)hidden);
        ref T input = ref step.Gates.Reference;
        ref T saved = ref step.Saved.Reference;
        ref T previous = ref step.PreviousHidden.Reference;
        ref T recurrent = ref step.RecurrentInput.Reference;
        ref T target = ref step.Hidden.Reference;
        ConstantsInRegisters<TSimd, TVector, T> constants = new();
        for (int row = 0; row < step.Rows; row++)
        {
            GruUnits<T> units = new(ref saved, (int)(3 * hidden), ref previous, ref target, update);
            for (nint u = first; u < end; u += TSimd.Count)
            {
                nint at = u / Block * (Gates * Block) + u % Block;
                nint state = 3 * hidden + u / Block * stateBlock + u % Block;
                if (phase == GruPhase.ResetAfter)
                {
                    units.Run<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                        (nuint)u, (nuint)at, At(ref input, at), At(ref input, at + Block), At(ref input, at + 2 * Block), default,
                        At(ref saved, state), At(ref saved, state + Block), At(ref saved, state + 2 * Block), default, ref constants);
                }
                else if (phase == GruPhase.Gates)
                {
                    TVector r = units.Gate<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                        (nuint)at, TSimd.Add(At(ref input, at), At(ref saved, state)), ref constants);
                    units.Gate<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                        (nuint)(at + Block), TSimd.Add(At(ref input, at + Block), At(ref saved, state + Block)), ref constants);
                    Put(Flushed(TSimd.Multiply(r, At(ref recurrent, u))), ref saved, 5 * hidden + u);
                }
                else
                {
                    TVector n = TSimd.Add(At(ref input, at + 2 * Block), At(ref saved, 6 * hidden + u));
                    units.Candidate<TSimd, TVector, ConstantsInRegisters<TSimd, TVector, T>>(
                        (nuint)u, (nuint)at, At(ref saved, at + Block), n, ref constants);
                }
            }

            input = ref Unsafe.Add(ref input, Gates * hidden);
            saved = ref Unsafe.Add(ref saved, savedSize);
            previous = ref Unsafe.Add(ref previous, hidden);
            recurrent = ref Unsafe.Add(ref recurrent, hidden);
            target = ref Unsafe.Add(ref target, hidden);
        }
    }

    // With ∂ for gradients, primes for those of pre-activations; "takes" exchanges the roles of h⁻ and n:
    //   keeps:  ∂z' = ∂h (h⁻ − n) · z(1−z)     ∂n' = ∂h (1−z) · (1−n²)     ∂h⁻ = ∂h z
    //   after:  ∂r' = ∂n' (U_n h⁻ + b_hn) · r(1−r)     ∂(U_n h⁻ + b_hn) = ∂n' r
    //   before: ∂q = U_nᵀ ∂n', q = r ⊙ h⁻     ∂r' = ∂q h⁻ · r(1−r)     ∂h⁻ = ∂q r, where it entered the product
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(scoped in CellBackward<T> step, nint hidden, nint savedSize, UpdateGate update, GruPhase phase)
    {
        bool gates = phase != GruPhase.Candidate, candidate = phase != GruPhase.Gates, after = phase == GruPhase.ResetAfter;
        nint stateBlock = (after ? 3 : 2) * Block;
        TVector one = TSimd.Constant(1);
        ref T saved = ref MemoryMarshal.GetReference(step.Saved);
        ref T previous = ref MemoryMarshal.GetReference(step.PreviousHidden);
        ref T recurrent = ref MemoryMarshal.GetReference(step.RecurrentInput);
        ref T gradient = ref MemoryMarshal.GetReference(step.HiddenGradient);
        ref T recurrentGradient = ref MemoryMarshal.GetReference(step.RecurrentGradient);
        ref T resetGradient = ref MemoryMarshal.GetReference(step.Scratch);
        for (int row = 0; row < step.Rows; row++)
        {
            for (nint u = 0; u < hidden; u += TSimd.Count)
            {
                nint at = u / Block * (Gates * Block) + u % Block;
                nint state = 3 * hidden + u / Block * stateBlock + u % Block;
                TVector before = At(ref previous, u), r = At(ref saved, at);
                TVector dN = default;
                if (candidate)
                {
                    TVector dh = Flushed(At(ref gradient, u)), z = At(ref saved, at + Block), n = At(ref saved, at + 2 * Block);
                    TVector keep = update == UpdateGate.Keeps ? z : TSimd.Subtract(one, z);
                    TVector difference = update == UpdateGate.Keeps ? TSimd.Subtract(before, n) : TSimd.Subtract(n, before);
                    TVector dZ = Flushed(TSimd.Multiply(TSimd.Multiply(dh, difference), TSimd.Multiply(z, TSimd.Subtract(one, z))));
                    dN = Flushed(TSimd.Multiply(TSimd.Multiply(dh, TSimd.Subtract(one, keep)), TSimd.Fma(TSimd.Negate(n), n, one)));
                    Put(dZ, ref saved, at + Block);
                    Put(dN, ref saved, at + 2 * Block);
                    Put(Flushed(TSimd.Multiply(dh, keep)), ref gradient, u);
                    if (after)
                    {
                        Put(dZ, ref saved, state + Block);
                    }
                    else
                    {
                        Put(dN, ref saved, 6 * hidden + u);
                    }
                }

                if (gates)
                {
                    TVector slope = TSimd.Multiply(r, TSimd.Subtract(one, r));
                    TVector dR;
                    if (after)
                    {
                        dR = Flushed(TSimd.Multiply(TSimd.Multiply(dN, At(ref saved, state + 2 * Block)), slope));
                        Put(Flushed(TSimd.Multiply(dN, r)), ref saved, state + 2 * Block);
                    }
                    else
                    {
                        TVector dq = Flushed(At(ref resetGradient, u));
                        dR = Flushed(TSimd.Multiply(TSimd.Multiply(dq, At(ref recurrent, u)), slope));
                        Put(TSimd.Multiply(dq, r), ref recurrentGradient, u);
                        Put(At(ref saved, at + Block), ref saved, state + Block);
                    }

                    Put(dR, ref saved, at);
                    Put(dR, ref saved, state);
                }
            }

            saved = ref Unsafe.Add(ref saved, savedSize);
            previous = ref Unsafe.Add(ref previous, hidden);
            recurrent = ref Unsafe.Add(ref recurrent, hidden);
            gradient = ref Unsafe.Add(ref gradient, hidden);
            recurrentGradient = ref Unsafe.Add(ref recurrentGradient, hidden);
            resetGradient = ref Unsafe.Add(ref resetGradient, hidden);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector At(ref T origin, nint offset) => TSimd.Load(ref origin, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector value, ref T origin, nint offset) => TSimd.Store(value, ref origin, (nuint)offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Flushed(TVector value) => VectorMath<TSimd, TVector, T>.FlushTiny(value);
}
