using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

/// <summary>
/// A product of eight rows that is made in pieces, beside other work: <c>C = bias + A·B</c>, what the next steps of a sequence need of
/// their inputs, while the steps before read their weights (<see cref="GateStepBeside{TUnits, TSimd, TVector, T}"/>).
/// </summary>
/// <remarks>The same bits as <see cref="NeuralPrimitives.Gemm{T}"/>: a piece goes on with the chains of the one before.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class ProductAhead<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of A and C: of a tile with 512-bit vectors.</summary>
    public const int Rows = 8;

    private const int NearBytes = 48 * 1024, FarBytes = 4 * 1024 * 1024;

    private readonly AlignedBuffer<T> _a; // [depth, 8]
    private PackedMatrix<T>? _b;
    private AlignedBuffer<T>? _bias;
    private AlignedMemory<T> _c;
    private int _column; // the pair of vectors that is being made: all before are ready
    private int _end; // of the columns that are made
    private int _depth; // as much of its sums is

    /// <summary>Products whose A is copied to <paramref name="memory"/>, [depth, 8] of the deepest.</summary>
    public ProductAhead(AlignedBuffer<T> memory) => _a = memory;

    /// <summary>Columns made at a time, a pair of vectors.</summary>
    private static int Pair
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * Vector512<T>.Count;
    }

    /// <summary>
    /// Whether a product beside steps saves time: there are registers for it, C has whole pairs of vectors, and the steps read their
    /// weights from L2 or not far behind it. L1 feeds all multiplications that a core can make, and 8 MB of weights in all come from so far
    /// that reading more of them, in short pieces, costs more than it hides. Sequences of an LSTM with 32 / 64 / 96 / 128 / 192 / 256 /
    /// 320 / 512 units are 0.98 / 1.11 / 1.12 / 1.17 / 1.15 / 1.18 / 1.20 / 0.99 times as fast (Zen 4, L2 of 1 MB).
    /// </summary>
    /// <param name="columns">Columns of C: all gates.</param>
    /// <param name="depth">Rows of B.</param>
    /// <param name="stepDepth">Rows of the weights that a step reads.</param>
    /// <param name="threads">Threads that share the columns, each with a product of its own.</param>
    public static bool Helps(int columns, int depth, int stepDepth, int threads = 1) =>
        Vector512.IsHardwareAccelerated && columns % Pair == 0 && (long)stepDepth * columns * Unsafe.SizeOf<T>() > NearBytes * threads
        && (long)(stepDepth + depth) * columns * Unsafe.SizeOf<T>() <= (long)FarBytes * threads;

    /// <summary>Begins a product; the one before must be finished.</summary>
    /// <param name="x">A [8, depth], row r at <paramref name="ldx"/>·r; copied.</param>
    /// <param name="ldx">Elements from row to row of A.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bias">[columns].</param>
    /// <param name="c">C [8, columns], written by the end.</param>
    /// <param name="first">The first column that is made, whole pairs of vectors into a panel.</param>
    /// <param name="end">The end of those columns, the same.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Begin(ReadOnlySpan<T> x, int ldx, PackedMatrix<T> b, AlignedBuffer<T> bias, AlignedMemory<T> c, int first, int end)
    {
        Debug.Assert(first % b.PanelWidth % Pair == 0 && end % b.PanelWidth % Pair == 0 && end <= b.Columns);
        Debug.Assert(b.Depth * Rows <= _a.Length && c.Length >= Rows * b.Columns && x.Length >= (Rows - 1) * ldx + b.Depth);
        _b = b;
        _bias = bias;
        _c = c;
        _column = first;
        _end = end;
        _depth = 0;
        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref _a.Reference;
        nint r1 = ldx, r2 = 2 * r1, r3 = 3 * r1, r4 = 4 * r1, r5 = 5 * r1, r6 = 6 * r1, r7 = 7 * r1;
        for (int k = 0; k < b.Depth; k++)
        {
            target = source;
            Unsafe.Add(ref target, 1) = Unsafe.Add(ref source, r1);
            Unsafe.Add(ref target, 2) = Unsafe.Add(ref source, r2);
            Unsafe.Add(ref target, 3) = Unsafe.Add(ref source, r3);
            Unsafe.Add(ref target, 4) = Unsafe.Add(ref source, r4);
            Unsafe.Add(ref target, 5) = Unsafe.Add(ref source, r5);
            Unsafe.Add(ref target, 6) = Unsafe.Add(ref source, r6);
            Unsafe.Add(ref target, 7) = Unsafe.Add(ref source, r7);
            source = ref Unsafe.Add(ref source, 1);
            target = ref Unsafe.Add(ref target, Rows);
        }
    }

    /// <summary>The next piece, of one pair of vectors; whoever takes it makes it. False: there is none.</summary>
    /// <param name="depth">How deep it may be, ≥ 1.</param>
    /// <param name="piece">The piece.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Take(int depth, out ProductPiece<T> piece)
    {
        if (_column >= _end)
        {
            piece = default;
            return false;
        }

        int taken = Math.Min(depth, _b!.Depth - _depth), width = _b.PanelWidth;
        ref T c = ref Unsafe.Add(ref _c.Reference, _column);
        piece = new ProductPiece<T>
        {
            A = ref Unsafe.Add(ref _a.Reference, _depth * Rows),
            B = ref Unsafe.Add(
                ref _b.Reference, (nint)(_column / width) * width * _b.Depth + (nint)_depth * width + _column % width),
            PanelWidth = width,
            Start = ref _depth == 0 ? ref Unsafe.Add(ref _bias!.Reference, _column) : ref c,
            StartStride = _depth == 0 ? 0 : _b.Columns,
            C = ref c,
            Ldc = _b.Columns,
            Depth = taken,
        };
        _depth += taken;
        if (_depth == _b.Depth)
        {
            (_column, _depth) = (_column + Pair, 0);
        }

        return true;
    }

    /// <summary>Makes what is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Finish()
    {
        while (Take(int.MaxValue, out ProductPiece<T> piece))
        {
            GemmTile<Simd512<T>, Vector512<T>, T>.Run(
                Rows, ref piece.A, 1, Rows, piece.Depth, ref piece.B, piece.PanelWidth, ref Unsafe.NullRef<T>(), 0, ref piece.Start,
                piece.StartStride, ref piece.C, piece.Ldc);
        }
    }
}

/// <summary>A piece of a product of eight rows: a pair of vectors of C, from some of the depth.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal ref struct ProductPiece<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A [depth, 8].</summary>
    public ref T A;

    /// <summary>B, rows of depth at <see cref="PanelWidth"/>.</summary>
    public ref T B;
    public nint PanelWidth;

    /// <summary>Where the sums start, row r at <see cref="StartStride"/>·r.</summary>
    public ref T Start;
    public nint StartStride;

    /// <summary>C, row r at <see cref="Ldc"/>·r.</summary>
    public ref T C;
    public nint Ldc;

    public int Depth;
}
