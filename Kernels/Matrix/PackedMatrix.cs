using System.Numerics;

namespace FastRecurrent.Kernels;

/// <summary>
/// The right-hand matrix B [depth, columns] of a product, in the order in which kernels read it: panels of columns, 128 by default,
/// and in a panel row after row, 64-byte aligned, padded with zeros.
/// </summary>
/// <remarks>
/// <code>
/// panel 0: B[0, 0…127], B[1, 0…127], …, B[depth−1, 0…127] | panel 1: B[0, 128…255], …
/// </code>
/// A panel is what a product with one vector keeps in registers at a time, eight 512-bit vectors of float, so weights stream in one run of
/// addresses: from L2 that is up to 1.9 times as fast as four runs side by side (measured). Weights of three gates lie in panels of 96
/// columns, so that a panel holds all gates of its units (<see cref="GateStep{TUnits, TSimd, TVector, T}"/>). PyTorch's row-major [out, in]
/// weights are Bᵀ; with a <see cref="GateLayout"/> their rows are interleaved gate by gate on the way.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class PackedMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int DefaultPanelWidth = 128;

    private static readonly Lock _repeating = new();

    private AlignedBuffer<T> _panels; // the panels, as often as there are copies

    /// <summary>A matrix of zeros.</summary>
    /// <param name="depth">Rows of B: the length of the dot products, ≥ 0.</param>
    /// <param name="columns">Columns of B: the number of dot products, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither
    /// <see cref="float"/> nor <see cref="double"/>.</exception>
    public PackedMatrix(int depth, int columns)
        : this(depth, columns, DefaultPanelWidth)
    {
    }

    /// <summary>A matrix of zeros in panels of another width, a multiple of 32.</summary>
    internal PackedMatrix(int depth, int columns, int panelWidth)
    {
        Require.Supported<T>();
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        Require.Positive(columns);
        Depth = depth;
        Columns = columns;
        PanelWidth = panelWidth;
        _panels = new AlignedBuffer<T>(GetPackedLength(depth, columns, panelWidth));
        Length = _panels.Length;
    }

    /// <summary>Rows of B: the length of the dot products.</summary>
    public int Depth { get; }

    /// <summary>Columns of B: the number of dot products.</summary>
    public int Columns { get; }

    /// <summary>Columns of a panel.</summary>
    public int PanelWidth { get; }

    /// <summary>The panels, with their padding.</summary>
    public ReadOnlySpan<T> Panels => Memory;

    /// <summary>The first copy of the panels, to be written; then call <see cref="Refresh"/>.</summary>
    internal Span<T> Memory => _panels.Slice(0, Length);

    /// <summary>Elements of <see cref="Panels"/>.</summary>
    internal int Length { get; }

    /// <summary>How often the panels lie in memory.</summary>
    internal int Copies => Length == 0 ? 1 : _panels.Length / Length;

    internal ref T Reference => ref _panels.Reference;

    /// <summary>
    /// Puts more copies beside the first, see <see cref="WeightCopies"/>. Products on other threads go on meanwhile:
    /// they read the old memory or the new.
    /// </summary>
    /// <param name="copies">How many there shall be at least.</param>
    internal void Repeat(int copies)
    {
        lock (_repeating)
        {
            if (copies > Copies)
            {
                AlignedBuffer<T> repeated = new((long)copies * Length);
                Fill(repeated, Memory, first: 0);
                _panels = repeated;
            }
        }
    }

    /// <summary>Writes all copies like the first.</summary>
    internal void Refresh() => Fill(_panels, Memory, first: 1);

    /// <summary>Elements that a packed [depth, columns] matrix takes in panels of 128 columns, with padding.</summary>
    public static long GetPackedLength(int depth, int columns) => GetPackedLength(depth, columns, DefaultPanelWidth);

    /// <summary>B = Wᵀ for weights W [rows, depth], rows interleaved by <paramref name="layout"/>: for y = W x.</summary>
    /// <param name="weight">[G·H, depth] row-major, in PyTorch's order.</param>
    /// <param name="layout">Its <see cref="GateLayout.Width"/> is <see cref="Columns"/>.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public void PackTransposed(ReadOnlySpan<T> weight, GateLayout layout)
    {
        Require.Length(weight.Length, (long)layout.Rows * Depth);
        CheckColumns(layout);
        Span<T> panels = Memory;
        for (int row = 0; row < layout.Rows; row++)
        {
            int column = layout.IndexOf(row / layout.HiddenSize, row % layout.HiddenSize);
            ReadOnlySpan<T> source = weight.Slice(row * Depth, Depth);
            int at = column / PanelWidth * PanelWidth * Depth + column % PanelWidth;
            for (int k = 0; k < source.Length; k++, at += PanelWidth)
            {
                panels[at] = source[k];
            }
        }

        Refresh();
    }

    /// <summary>B = W for weights W [rows, columns], rows interleaved by <paramref name="layout"/>: for dx = Wᵀ dy.</summary>
    /// <param name="weight">[G·H, columns] row-major, in PyTorch's order.</param>
    /// <param name="layout">Its <see cref="GateLayout.Width"/> is <see cref="Depth"/>; rows of padding stay zero.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public void Pack(ReadOnlySpan<T> weight, GateLayout layout)
    {
        Require.Length(weight.Length, (long)layout.Rows * Columns);
        if (layout.Width != Depth && !(layout.Gates == 1 && layout.HiddenSize == Depth))
        {
            throw new ArgumentException($"layout is {layout.Width} wide, the packed matrix is {Depth} deep.", nameof(layout));
        }

        Span<T> panels = Memory;
        for (int row = 0; row < layout.Rows; row++)
        {
            int k = layout.IndexOf(row / layout.HiddenSize, row % layout.HiddenSize);
            PackRow(weight.Slice(row * Columns, Columns), k, Depth, PanelWidth, panels);
        }

        Refresh();
    }

    /// <summary>The inverse of <see cref="PackTransposed"/>.</summary>
    /// <param name="layout">The layout it was packed with.</param>
    /// <param name="weight">[G·H, depth] row-major, in PyTorch's order; written.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public void UnpackTransposed(GateLayout layout, Span<T> weight)
    {
        Require.Length(weight.Length, (long)layout.Rows * Depth);
        CheckColumns(layout);
        ReadOnlySpan<T> panels = Memory;
        for (int row = 0; row < layout.Rows; row++)
        {
            int column = layout.IndexOf(row / layout.HiddenSize, row % layout.HiddenSize);
            int at = column / PanelWidth * PanelWidth * Depth + column % PanelWidth;
            for (int k = 0; k < Depth; k++, at += PanelWidth)
            {
                weight[row * Depth + k] = panels[at];
            }
        }
    }

    internal static long GetPackedLength(int depth, int columns, int panelWidth) =>
        depth * (((long)columns + panelWidth - 1) / panelWidth * panelWidth);

    private static void Fill(AlignedBuffer<T> copies, ReadOnlySpan<T> panels, int first)
    {
        for (int at = first * panels.Length; at < copies.Length; at += panels.Length)
        {
            panels.CopyTo(copies.Slice(at, panels.Length));
        }
    }

    /// <summary>Writes one row of B into panels that are <paramref name="depth"/> rows deep.</summary>
    internal static void PackRow(ReadOnlySpan<T> row, int k, int depth, int panelWidth, Span<T> panels)
    {
        int panel = 0;
        for (; row.Length >= panelWidth; row = row[panelWidth..], panel++)
        {
            row[..panelWidth].CopyTo(panels.Slice((panel * depth + k) * panelWidth, panelWidth));
        }

        if (row.Length > 0)
        {
            Span<T> last = panels.Slice((panel * depth + k) * panelWidth, panelWidth);
            row.CopyTo(last);
            last[row.Length..].Clear();
        }
    }

    private void CheckColumns(GateLayout layout)
    {
        if (layout.Width != Columns && !(layout.Gates == 1 && layout.HiddenSize == Columns))
        {
            throw new ArgumentException($"layout is {layout.Width} wide, the packed matrix has {Columns} columns.", nameof(layout));
        }
    }
}
