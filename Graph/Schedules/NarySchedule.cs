using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// In what order nodes are computed that each look at others at fixed places (left and right child; elder sibling and parent): level by
/// level, a whole level at once. One schedule serves a batch, as one block-diagonal structure;
/// it is immutable and may be shared by threads.
/// </summary>
/// <remarks>
/// States lie in this order from row 1 on; row 0 stands for whoever is missing: zeros, or the initial state.
/// </remarks>
public sealed class NarySchedule
{
    private readonly int[] _order;
    private readonly int[] _levelOffsets;
    private readonly int[] _rows;

    /// <summary>A schedule for nodes that look at <paramref name="arity"/> others.</summary>
    /// <param name="places">[N, arity], who stands at each place; −1 for nobody.</param>
    /// <param name="arity">Places a node.</param>
    /// <exception cref="ArgumentException">A node is out of range or there is a cycle; the message names it.</exception>
    public NarySchedule(ReadOnlySpan<int> places, int arity)
    {
        Require.Positive(arity);
        int nodes = Require.MultipleOf(places.Length, arity);
        CsrGraph.CheckNodes(places, nodes, nameof(places), least: -1);
        Arity = arity;
        List<int> sources = new(places.Length);
        int[] offsets = new int[nodes + 1];
        for (int node = 0; node < nodes; node++)
        {
            foreach (int other in places.Slice(node * arity, arity))
            {
                if (other >= 0)
                {
                    sources.Add(other);
                }
            }

            offsets[node + 1] = sources.Count;
        }

        Levels.Sort(new CsrPattern(offsets, sources.ToArray(), nodes), out _order, out _levelOffsets, nameof(places));
        int[] position = NodeOrder.Invert(_order, nodes);
        _rows = new int[places.Length];
        for (int k = 0; k < nodes; k++)
        {
            for (int place = 0; place < arity; place++)
            {
                int other = places[_order[k] * arity + place];
                _rows[k * arity + place] = other < 0 ? 0 : position[other] + 1;
            }
        }

        Users = new CsrPattern(new[] { 0, _rows.Length }, _rows, nodes + 1).EntriesByColumn();
    }

    /// <summary>N.</summary>
    public int NodeCount => _order.Length;

    /// <summary>Places a node.</summary>
    public int Arity { get; }

    /// <summary>Levels; the first holds the nodes that look at nobody.</summary>
    public int LevelCount => _levelOffsets.Length - 1;

    /// <summary>[N], the nodes in the order of computation.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>[levels + 1], where each level begins in <see cref="Order"/>.</summary>
    public ReadOnlySpan<int> LevelOffsets => _levelOffsets;

    /// <summary>[N, arity] in the order of computation: the state row that each place sees.</summary>
    internal ReadOnlySpan<int> Rows => _rows;

    /// <summary>Row = state row, columns = the places (node·arity + place) that see it.</summary>
    internal CsrPattern Users { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{NodeCount:N0} nodes with {Arity} places in {LevelCount:N0} levels";
}
