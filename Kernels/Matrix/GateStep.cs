using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace FastRecurrent.Kernels;

/// <summary>What a cell makes of the sums of its gates, for one vector of units: its equations.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IGateUnits<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Gates, 3 or 4.</summary>
    static abstract int Gates { get; }

    /// <summary>Takes the sums of all gates of some units, in registers; those of a fourth gate are there only if it is.</summary>
    /// <param name="unit">The first of the units.</param>
    /// <param name="column">Where gate 0 of that unit lies, see <see cref="GateLayout"/>.</param>
    /// <param name="x0">b + W x of gate 0; then of the others.</param>
    /// <param name="x1">Gate 1.</param>
    /// <param name="x2">Gate 2.</param>
    /// <param name="x3">Gate 3.</param>
    /// <param name="h0">U h⁻ of gate 0; then of the others.</param>
    /// <param name="h1">Gate 1.</param>
    /// <param name="h2">Gate 2.</param>
    /// <param name="h3">Gate 3.</param>
    /// <param name="constants">Those of the activations.</param>
    void Run<TSimd, TVector, TConstants>(nuint unit, nuint column, TVector x0, TVector x1, TVector x2, TVector x3, TVector h0, TVector h1,
        TVector h2, TVector h3, scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>;
}

/// <summary>One product of a step: a vector, the weights it is multiplied with, and what the sums start from.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly ref struct GateProduct<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A product.</summary>
    /// <param name="vector">[depth].</param>
    /// <param name="matrix">[depth, gates], in panels of two blocks of units.</param>
    /// <param name="start">[gates].</param>
    /// <param name="offset">Where in the matrix's memory the copy begins that is read.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GateProduct(ref T vector, PackedMatrix<T> matrix, ref T start, int offset = 0)
    {
        Vector = ref vector;
        Panels = ref Unsafe.Add(ref matrix.Reference, (nint)(uint)offset);
        Start = ref start;
        Depth = (nuint)matrix.Depth;
    }

    /// <summary>Sums that are known already: a product of depth 0.</summary>
    /// <param name="start">[gates].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GateProduct(ref T start)
    {
        Vector = ref start;
        Panels = ref start;
        Start = ref start;
    }

    public readonly ref T Vector;
    public readonly ref T Panels;
    public readonly ref T Start;
    public readonly nuint Depth;
}

/// <summary><see cref="GateStep{TUnits, TSimd, TVector, T}"/> at the widest vectors there are, and where it is the fastest way.</summary>
internal static class GateStep
{
    /// <summary>Whether a processor has registers for two vectors of units, which need four a gate and one more: of sixteen,
    /// four gates would spill.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasRegisters(int gates) => gates < 4 || Vector512.IsHardwareAccelerated || AdvSimd.IsSupported;

    /// <summary>Takes some units through a step; the parameters are those of
    /// <see cref="GateStep{TUnits, TSimd, TVector, T}.Run"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TUnits, T>(scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped ref TUnits units, int first, int end,
        bool descending, ProductAhead<T>? ahead)
        where TUnits : struct, IGateUnits<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            GateStep<TUnits, Simd512<T>, Vector512<T>, T>.Run(x, h, ref units, first, end, descending, ahead);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            GateStep<TUnits, Simd256<T>, Vector256<T>, T>.Run(x, h, ref units, first, end, descending, ahead);
        }
        else
        {
            GateStep<TUnits, Simd128<T>, Vector128<T>, T>.Run(x, h, ref units, first, end, descending, ahead);
        }
    }
}

