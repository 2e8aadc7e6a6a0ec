using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// The right-hand matrix B of a product with one row, its values rounded to bfloat16 and two in the place of one: half the bytes to read,
/// for weights that do not fit into a core's cache.
/// </summary>
/// <remarks>
/// Columns j (0 ≤ j mod 32 &lt; 16) and j + 16 share 32 bits: the first is the lower half, taken by a shift; the second is <em>all</em> 32
/// bits taken as they are, its upper half chosen so that their bits, with the other's below, are nearest. No mask is needed, and both
/// errors are those of rounding to bfloat16 (at most 2⁻⁸ relative). Panels are 128 columns, as in <see cref="PackedMatrix{T}"/>.
/// <code>
/// 32 bits:  [ upper half: column j + 16 | lower half: column j ]
/// </code>
/// </remarks>
public sealed class BFloat16Matrix
{
    private const int Block = GateLayout.Block;

    // What stands for a smaller number in the column that is read as it is: with bits of its neighbour below, zero would be a denormal.
    private const uint Tiny = 27u << 23; // 2⁻¹⁰⁰

    // The largest finite number, which larger ones become.
    private const uint Largest = 0x7F7F;

    private readonly AlignedBuffer<float> _pairs;

    /// <summary>A copy of a matrix.</summary>
    /// <param name="source">Finite values.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public BFloat16Matrix(PackedMatrix<float> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Depth = source.Depth;
        Columns = source.Columns;
        PanelWidth = source.PanelWidth;
        ReadOnlySpan<uint> values = MemoryMarshal.Cast<float, uint>(source.Panels);
        _pairs = new AlignedBuffer<float>(values.Length / 2);
        Span<uint> pairs = MemoryMarshal.Cast<float, uint>(_pairs.Span);
        for (int pair = 0; pair < pairs.Length; pair++)
        {
            int first = FirstOf(pair);
            pairs[pair] = Encode(values[first], values[first + Block]);
        }
    }

    /// <summary>Rows of B: the length of the dot products.</summary>
    public int Depth { get; }

    /// <summary>Columns of B: the number of dot products.</summary>
    public int Columns { get; }

    /// <summary>Columns of a panel, two for each pair in it.</summary>
    internal int PanelWidth { get; }

    internal ref float Reference => ref _pairs.Reference;

    /// <summary>Writes the values that products see into a matrix of the same size.</summary>
    /// <param name="destination">Written.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void CopyTo(PackedMatrix<float> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Require.Length(destination.Depth, Depth);
        Require.Length(destination.Columns, Columns);
        Require.Length(destination.PanelWidth, PanelWidth);
        Span<uint> values = MemoryMarshal.Cast<float, uint>(destination.Memory);
        ReadOnlySpan<uint> pairs = MemoryMarshal.Cast<float, uint>(_pairs.Span);
        for (int pair = 0; pair < pairs.Length; pair++)
        {
            int first = FirstOf(pair);
            (values[first], values[first + Block]) = (pairs[pair] << 16, pairs[pair]);
        }

        destination.Refresh();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Depth} × {Columns} in bfloat16";

    /// <summary>Where the lower half of a pair lies in a matrix's panels; the upper one is a block on.</summary>
    private static int FirstOf(int pair) => pair / Block * 2 * Block + pair % Block;

    private static uint Encode(uint lower, uint upper)
    {
        if ((lower & 0x7F800000) == 0x7F800000 || (upper & 0x7F800000) == 0x7F800000)
        {
            throw new ArgumentException("bfloat16 weights must be finite.", "source");
        }

        uint nearest = ((lower & 0x7FFFFFFF) + 0x7FFF + (lower >> 16 & 1)) >> 16; // ties to even
        uint low = lower >> 16 & 0x8000 | Math.Min(nearest, Largest);
        uint magnitude = Math.Max(upper & 0x7FFFFFFF, Tiny);
        uint high = (magnitude - low + 0x8000) >> 16;
        return upper & 0x80000000 | Math.Min(high, Largest) << 16 | low;
    }
}

public static partial class NeuralPrimitives
{
    /// <summary><c>y = bias + x·B</c> for B in bfloat16, every element one chain of fused multiply-adds in the order of k.</summary>
    /// <remarks>The same bits at every vector width, and as <see cref="GateGemv{T}"/> with the values of
    /// <see cref="BFloat16Matrix.CopyTo"/>.</remarks>
    /// <param name="x">[depth]; more elements are ignored.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns] or empty for zero; more elements are ignored.</param>
    /// <param name="y">[columns], written; elements past the columns are left alone.</param>
    /// <exception cref="ArgumentException">A span is too short, or the columns are no multiple of 16.</exception>
    public static void GateGemv(ReadOnlySpan<float> x, BFloat16Matrix b, ReadOnlySpan<float> bias, Span<float> y) =>
        GateGemv(x, b, bias, y, descending: false);

    /// <summary>The same, from the last panel to the first if <paramref name="descending"/>: see
    /// <see cref="GateGemvColumns{T}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void GateGemv(ReadOnlySpan<float> x, BFloat16Matrix b, ReadOnlySpan<float> bias, Span<float> y, bool descending)
    {
        ArgumentNullException.ThrowIfNull(b);
        Require.AtLeast(x.Length, b.Depth);
        Require.AtLeast(y.Length, b.Columns);
        Require.AtLeastOrEmpty(bias.Length, b.Columns);
        Require.MultipleOf(b.Columns, GateLayout.Block, nameof(b), "columns");
        BFloat16Gemv kernel = new() { X = x, B = b, Bias = bias, Y = y, IsDescending = descending };
        VectorKernel.Run<BFloat16Gemv, float>(ref kernel);
    }
}

