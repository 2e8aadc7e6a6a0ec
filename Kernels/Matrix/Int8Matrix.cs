using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FastRecurrent.Kernels;

/// <summary>
/// The right-hand matrix B of a product with one row in 8-bit whole numbers, with a scale a column: a quarter of the bytes to read, and
/// four products in the time of one where the processor has AVX-VNNI; less than two without, as on Zen 4.
/// </summary>
/// <remarks>
/// <code>
/// B[k, j] ≈ s_j q_kj      q_kj in −127 … 127, s_j = max_k |B[k, j]| / 127
/// panel 0: quads of k for columns 0 … 63: q[0…3, 0], q[0…3, 1], …, q[0…3, 63], q[4…7, 0], … | panel 1: …
/// </code>
/// The left-hand row is rounded likewise when its turn comes, with one scale. Sums are whole numbers,
/// hence exact and the same on every machine.
/// </remarks>
public sealed class Int8Matrix
{
    internal const int PanelWidth = 64, Quad = 4;

    /// <summary>The largest depth: the rounded row lies on the stack.</summary>
    public const int MaxDepth = 16_384;

    private readonly AlignedBuffer<sbyte> _quads;
    private readonly AlignedBuffer<float> _scales;
    private readonly AlignedBuffer<int> _offsets;

    /// <summary>A copy of a matrix.</summary>
    /// <param name="source">Finite values, at most <see cref="MaxDepth"/> deep; the columns a multiple of 16.</param>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    /// <exception cref="ArgumentException">A value is not finite, or a size does not fit.</exception>
    public Int8Matrix(PackedMatrix<float> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Depth, MaxDepth, nameof(source));
        Require.MultipleOf(source.Columns, GateLayout.Block, nameof(source), "columns");
        Depth = source.Depth;
        Columns = source.Columns;
        int panels = (Columns + PanelWidth - 1) / PanelWidth;
        _quads = new AlignedBuffer<sbyte>((long)panels * PanelBytes);
        _scales = new AlignedBuffer<float>((long)panels * PanelWidth);
        _offsets = new AlignedBuffer<int>((long)panels * PanelWidth);
        ReadOnlySpan<float> values = source.Panels;
        int wide = source.PanelWidth;
        for (int column = 0; column < Columns; column++)
        {
            int first = column / wide * wide * Depth + column % wide;
            float largest = 0;
            for (int k = 0; k < Depth; k++)
            {
                largest = Math.Max(largest, Math.Abs(values[first + k * wide])); // NaN is kept
            }

            if (!float.IsFinite(largest))
            {
                throw new ArgumentException("int8 weights must be finite.", nameof(source));
            }

            float scale = largest / 127, inverse = largest > TinyThreshold.Single ? 127 / largest : 0;
            int sum = 0;
            for (int k = 0; k < Depth; k++)
            {
                int rounded = (int)MathF.Round(values[first + k * wide] * inverse);
                _quads.Span[column / PanelWidth * PanelBytes + (k / Quad * PanelWidth + column % PanelWidth) * Quad + k % Quad] =
                    (sbyte)rounded;
                sum += rounded;
            }

            _scales.Span[column] = scale;
            _offsets.Span[column] = -128 * sum;
        }
    }

    /// <summary>Rows of B: the length of the dot products.</summary>
    public int Depth { get; }

    /// <summary>Columns of B: the number of dot products.</summary>
    public int Columns { get; }

    internal int PanelBytes => (Depth + Quad - 1) / Quad * Quad * PanelWidth;

    internal ref sbyte Reference => ref _quads.Reference;

    internal ref float Scales => ref _scales.Reference;

    /// <summary>What the left-hand row's bytes, which are 128 too large, make too much.</summary>
    internal ref int Offsets => ref _offsets.Reference;

    /// <inheritdoc/>
    public override string ToString() => $"{Depth} × {Columns} in int8";
}

public static partial class NeuralPrimitives
{
    /// <summary><c>y = bias + x·B</c> for B in 8-bit whole numbers; x is rounded to 8 bits too. Whole-number sums:
    /// the same bits everywhere.</summary>
    /// <param name="x">[depth]; more elements are ignored. NaN anywhere gives NaN everywhere.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns] or empty for zero; more elements are ignored.</param>
    /// <param name="y">[columns], written; elements past the columns are left alone.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void GateGemv(ReadOnlySpan<float> x, Int8Matrix b, ReadOnlySpan<float> bias, Span<float> y) =>
        GateGemv(x, b, bias, y, descending: false);

