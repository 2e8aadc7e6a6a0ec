using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The neighbours of every node along a meta-path, e.g. paper–author–paper: listed, or given through the nodes in the middle. Never
/// changed; any number of networks and threads may share one.
/// </summary>
public sealed class MetaPath
{
    /// <summary>A path with its neighbours listed: node i attends to <c>graph[i]</c>, to itself only if it is listed too.</summary>
    /// <param name="graph">Over all nodes, of all types; see <see cref="CsrGraph.WithSelfLoops"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="graph"/> is null.</exception>
    public MetaPath(CsrGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Pattern = graph.Incoming;
        Columns = new ColumnEntries(Pattern.EntriesByColumn(), Pattern.RowOfEntries());
    }

    /// <summary>
    /// A symmetric path that is too dense to list, e.g. paper–subject–paper with a thousand papers a subject: two nodes are neighbours if
    /// they have a middle node in common. A node with a middle is its own neighbour; one without has none.
    /// </summary>
    /// <remarks>
    /// Time and memory grow with the number of connections, not of pairs. A pair connected by several middles counts once for each, as if
    /// it were listed so often.
    /// </remarks>
    /// <param name="middles">Row i: the middle nodes of node i; columns: all middle nodes.</param>
    /// <exception cref="ArgumentNullException"><paramref name="middles"/> is null.</exception>
    public MetaPath(CsrPattern middles)
    {
        ArgumentNullException.ThrowIfNull(middles);
        Pattern = middles;
        Members = middles.Transpose(out _);
        for (int middle = 0; middle < Members.Rows; middle++)
        {
            MaxMembers = Math.Max(MaxMembers, Members[middle].Length);
        }
    }

    /// <summary>Nodes.</summary>
    public int NodeCount => Pattern.Rows;

    /// <summary>Listed neighbours, or connections to middles, of all nodes together.</summary>
    public int EntryCount => Pattern.Count;

    /// <summary>Whether neighbours are listed, not given through middles.</summary>
    public bool IsListed => Members is null;

    /// <summary>The neighbours or the middles of each node.</summary>
    internal CsrPattern Pattern { get; }

    /// <summary>The nodes of each middle; null if neighbours are listed.</summary>
    internal CsrPattern? Members { get; }

    /// <summary>Nodes of the largest middle.</summary>
    internal int MaxMembers { get; }

    /// <summary>The entries by column, for gradients; null for a path through middles.</summary>
    internal ColumnEntries? Columns { get; }

    /// <inheritdoc/>
    public override string ToString() => Members is null
        ? $"meta-path of {NodeCount:N0} nodes and {EntryCount:N0} listed neighbours"
        : $"meta-path of {NodeCount:N0} nodes through {Members.Rows:N0} middles with {EntryCount:N0} connections";

    /// <summary>A pattern from the side of its columns.</summary>
    internal sealed record ColumnEntries(CsrPattern Entries, int[] Rows);
}