/// <summary>
/// A whole step of one row: both products and the cell's equations, panel by panel. All sums of two vectors of units stay in registers
/// until the equations have used them: sixteen chains with four gates.
/// </summary>
/// <remarks>The same bits as the products one by one, see <see cref="NeuralPrimitives.GateGemv{T}"/>.</remarks>
/// <typeparam name="TUnits">The equations.</typeparam>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal static class GateStep<TUnits, TSimd, TVector, T>
    where TUnits : struct, IGateUnits<T>, allows ref struct
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Takes some units through a step.</summary>
    /// <param name="x">The product with the input.</param>
    /// <param name="h">The product with the state.</param>
    /// <param name="units">The equations.</param>
    /// <param name="first">The first unit, a multiple of 16.</param>
    /// <param name="end">The end, a multiple of 16.</param>
    /// <param name="descending">Reads the weights from the last to the first, see
    /// <see cref="NeuralPrimitives.GateGemvColumns{T}"/>.</param>
    /// <param name="ahead">What is made beside, where the sums with the input are known already; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped ref TUnits units, int first, int end,
        bool descending, ProductAhead<T>? ahead = null)
    {
        Debug.Assert(TUnits.Gates is 3 or 4 && first % GateLayout.Block == 0 && end % GateLayout.Block == 0);
        uint pair = 2 * (uint)TSimd.Count, from = (uint)first, to = (uint)end;
        do
        {
            // Two vectors of units begin where a panel or a block does, so that they lie in one panel.
            uint start = descending ? Math.Max(from, (to - 1) / pair * pair) : from,
                stop = descending ? to : Math.Min(to, (from / pair + 1) * pair);
            if (stop - start < pair)
            {
                Vectors<W1>(x, h, ref units, start, descending);
            }
            else if (ahead is not null)
            {
                Beside(ahead, x, h, ref units, start, descending);
            }
            else
            {
                Vectors<W2>(x, h, ref units, start, descending);
            }

            from = descending ? from : stop;
            to = descending ? start : to;
        }
        while (from < to);
    }

    /// <summary>Two vectors of units and, if there is one, a piece of a product. Apart, so that a small step's code is short.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Beside(
        ProductAhead<T> ahead, scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped ref TUnits units, nuint unit, bool descending)
    {
        if (ahead.Take((int)h.Depth / 2, out ProductPiece<T> piece))
        {
            GateStepBeside<TUnits, TSimd, TVector, T>.Run(ref x.Start, h, ref units, unit, piece);
        }
        else
        {
            Vectors<W2>(x, h, ref units, unit, descending);
        }
    }

    /// <summary>
    /// One or two vectors of units: p are the sums of the product whose weights come first, q those of the other. Both loops are written
    /// out: sums that one method returned by reference would have addresses, and pass through memory in every round.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vectors<TCount>(scoped in GateProduct<T> x, scoped in GateProduct<T> h, scoped ref TUnits units, nuint unit,
        bool descending)
        where TCount : struct, IWidth
    {
        const nuint Block = GateLayout.Block;
        nuint gates = (nuint)TUnits.Gates, column = unit / Block * (gates * Block) + unit % Block;
        nuint width = 2 * gates * Block, panel = unit / (2 * Block) * width; // the panel's first column
        nuint other = (nuint)TSimd.Count < Block ? (nuint)TSimd.Count : gates * Block; // from the first vector of units to the second
        TVector p0, p1, p2, p3 = default!, p4 = default!, p5 = default!, p6 = default!, p7 = default!;
        TVector q0, q1, q2, q3 = default!, q4 = default!, q5 = default!, q6 = default!, q7 = default!;

        ref readonly GateProduct<T> first = ref descending ? ref h : ref x;
        ref T start = ref Unsafe.Add(ref first.Start, column);
        p0 = TSimd.Load(ref start, 0);
        p1 = TSimd.Load(ref start, Block);
        p2 = TSimd.Load(ref start, 2 * Block);
        if (TUnits.Gates > 3) { p3 = TSimd.Load(ref start, 3 * Block); }
        if (TCount.Value > 1) { p4 = TSimd.Load(ref start, other); }
        if (TCount.Value > 1) { p5 = TSimd.Load(ref start, other + Block); }
        if (TCount.Value > 1) { p6 = TSimd.Load(ref start, other + 2 * Block); }
        if (TCount.Value > 1 && TUnits.Gates > 3) { p7 = TSimd.Load(ref start, other + 3 * Block); }

        ref T vector = ref first.Vector;
        nuint depth = first.Depth;
        ref T weight = ref Unsafe.Add(ref first.Panels, panel * depth + (column - panel));
        for (nuint k = 0; k < depth; k++)
        {
            TVector factor = TSimd.Broadcast(Unsafe.Add(ref vector, k));
            p0 = TSimd.Fma(factor, TSimd.Load(ref weight, 0), p0);
            p1 = TSimd.Fma(factor, TSimd.Load(ref weight, Block), p1);
            p2 = TSimd.Fma(factor, TSimd.Load(ref weight, 2 * Block), p2);
            if (TUnits.Gates > 3) { p3 = TSimd.Fma(factor, TSimd.Load(ref weight, 3 * Block), p3); }
            if (TCount.Value > 1) { p4 = TSimd.Fma(factor, TSimd.Load(ref weight, other), p4); }
            if (TCount.Value > 1) { p5 = TSimd.Fma(factor, TSimd.Load(ref weight, other + Block), p5); }
            if (TCount.Value > 1) { p6 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 2 * Block), p6); }
            if (TCount.Value > 1 && TUnits.Gates > 3) { p7 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 3 * Block), p7); }
            weight = ref Unsafe.Add(ref weight, width);
        }

        ref readonly GateProduct<T> second = ref descending ? ref x : ref h;
        start = ref Unsafe.Add(ref second.Start, column);
        q0 = TSimd.Load(ref start, 0);
        q1 = TSimd.Load(ref start, Block);
        q2 = TSimd.Load(ref start, 2 * Block);
        if (TUnits.Gates > 3) { q3 = TSimd.Load(ref start, 3 * Block); }
        if (TCount.Value > 1) { q4 = TSimd.Load(ref start, other); }
        if (TCount.Value > 1) { q5 = TSimd.Load(ref start, other + Block); }
        if (TCount.Value > 1) { q6 = TSimd.Load(ref start, other + 2 * Block); }
        if (TCount.Value > 1 && TUnits.Gates > 3) { q7 = TSimd.Load(ref start, other + 3 * Block); }

        vector = ref second.Vector;
        depth = second.Depth;
        weight = ref Unsafe.Add(ref second.Panels, panel * depth + (column - panel));
        for (nuint k = 0; k < depth; k++)
        {
            TVector factor = TSimd.Broadcast(Unsafe.Add(ref vector, k));
            q0 = TSimd.Fma(factor, TSimd.Load(ref weight, 0), q0);
            q1 = TSimd.Fma(factor, TSimd.Load(ref weight, Block), q1);
            q2 = TSimd.Fma(factor, TSimd.Load(ref weight, 2 * Block), q2);
            if (TUnits.Gates > 3) { q3 = TSimd.Fma(factor, TSimd.Load(ref weight, 3 * Block), q3); }
            if (TCount.Value > 1) { q4 = TSimd.Fma(factor, TSimd.Load(ref weight, other), q4); }
            if (TCount.Value > 1) { q5 = TSimd.Fma(factor, TSimd.Load(ref weight, other + Block), q5); }
            if (TCount.Value > 1) { q6 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 2 * Block), q6); }
            if (TCount.Value > 1 && TUnits.Gates > 3) { q7 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 3 * Block), q7); }
            weight = ref Unsafe.Add(ref weight, width);
        }

        if (descending)
        {
            (p0, p1, p2, p3, p4, p5, p6, p7, q0, q1, q2, q3, q4, q5, q6, q7) = (q0, q1, q2, q3, q4, q5, q6, q7, p0, p1, p2, p3, p4,
                p5, p6, p7);
        }

        // A loop, so that the JIT inlines the equations once. Their constants stay in the code: the registers hold sums.
        ConstantsInCode<TSimd, TVector, T> constants = default;
        for (int v = 0; v < TCount.Value; v++, unit += (nuint)TSimd.Count, column += other)
        {
            units.Run<TSimd, TVector, ConstantsInCode<TSimd, TVector, T>>(unit, column, p0, p1, p2, p3, q0, q1, q2, q3, ref constants);
            (p0, p1, p2, p3, q0, q1, q2, q3) = (p4, p5, p6, p7, q4, q5, q6, q7);
        }
    }
}
