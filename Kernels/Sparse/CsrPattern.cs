using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Which columns each row of a sparse matrix has, in compressed form: row r has <c>indices[offsets[r] … offsets[r+1])</c>. Checked once and
/// never changed, so that kernels need not check an index a use.
/// </summary>
/// <remarks>
/// Entries keep the order they are given in: sums run in it, and values that belong to entries (weights, gates of edges) are arrays in it.
/// Four bytes an entry and four a row.
/// </remarks>
public sealed class CsrPattern
{
    private readonly int[] _offsets;
    private readonly int[] _indices;

    /// <summary>A pattern; the spans are copied.</summary>
    /// <param name="offsets">[rows + 1], from 0, never falling; the last is the number of indices.</param>
    /// <param name="indices">The columns of all rows in turn, each in 0 … columns − 1.</param>
    /// <param name="columns">Columns, 0 … <see cref="Array.MaxLength"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="columns"/> is out of range.</exception>
    /// <exception cref="ArgumentException">The offsets are no such sequence or an index is out of range;
    /// the message names the place.</exception>
    public CsrPattern(ReadOnlySpan<int> offsets, ReadOnlySpan<int> indices, int columns)
        : this(offsets.ToArray(), indices.ToArray(), columns)
    {
    }

    /// <summary>A pattern over arrays that the caller gives away.</summary>
    internal CsrPattern(int[] offsets, int[] indices, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(columns, Array.MaxLength); // Aᵀ has an offset more than columns
        if (offsets.Length == 0 || offsets[0] != 0)
        {
            throw new ArgumentException("offsets must begin with 0.", nameof(offsets));
        }

        for (int row = 0; row + 1 < offsets.Length; row++)
        {
            if (offsets[row + 1] < offsets[row])
            {
                throw new ArgumentException($"offsets must not fall, but offsets[{row + 1}] is {offsets[row + 1]} after {offsets[row]}.",
                    nameof(offsets));
            }
        }

        if (offsets[^1] != indices.Length)
        {
            throw new ArgumentException($"offsets end with {offsets[^1]}, but there are {indices.Length} indices.", nameof(offsets));
        }

        long jumps = 0;
        for (int entry = 0; entry < indices.Length; entry++)
        {
            if ((uint)indices[entry] >= (uint)columns)
            {
                throw new ArgumentException($"indices[{entry}] is {indices[entry]}, which is not in 0 … {columns - 1}.", nameof(indices));
            }

            jumps += entry == 0 ? 0 : Math.Abs(indices[entry] - indices[entry - 1]);
        }

        _offsets = offsets;
        _indices = indices;
        Columns = columns;
        MeanJump = (double)jumps / Math.Max(1, indices.Length - 1);
    }

    /// <summary>Rows.</summary>
    public int Rows => _offsets.Length - 1;

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>Entries.</summary>
    public int Count => _indices.Length;

    /// <summary>The mean distance of the columns of entries that follow each other: small where nodes lie in a good order.</summary>
    internal double MeanJump { get; }

    /// <summary>[rows + 1], where the entries of each row begin.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>[count], the columns of all rows in turn.</summary>
    public ReadOnlySpan<int> Indices => _indices;

    /// <summary>The columns of one row.</summary>
    /// <param name="row">The row, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is not in 0 … rows − 1.</exception>
    public ReadOnlySpan<int> this[int row] => Row(row, nameof(row));

    /// <summary>The columns of a row that the caller's caller knows by another name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<int> Row(int row, string name)
    {
        Require.Index(row, Rows, name);
        return _indices.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]);
    }

    /// <summary>
    /// The pattern by columns: its row c holds, in the order of this pattern's entries, <em>which entries</em> lie in column c.
    /// </summary>
    public CsrPattern EntriesByColumn()
    {
        int[] offsets = new int[Columns + 1], entries = new int[Count];
        foreach (int column in _indices)
        {
            offsets[column + 1]++;
        }

        for (int column = 0; column < Columns; column++)
        {
            offsets[column + 1] += offsets[column];
        }

        int[] next = offsets.AsSpan(0, Columns).ToArray();
        for (int entry = 0; entry < _indices.Length; entry++)
        {
            entries[next[_indices[entry]]++] = entry;
        }

        return new CsrPattern(offsets, entries, Count);
    }

    /// <summary>The row of every entry, [count].</summary>
    public int[] RowOfEntries()
    {
        int[] rows = new int[Count];
        for (int row = 0; row < Rows; row++)
        {
            rows.AsSpan(_offsets[row], _offsets[row + 1] - _offsets[row]).Fill(row);
        }

        return rows;
    }

    /// <summary>The pattern Aᵀ: its row c holds the rows that have column c.</summary>
    /// <param name="entries">For each entry of Aᵀ the entry of this pattern, to carry values over.</param>
    public CsrPattern Transpose(out int[] entries)
    {
        CsrPattern byColumn = EntriesByColumn();
        int[] rows = RowOfEntries();
        entries = byColumn._indices;
        return new CsrPattern(byColumn._offsets, Array.ConvertAll(entries, entry => rows[entry]), Rows);
    }

    /// <summary>One part's share of rows: about as many entries as any other part has.</summary>
    /// <param name="offsets">[rows + 1], where the entries of each row begin.</param>
    /// <param name="part">0 … parts − 1.</param>
    /// <param name="parts">Parts in all.</param>
    /// <returns>Its rows [from, to), counted from the first offset.</returns>
    internal static (int From, int To) Share(ReadOnlySpan<int> offsets, int part, int parts) =>
        (Boundary(offsets, part, parts), Boundary(offsets, part + 1, parts));

    /// <summary>The first row before which there is a part's share of the work; a row costs as much as an entry in it.</summary>
    private static int Boundary(ReadOnlySpan<int> offsets, int part, int parts)
    {
        int low = 0, high = offsets.Length - 1;
        long target = ((long)offsets[high] - offsets[0] + high) * part / parts;
        while (low < high)
        {
            int row = (low + high) / 2;
            if ((long)offsets[row] - offsets[0] + row < target)
            {
                low = row + 1;
            }
            else
            {
                high = row;
            }
        }

        return low;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Rows} × {Columns} with {Count} entries";
}