/// <summary>The loops of the product with bfloat16 weights.</summary>
internal ref struct BFloat16Gemv : IVectorKernel<float>
{
    public ReadOnlySpan<float> X;
    public BFloat16Matrix B;
    public ReadOnlySpan<float> Bias;
    public Span<float> Y;
    public bool IsDescending;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int panels = (B.Columns + B.PanelWidth - 1) / B.PanelWidth;
        for (int i = 0; i < panels; i++)
        {
            Panel<TSimd, TVector>(B.PanelWidth / 2 * (IsDescending ? panels - 1 - i : i));
        }
    }

    /// <summary>Four vectors of pairs, eight of outputs, at a time, or three of a panel of three gates;
    /// what is left over one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Panel<TSimd, TVector>(int first)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int n = TSimd.Count, end = first + B.PanelWidth / 2;
        for (int pair = first; pair < end && ColumnOf(pair) < B.Columns;)
        {
            // Four vectors of pairs hold whole blocks of 32 columns at 512 bits, and a quarter as many at 128.
            if (ColumnOf(pair + 3 * n) + GateLayout.Block + n <= B.Columns && pair + 4 * n <= end)
            {
                Columns<TSimd, TVector, W4>(pair, upper: true);
                pair += 4 * n;
            }
            else if (ColumnOf(pair + 2 * n) + GateLayout.Block + n <= B.Columns && pair + 3 * n <= end)
            {
                Columns<TSimd, TVector, W3>(pair, upper: true);
                pair += 3 * n;
            }
            else
            {
                Columns<TSimd, TVector, W1>(pair, upper: ColumnOf(pair) + GateLayout.Block < B.Columns);
                pair += n;
            }
        }
    }

    /// <summary>The column of a pair's lower half.</summary>
    private static int ColumnOf(int pair) => pair / GateLayout.Block * 2 * GateLayout.Block + pair % GateLayout.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Columns<TSimd, TVector, TWidth>(int pair, bool upper)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
        where TWidth : struct, IWidth
    {
        nuint n = (nuint)TSimd.Count;
        int depth = B.Depth, pairWidth = B.PanelWidth / 2;
        ref float x = ref MemoryMarshal.GetReference(X);
        ref float b = ref Unsafe.Add(ref B.Reference, (nint)(pair / pairWidth) * depth * pairWidth + pair % pairWidth);
        TVector l0, l1, l2, l3, u0, u1, u2, u3;
        l0 = l1 = l2 = l3 = u0 = u1 = u2 = u3 = TSimd.Constant(0);
        if (!Bias.IsEmpty)
        {
            l0 = At<TSimd, TVector>(Bias, pair, 0);
            u0 = upper ? At<TSimd, TVector>(Bias, pair, GateLayout.Block) : u0;
            if (TWidth.Value > 1)
            {
                l1 = At<TSimd, TVector>(Bias, pair + (int)n, 0);
                u1 = At<TSimd, TVector>(Bias, pair + (int)n, GateLayout.Block);
                l2 = At<TSimd, TVector>(Bias, pair + 2 * (int)n, 0);
                u2 = At<TSimd, TVector>(Bias, pair + 2 * (int)n, GateLayout.Block);
            }

            if (TWidth.Value > 3)
            {
                l3 = At<TSimd, TVector>(Bias, pair + 3 * (int)n, 0);
                u3 = At<TSimd, TVector>(Bias, pair + 3 * (int)n, GateLayout.Block);
            }
        }

        for (nint k = 0; k < depth; k++)
        {
            TVector xk = TSimd.Broadcast(Unsafe.Add(ref x, k)), p0 = TSimd.Load(ref b, 0);
            l0 = TSimd.Fma(xk, TSimd.ShiftLeft16(p0), l0);
            u0 = TSimd.Fma(xk, p0, u0);
            if (TWidth.Value > 1)
            {
                TVector p1 = TSimd.Load(ref b, n), p2 = TSimd.Load(ref b, 2 * n);
                l1 = TSimd.Fma(xk, TSimd.ShiftLeft16(p1), l1);
                u1 = TSimd.Fma(xk, p1, u1);
                l2 = TSimd.Fma(xk, TSimd.ShiftLeft16(p2), l2);
                u2 = TSimd.Fma(xk, p2, u2);
            }

            if (TWidth.Value > 3)
            {
                TVector p3 = TSimd.Load(ref b, 3 * n);
                l3 = TSimd.Fma(xk, TSimd.ShiftLeft16(p3), l3);
                u3 = TSimd.Fma(xk, p3, u3);
            }

            b = ref Unsafe.Add(ref b, pairWidth);
        }

        Put<TSimd, TVector>(l0, pair, 0);
        if (upper)
        {
            Put<TSimd, TVector>(u0, pair, GateLayout.Block);
        }

        if (TWidth.Value > 1)
        {
            Put<TSimd, TVector>(l1, pair + (int)n, 0);
            Put<TSimd, TVector>(u1, pair + (int)n, GateLayout.Block);
            Put<TSimd, TVector>(l2, pair + 2 * (int)n, 0);
            Put<TSimd, TVector>(u2, pair + 2 * (int)n, GateLayout.Block);
        }

        if (TWidth.Value > 3)
        {
            Put<TSimd, TVector>(l3, pair + 3 * (int)n, 0);
            Put<TSimd, TVector>(u3, pair + 3 * (int)n, GateLayout.Block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector At<TSimd, TVector>(ReadOnlySpan<float> values, int pair, int offset)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => TSimd.Load(ref MemoryMarshal.GetReference(values), (nuint)(ColumnOf(pair) + offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Put<TSimd, TVector>(TVector value, int pair, int offset)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct => TSimd.Store(value, ref MemoryMarshal.GetReference(Y), (nuint)(ColumnOf(pair) + offset));
}
