using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// <c>C[rows, columns] = start + A·B</c> over one block of depth: the loops around <see cref="GemmTile{TSimd, TVector, T}"/>, two vectors
/// of columns after another, and for these all rows.
/// </summary>
internal ref struct GemmBlock<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A[r, k] lies at <c>r·RowStride + k·DepthStride</c>, k from the block's first.</summary>
    public ref T A;
    public nint RowStride;
    public nint DepthStride;
    public int Rows;

    /// <summary>B in panels of <see cref="PanelWidth"/> columns, <see cref="PanelDepth"/> deep, of which the block takes
    /// <see cref="Depth"/> rows from <see cref="First"/> on.</summary>
    public ref T Panels;
    public int PanelWidth;
    public int PanelDepth;
    public int First;
    public int Depth;
    public int Columns;

    /// <summary>Where the sum of C[r, j] starts, at <c>r·StartStride + j</c>; a null reference: at zero.</summary>
    public ref T Start;
    public nint StartStride;
    public ref T C;
    public nint Ldc;

    /// <summary>Whether A comes from beyond L2. Only where a row of A is a run of addresses: <see cref="DepthStride"/> is 1.</summary>
    public bool IsSourceFar;

    /// <summary>Whether C comes from beyond L2. Even where it is only written, a store waits for its line.</summary>
    public bool IsTargetFar;

    /// <summary>What the caller reads after this block, a line at each <see cref="UpcomingStride"/>, as many as the block is deep;
    /// a null reference: nothing.</summary>
    public ref T Upcoming;
    public nint UpcomingStride;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        int pair = 2 * TSimd.Count, tile = GemmTile<TSimd, TVector, T>.MaxRows, panelWidth = PanelWidth, rows = Rows, columns = Columns,
            depth = Depth;
        nint rowStride = RowStride, depthStride = DepthStride, startStride = StartStride, ldc = Ldc;
        bool farB = Cache.IsFar<T>((long)PanelDepth * columns), farA = IsSourceFar, farC = IsTargetFar;
        int beforeLast = Unsafe.IsNullRef(ref Upcoming) ? -1 : Math.Max(0, (columns - 1) / pair - 1) * pair;
        for (int column = 0; column < columns; column += pair)
        {
            nint panel = (nint)(column / panelWidth) * PanelDepth;
            ref T b = ref Unsafe.Add(ref Panels, (panel + First) * panelWidth + column % panelWidth);
            ref T columnStart = ref Offset(ref Start, column);
            ref T columnC = ref Unsafe.Add(ref C, column);
            int valid = Math.Min(pair, columns - column);

            // What the first tiles ask for, a line each step of k: of a far B the next pair of vectors, which is a panel apart at most.
            int asking = 0;
            ref T asked = ref Unsafe.NullRef<T>();
            nint askedStride = panelWidth;
            if (farB && column + pair < columns)
            {
                asking = 2 * tile;
                asked = ref Unsafe.Add(ref b,
                    (column + pair) % panelWidth == 0 ? (nint)PanelDepth * panelWidth - (panelWidth - pair) : pair);
            }
            else if (column == beforeLast)
            {
                asking = tile;
                asked = ref Upcoming;
                askedStride = UpcomingStride;
            }

            for (int row = 0; row < rows; row += tile)
            {
                int tileRows = Math.Min(tile, rows - row);
                ref T tileA = ref Unsafe.Add(ref A, row * rowStride);
                ref T tileStart = ref Offset(ref columnStart, row * startStride);
                ref T tileC = ref Unsafe.Add(ref columnC, row * ldc);
                if (valid < pair)
                {
                    Partial<TSimd, TVector>(valid, tileRows, ref tileA, ref b, ref tileStart, ref tileC);
                    continue;
                }

                if (farC)
                {
                    AskForC<TSimd, TVector>(ref row + tileRows < rows
                        ? ref Unsafe.Add(ref tileC, tileRows * ldc)
                        : ref Unsafe.Add(ref columnC, pair));
                }

                if (farA && column == 0 && row + tile < rows)
                {
                    AskForA(ref Unsafe.Add(ref tileA, tile * rowStride), Math.Min(tile, rows - row - tile));
                }

                ref T ahead = ref row >= asking ? ref Unsafe.NullRef<T>() : ref row == 0
                    ? ref asked
                    : ref Unsafe.Add(ref asked, TSimd.Count);
                GemmTile<TSimd, TVector, T>.Run(
                    tileRows, ref tileA, rowStride, depthStride, depth, ref b, panelWidth, ref ahead, askedStride, ref tileStart,
                    startStride, ref tileC, ldc);
            }
        }
    }

    /// <summary>The C of the next tile, before this one is computed: the line where each vector ends, since that where it begins, if it is
    /// another, is the end of the vector before. Into L2: eight rows a power of two apart are all that a set of L1 can hold.</summary>
    private readonly void AskForC<TSimd, TVector>(ref T c)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        for (int r = 0; r < GemmTile<TSimd, TVector, T>.MaxRows; r++)
        {
            Cache.PrefetchL2(ref Unsafe.Add(ref c, r * Ldc + TSimd.Count - 1));
            Cache.PrefetchL2(ref Unsafe.Add(ref c, r * Ldc + 2 * TSimd.Count - 1));
        }
    }

    /// <summary>What the block reads of some rows of A, in the first pass over them: the others find them in L2.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void AskForA(ref T a, int rows)
    {
        for (int r = 0; r < rows; r++)
        {
            Cache.PrefetchL2(ref Unsafe.Add(ref a, r * RowStride), Depth);
        }
    }

    /// <summary>A tile with fewer columns than two vectors, by way of a whole one on the stack: nothing past the row is touched.</summary>
    private readonly void Partial<TSimd, TVector>(int valid, int rows, ref T a, ref T b, ref T start, ref T c)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        const int Stride = 32; // two vectors of any width
        Span<T> tile = stackalloc T[GemmTile<TSimd, TVector, T>.MaxRows * Stride];
        if (!Unsafe.IsNullRef(ref start))
        {
            for (int r = 0; r < rows; r++)
            {
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref start, r * StartStride), valid).CopyTo(tile[(r * Stride)..]);
            }
        }

        ref T origin = ref MemoryMarshal.GetReference(tile);
        GemmTile<TSimd, TVector, T>.Run(
            rows, ref a, RowStride, DepthStride, Depth, ref b, PanelWidth, ref Unsafe.NullRef<T>(), 0, ref origin, Stride,
            ref origin, Stride);
        for (int r = 0; r < rows; r++)
        {
            tile.Slice(r * Stride, valid).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref c, r * Ldc), valid));
        }
    }

    /// <summary>A place so far on; of none, none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T Offset(ref T origin, nint offset) =>
        ref Unsafe.IsNullRef(ref origin) ? ref origin : ref Unsafe.Add(ref origin, offset);
}
