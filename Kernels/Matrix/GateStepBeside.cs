using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Two vectors of units of a step whose sums with the input are known, and a piece of a product beside: reading the weights of one row
/// leaves most of the multiplications that a core could make to others. Twenty-four chains, of thirty-two registers.
/// </summary>
/// <typeparam name="TUnits">The equations.</typeparam>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal static class GateStepBeside<TUnits, TSimd, TVector, T>
    where TUnits : struct, IGateUnits<T>, allows ref struct
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Takes the units through the step: two rows of their weights to each of the piece's.</summary>
    /// <param name="sums">b + W x of all units, see <see cref="GateLayout"/>.</param>
    /// <param name="h">The product with the state.</param>
    /// <param name="units">The equations.</param>
    /// <param name="unit">The first unit, where a panel or a block begins.</param>
    /// <param name="piece">What is made beside, at most half as deep as the product with the state.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ref T sums, scoped in GateProduct<T> h, scoped ref TUnits units, nuint unit, scoped in ProductPiece<T> piece)
    {
        const nuint Block = GateLayout.Block;
        nuint gates = (nuint)TUnits.Gates, n = (nuint)TSimd.Count, column = unit / Block * (gates * Block) + unit % Block;
        nuint width = 2 * gates * Block, panel = unit / (2 * Block) * width;
        nuint other = n < Block ? n : gates * Block; // from the first vector of units to the second

        TVector q0, q1, q2, q3 = default!, q4, q5, q6, q7 = default!;
        ref T start = ref Unsafe.Add(ref h.Start, column);
        q0 = TSimd.Load(ref start, 0);
        q1 = TSimd.Load(ref start, Block);
        q2 = TSimd.Load(ref start, 2 * Block);
        if (TUnits.Gates > 3) { q3 = TSimd.Load(ref start, 3 * Block); }
        q4 = TSimd.Load(ref start, other);
        q5 = TSimd.Load(ref start, other + Block);
        q6 = TSimd.Load(ref start, other + 2 * Block);
        if (TUnits.Gates > 3) { q7 = TSimd.Load(ref start, other + 3 * Block); }

        TVector x0, y0, x1, y1, x2, y2, x3, y3, x4, y4, x5, y5, x6, y6, x7, y7;
        start = ref piece.Start;
        nuint s = (nuint)piece.StartStride;
        x0 = TSimd.Load(ref start, 0); y0 = TSimd.Load(ref start, n);
        x1 = TSimd.Load(ref start, s); y1 = TSimd.Load(ref start, s + n);
        x2 = TSimd.Load(ref start, 2 * s); y2 = TSimd.Load(ref start, 2 * s + n);
        x3 = TSimd.Load(ref start, 3 * s); y3 = TSimd.Load(ref start, 3 * s + n);
        x4 = TSimd.Load(ref start, 4 * s); y4 = TSimd.Load(ref start, 4 * s + n);
        x5 = TSimd.Load(ref start, 5 * s); y5 = TSimd.Load(ref start, 5 * s + n);
        x6 = TSimd.Load(ref start, 6 * s); y6 = TSimd.Load(ref start, 6 * s + n);
        x7 = TSimd.Load(ref start, 7 * s); y7 = TSimd.Load(ref start, 7 * s + n);

        nuint depth = h.Depth, both = 2 * (nuint)piece.Depth;
        nint panelWidth = piece.PanelWidth;
        ref T vector = ref h.Vector;
        ref T weight = ref Unsafe.Add(ref h.Panels, panel * depth + (column - panel));
        ref T a = ref piece.A;
        ref T b = ref piece.B;
        for (nuint k = 0; k < both; k += 2)
        {
            TVector factor = TSimd.Broadcast(Unsafe.Add(ref vector, k));
            q0 = TSimd.Fma(factor, TSimd.Load(ref weight, 0), q0);
            q1 = TSimd.Fma(factor, TSimd.Load(ref weight, Block), q1);
            q2 = TSimd.Fma(factor, TSimd.Load(ref weight, 2 * Block), q2);
            if (TUnits.Gates > 3) { q3 = TSimd.Fma(factor, TSimd.Load(ref weight, 3 * Block), q3); }
            q4 = TSimd.Fma(factor, TSimd.Load(ref weight, other), q4);
            q5 = TSimd.Fma(factor, TSimd.Load(ref weight, other + Block), q5);
            q6 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 2 * Block), q6);
            if (TUnits.Gates > 3) { q7 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 3 * Block), q7); }
            weight = ref Unsafe.Add(ref weight, width);

            TVector bx = TSimd.Load(ref b, 0);
            TVector by = TSimd.Load(ref b, n);
            TVector ar = TSimd.Broadcast(a); x0 = TSimd.Fma(ar, bx, x0); y0 = TSimd.Fma(ar, by, y0);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 1)); x1 = TSimd.Fma(ar, bx, x1); y1 = TSimd.Fma(ar, by, y1);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 2)); x2 = TSimd.Fma(ar, bx, x2); y2 = TSimd.Fma(ar, by, y2);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 3)); x3 = TSimd.Fma(ar, bx, x3); y3 = TSimd.Fma(ar, by, y3);

            factor = TSimd.Broadcast(Unsafe.Add(ref vector, k + 1));
            q0 = TSimd.Fma(factor, TSimd.Load(ref weight, 0), q0);
            q1 = TSimd.Fma(factor, TSimd.Load(ref weight, Block), q1);
            q2 = TSimd.Fma(factor, TSimd.Load(ref weight, 2 * Block), q2);
            if (TUnits.Gates > 3) { q3 = TSimd.Fma(factor, TSimd.Load(ref weight, 3 * Block), q3); }
            q4 = TSimd.Fma(factor, TSimd.Load(ref weight, other), q4);
            q5 = TSimd.Fma(factor, TSimd.Load(ref weight, other + Block), q5);
            q6 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 2 * Block), q6);
            if (TUnits.Gates > 3) { q7 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 3 * Block), q7); }
            weight = ref Unsafe.Add(ref weight, width);

            ar = TSimd.Broadcast(Unsafe.Add(ref a, 4)); x4 = TSimd.Fma(ar, bx, x4); y4 = TSimd.Fma(ar, by, y4);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 5)); x5 = TSimd.Fma(ar, bx, x5); y5 = TSimd.Fma(ar, by, y5);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 6)); x6 = TSimd.Fma(ar, bx, x6); y6 = TSimd.Fma(ar, by, y6);
            ar = TSimd.Broadcast(Unsafe.Add(ref a, 7)); x7 = TSimd.Fma(ar, bx, x7); y7 = TSimd.Fma(ar, by, y7);
            a = ref Unsafe.Add(ref a, ProductAhead<T>.Rows);
            b = ref Unsafe.Add(ref b, panelWidth);
        }

        ref T c = ref piece.C;
        nuint d = (nuint)piece.Ldc;
        TSimd.Store(x0, ref c, 0); TSimd.Store(y0, ref c, n);
        TSimd.Store(x1, ref c, d); TSimd.Store(y1, ref c, d + n);
        TSimd.Store(x2, ref c, 2 * d); TSimd.Store(y2, ref c, 2 * d + n);
        TSimd.Store(x3, ref c, 3 * d); TSimd.Store(y3, ref c, 3 * d + n);
        TSimd.Store(x4, ref c, 4 * d); TSimd.Store(y4, ref c, 4 * d + n);
        TSimd.Store(x5, ref c, 5 * d); TSimd.Store(y5, ref c, 5 * d + n);
        TSimd.Store(x6, ref c, 6 * d); TSimd.Store(y6, ref c, 6 * d + n);
        TSimd.Store(x7, ref c, 7 * d); TSimd.Store(y7, ref c, 7 * d + n);

        for (nuint k = both; k < depth; k++)
        {
            TVector factor = TSimd.Broadcast(Unsafe.Add(ref vector, k));
            q0 = TSimd.Fma(factor, TSimd.Load(ref weight, 0), q0);
            q1 = TSimd.Fma(factor, TSimd.Load(ref weight, Block), q1);
            q2 = TSimd.Fma(factor, TSimd.Load(ref weight, 2 * Block), q2);
            if (TUnits.Gates > 3) { q3 = TSimd.Fma(factor, TSimd.Load(ref weight, 3 * Block), q3); }
            q4 = TSimd.Fma(factor, TSimd.Load(ref weight, other), q4);
            q5 = TSimd.Fma(factor, TSimd.Load(ref weight, other + Block), q5);
            q6 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 2 * Block), q6);
            if (TUnits.Gates > 3) { q7 = TSimd.Fma(factor, TSimd.Load(ref weight, other + 3 * Block), q7); }
            weight = ref Unsafe.Add(ref weight, width);
        }

        ConstantsInCode<TSimd, TVector, T> constants = default;
        for (int v = 0; v < 2; v++, unit += n, column += other)
        {
            ref T sum = ref Unsafe.Add(ref sums, column);
            units.Run<TSimd, TVector, ConstantsInCode<TSimd, TVector, T>>(
                unit, column, TSimd.Load(ref sum, 0), TSimd.Load(ref sum, Block), TSimd.Load(ref sum, 2 * Block),
                TUnits.Gates > 3 ? TSimd.Load(ref sum, 3 * Block) : default!, q0, q1, q2, q3, ref constants);
            (q0, q1, q2, q3) = (q4, q5, q6, q7);
        }
    }
}