    /// <summary>The same, from the last panel to the first if <paramref name="descending"/>: see
    /// <see cref="GateGemvColumns{T}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void GateGemv(ReadOnlySpan<float> x, Int8Matrix b, ReadOnlySpan<float> bias, Span<float> y, bool descending)
    {
        ArgumentNullException.ThrowIfNull(b);
        Require.AtLeast(x.Length, b.Depth);
        Require.AtLeast(y.Length, b.Columns);
        Require.AtLeastOrEmpty(bias.Length, b.Columns);
        Span<byte> rounded = stackalloc byte[(b.Depth + Int8Matrix.Quad - 1) / Int8Matrix.Quad * Int8Matrix.Quad];
        float scale = Int8Gemv.Round(x[..b.Depth], rounded);
        Int8Gemv.Run(rounded, scale, b, bias, y, descending);
    }
}

/// <summary>The loops of the product with 8-bit weights. All vectors are of 256 bits: AVX-VNNI has no other.</summary>
internal static class Int8Gemv
{
    /// <summary>x ≈ scale · (rounded − 128). Returns the scale, NaN if x holds one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Round(ReadOnlySpan<float> x, Span<byte> rounded)
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        Vector256<float> largest = Vector256<float>.Zero;
        int i = 0;
        for (; i + 8 <= x.Length; i += 8)
        {
            largest = Vector256.Max(largest, Vector256.Abs(Vector256.LoadUnsafe(ref source, (nuint)i))); // NaN is kept
        }

        float max = 0;
        for (int lane = 0; lane < 8; lane++)
        {
            max = Math.Max(max, largest[lane]);
        }

        for (; i < x.Length; i++)
        {
            max = Math.Max(max, Math.Abs(x[i]));
        }

        if (!(max > TinyThreshold.Single) || !float.IsFinite(max))
        {
            rounded.Fill(128);
            return max > TinyThreshold.Single || float.IsNaN(max) ? float.NaN : 0;
        }

        float inverse = 127 / max;
        for (i = 0; i + 8 <= x.Length; i += 8)
        {
            // Adding 1.5·2²³ rounds to the nearest whole number, ties to even, and leaves it in the low bits.
            Vector256<int> whole = (Vector256.LoadUnsafe(ref source, (nuint)i) * inverse + Vector256.Create(12582912f))
                .AsInt32() + Vector256.Create(128);
            Vector256<byte> bytes = whole.AsByte() & Vector256.Create(0xFF).AsByte();
            Vector256<ushort> words = Vector256.Narrow(bytes.AsUInt32(), Vector256<uint>.Zero);
            Vector256.Narrow(words, Vector256<ushort>.Zero).GetLower().GetLower()
                .StoreUnsafe(ref MemoryMarshal.GetReference(rounded), (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            rounded[i] = (byte)(BitConverter.SingleToInt32Bits(x[i] * inverse + 12582912f) + 128);
        }

        rounded[x.Length..].Fill(128); // meets weights of zero
        return max / 127;
    }

    /// <summary>Eight vectors of whole-number sums at a time, 64 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(ReadOnlySpan<byte> x, float scale, Int8Matrix b, ReadOnlySpan<float> bias, Span<float> y, bool descending)
    {
        ref uint quads = ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(x));
        int depth = x.Length / Int8Matrix.Quad, panels = (b.Columns + Int8Matrix.PanelWidth - 1) / Int8Matrix.PanelWidth;
        for (int i = 0; i < panels; i++)
        {
            int panel = descending ? panels - 1 - i : i, column = panel * Int8Matrix.PanelWidth;
            ref sbyte w = ref Unsafe.Add(ref b.Reference, (nint)panel * b.PanelBytes);
            ref int offset = ref Unsafe.Add(ref b.Offsets, column);
            Vector256<int> s0 = Vector256.LoadUnsafe(ref offset), s1 = Vector256.LoadUnsafe(ref offset, 8),
                s2 = Vector256.LoadUnsafe(ref offset, 16);
            Vector256<int> s3 = Vector256.LoadUnsafe(ref offset, 24), s4 = Vector256.LoadUnsafe(ref offset, 32),
                s5 = Vector256.LoadUnsafe(ref offset, 40);
            Vector256<int> s6 = Vector256.LoadUnsafe(ref offset, 48), s7 = Vector256.LoadUnsafe(ref offset, 56);
            for (nint k = 0; k < depth; k++)
            {
                Vector256<byte> xk = Vector256.Create(Unsafe.Add(ref quads, k)).AsByte();
                s0 = Add(s0, xk, Vector256.LoadUnsafe(ref w));
                s1 = Add(s1, xk, Vector256.LoadUnsafe(ref w, 32));
                s2 = Add(s2, xk, Vector256.LoadUnsafe(ref w, 64));
                s3 = Add(s3, xk, Vector256.LoadUnsafe(ref w, 96));
                s4 = Add(s4, xk, Vector256.LoadUnsafe(ref w, 128));
                s5 = Add(s5, xk, Vector256.LoadUnsafe(ref w, 160));
                s6 = Add(s6, xk, Vector256.LoadUnsafe(ref w, 192));
                s7 = Add(s7, xk, Vector256.LoadUnsafe(ref w, 224));
                w = ref Unsafe.Add(ref w, Int8Matrix.PanelWidth * Int8Matrix.Quad);
            }

            int valid = Math.Min(Int8Matrix.PanelWidth, b.Columns - column);
            Finish(s0, s1, 0, scale, b, bias, y, column);
            if (valid > 16)
            {
                Finish(s2, s3, 16, scale, b, bias, y, column);
            }

            if (valid > 32)
            {
                Finish(s4, s5, 32, scale, b, bias, y, column);
            }

            if (valid > 48)
            {
                Finish(s6, s7, 48, scale, b, bias, y, column);
            }
        }
    }

