using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Work in groups that each go forward on their own, from position 0 to the end: a thread takes the group that is furthest behind and that
/// nobody has, moves it on a little and gives it back. So threads end together though one is slower, because its core is or because others
/// use it.
/// </summary>
internal ref struct GroupQueue
{
    private const int Tile = 8; // rows of a tile of a matrix product
    private const int LargestGroup = 32; // rows: with 512 units, groups of 64 take 1.03 to 1.06 times as long
    private const int ManyGroups = 256; // more are for more threads only: a thread looks at all when it takes one

    private readonly Span<long> _states; // 2·position, and 1 more while a thread has the group
    private readonly int _end;

    /// <summary>All groups at position 0.</summary>
    /// <param name="states">An element for each group, memory of this from now on.</param>
    /// <param name="end">The position at which a group is done.</param>
    public GroupQueue(Span<long> states, int end)
    {
        states.Clear();
        _states = states;
        _end = end;
    }

    /// <summary>
    /// Groups for rows of matrix products, in whole tiles: at least four a thread, or fewer that are not too small; where there are few
    /// rows, one a thread.
    /// </summary>
    /// <param name="rows">Rows, ≥ 1.</param>
    /// <param name="threads">Threads, ≥ 1.</param>
    /// <param name="smallest">Rows of a group that takes no longer than its part of a larger one: whole tiles, ≤ 32.</param>
    /// <returns>How many groups, ≤ <paramref name="rows"/>, and of how many rows they are multiples.</returns>
    public static (int Groups, int Block) Divide(int rows, int threads, int smallest)
    {
        if (rows < smallest * threads)
        {
            return (Math.Min(threads, rows), 1);
        }

        int size = Math.Clamp(rows / (4 * threads) / Tile * Tile, smallest, LargestGroup);
        return (Math.Min(Math.Max(ManyGroups, threads), (rows + size - 1) / size), Tile);
    }

    /// <summary>How many groups there are.</summary>
    public readonly int Count => _states.Length;

    /// <summary>Takes a group.</summary>
    /// <param name="part">The thread: of groups equally far it takes those of its own share first, which its caches may know.</param>
    /// <param name="parts">Threads in all.</param>
    /// <param name="position">How far the group is.</param>
    /// <returns>The group; −1 if others have all that is left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly int Take(int part, int parts, out int position)
    {
        int first = (int)((long)Count * part / parts);
        while (true)
        {
            int group = -1;
            long least = 2L * _end;
            for (int i = 0, candidate = first; i < Count; i++, candidate = candidate + 1 == Count ? 0 : candidate + 1)
            {
                long state = Volatile.Read(ref _states[candidate]);
                if ((state & 1) == 0 && state < least)
                {
                    (group, least) = (candidate, state);
                }
            }

            if (group < 0 || Interlocked.CompareExchange(ref _states[group], least | 1, least) == least)
            {
                position = (int)(least >> 1);
                return group;
            }
        }
    }

    /// <summary>Gives a group back, so that others see what this thread has written of it.</summary>
    /// <param name="group">A group that this thread has.</param>
    /// <param name="position">How far it is now.</param>
    public readonly void Return(int group, int position) => Volatile.Write(ref _states[group], 2L * position);
}
