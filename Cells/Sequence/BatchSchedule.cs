using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// Which sequences of a batch run at which step. Sequences are taken in the order of falling length, so that those running at any step are
/// the first ones, and their rows are stored without gaps (PyTorch's packed sequences): padding costs nothing.
/// </summary>
/// <remarks>
/// <code>
/// lengths 2 4 1      order 1 0 2      active 3 2 1 1      offsets 0 3 5 6
/// </code>
/// </remarks>
internal sealed class BatchSchedule(int maxSteps, int maxBatch)
{
    private readonly int[] _order = new int[maxBatch];
    private readonly int[] _starts = new int[maxBatch];
    private readonly int[] _active = new int[maxSteps + 2];
    private readonly int[] _offsets = new int[maxSteps + 1];
    private readonly int[] _boundaries = new int[maxBatch + 1]; // [groups + 1]: where groups of places begin, and the end

    /// <summary>Steps of the padded batch.</summary>
    public int Steps { get; private set; }

    /// <summary>Sequences.</summary>
    public int Batch { get; private set; }

    /// <summary>Rows of all steps: the sum of the lengths.</summary>
    public int Rows { get; private set; }

    /// <summary>The sequence at each place, longest first; equal lengths in their given order.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Batch);

    /// <summary>Whether the caller's rows are the sequences one after another, not [T, B].</summary>
    public bool IsRagged { get; private set; }

    /// <summary>Whether the caller has rows that no sequence reaches.</summary>
    public bool HasPadding => !IsRagged && Rows != Steps * Batch;

    /// <summary>Whether the caller's rows are in the order of the steps, as those of the schedule are.</summary>
    public bool IsCallersOrder => Batch == 1 || (!IsRagged && !HasPadding);

    /// <summary>Sequences running at step <paramref name="t"/>: places 0 … n − 1.</summary>
    public int Active(int t) => _active[t];

    /// <summary>The first row of step <paramref name="t"/>.</summary>
    public int Offset(int t) => _offsets[t];

    /// <summary>The caller's row of a place at a step.</summary>
    public int SourceRow(int t, int place) => IsRagged ? _starts[_order[place]] + t : t * Batch + _order[place];

    /// <summary>Groups of places, as <see cref="Divide"/> has made them for a run that threads share, forward and back.</summary>
    public int Groups { get; private set; }

    /// <summary>Divides the places into groups that threads hand to each other, each with about as many steps as another.</summary>
    /// <param name="threads">Threads, ≥ 1.</param>
    /// <param name="smallest">Places of a group that takes no longer than its part of a larger one, see <see cref="GroupQueue.Divide"/>.
    /// </param>
    public void Divide(int threads, int smallest)
    {
        (Groups, int block) = GroupQueue.Divide(Batch, threads, smallest);
        int group = 0, length = Steps;
        long rows = 0; // of the places so far
        for (int place = 0; place < Batch; place++)
        {
            while (place % block == 0 && group < Groups && rows >= (long)Rows * group / Groups)
            {
                _boundaries[group++] = place;
            }

            while (length > 0 && _active[length - 1] <= place)
            {
                length--; // places are in the order of falling length
            }

            rows += length;
        }

        _boundaries.AsSpan(group, Groups + 1 - group).Fill(Batch);
    }

    /// <summary>The places of a group.</summary>
    /// <param name="group">0 … <see cref="Groups"/> − 1.</param>
    /// <returns>Places [from, to).</returns>
    public (int From, int To) Group(int group) => (_boundaries[group], _boundaries[group + 1]);

    /// <summary>Sets up a batch; empty lengths: all run for all steps. A counting sort, nothing allocated.</summary>
    public void Set(int steps, int batch, ReadOnlySpan<int> lengths, bool ragged)
    {
        Steps = steps;
        Batch = batch;
        IsRagged = ragged;
        for (int b = 0, start = 0; ragged && b < batch; start += lengths[b++])
        {
            _starts[b] = start;
        }

        Span<int> active = _active.AsSpan(0, steps + 2);
        active.Clear();
        for (int b = 0; b < batch; b++)
        {
            active[lengths.IsEmpty ? steps : lengths[b]]++;
        }

        for (int t = steps; t >= 0; t--)
        {
            active[t] += active[t + 1]; // sequences of at least t steps
        }

        for (int b = batch - 1; b >= 0; b--)
        {
            int length = lengths.IsEmpty ? steps : lengths[b];
            int place = --active[length]; // the last free place among those of this length
            _order[place] = b;
        }

        // Each decrement above turned "at least t" into "more than t": what runs at step t.
        int rows = 0;
        for (int t = 0; t < steps; t++)
        {
            _offsets[t] = rows;
            rows += active[t];
        }

        Rows = rows;
    }
}
