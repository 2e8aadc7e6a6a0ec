namespace FastRecurrent.Cells;

/// <summary>A set of rows that is cleared in the time it took to fill, in the order in which they came.</summary>
/// <param name="count">Rows there are.</param>
internal sealed class TouchedRows(int count)
{
    private readonly bool[] _isTouched = new bool[count];
    private readonly int[] _rows = new int[count];
    private int _count;

    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    public void Add(int row)
    {
        if (!_isTouched[row])
        {
            _isTouched[row] = true;
            _rows[_count++] = row;
        }
    }

    public void Clear()
    {
        foreach (int row in Rows)
        {
            _isTouched[row] = false;
        }

        _count = 0;
    }
}