    /// <summary>A block of 16 columns: y = bias + sum · scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Vector256<int> low, Vector256<int> high, int at, float scale, Int8Matrix b, ReadOnlySpan<float> bias,
        Span<float> y, int column)
    {
        nuint place = (nuint)(column + at);
        Vector256<float> first = Vector256.LoadUnsafe(ref b.Scales, place) * scale,
            second = Vector256.LoadUnsafe(ref b.Scales, place + 8) * scale;
        Vector256<float> bias0 = bias.IsEmpty ? Vector256<float>.Zero : Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bias), place);
        Vector256<float> bias1 = bias.IsEmpty
            ? Vector256<float>.Zero
            : Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bias), place + 8);
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(low), first, bias0).StoreUnsafe(ref MemoryMarshal.GetReference(y), place);
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(high), second, bias1)
            .StoreUnsafe(ref MemoryMarshal.GetReference(y), place + 8);
    }

    /// <summary>sum + Σ over the four bytes of each 32 bits of x · w, x without a sign and w with one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Add(Vector256<int> sum, Vector256<byte> x, Vector256<sbyte> w)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sum, x, w);
        }

        if (Avx2.IsSupported)
        {
            // The even bytes of all 16 bits, then the odd ones, widened by shifts; two products are added in 32 bits, so none saturates.
            Vector256<short> values = x.AsInt16(), weights = w.AsInt16();
            sum += Avx2.MultiplyAddAdjacent(values & Vector256.Create((short)0xFF), weights << 8 >> 8);
            return sum + Avx2.MultiplyAddAdjacent((values.AsUInt16() >> 8).AsInt16(), weights >> 8);
        }

        // Bytes of one place in each 32 bits, widened by shifts: products have at most 16 bits and a sign.
        Vector256<uint> bytes = x.AsUInt32();
        Vector256<int> signed = w.AsInt32();
        Vector256<int> mask = Vector256.Create(0xFF);
        sum += (bytes.AsInt32() & mask) * (signed << 24 >> 24);
        sum += ((bytes >> 8).AsInt32() & mask) * (signed << 16 >> 24);
        sum += ((bytes >> 16).AsInt32() & mask) * (signed << 8 >> 24);
        return sum + (bytes >> 24).AsInt32() * (signed >> 24);
    }
}
