using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The neighbours of every node along a meta-path, e.g. paper–author–paper: listed, or given through the nodes in the middle. Never changed; any number
/// of networks and threads may share one.
/// </summary>
public sealed class MetaPath
{
    private ColumnEntries? _columns;

    /// <summary>A path with its neighbours listed: node i attends to <c>graph[i]</c>, to itself only if it is listed too.</summary>
    /// <param name="graph">Over all nodes, of all types; see <see cref="CsrGraph.WithSelfLoops"/>.</param>
    public MetaPath(CsrGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        Pattern = graph.Incoming;
    }

    /// <summary>The nodes and, where they are listed, the neighbours of each.</summary>
    internal CsrPattern Pattern { get; }

    /// <summary>Nodes.</summary>
    public int NodeCount => Pattern.Rows;

    /// <summary>Listed neighbours of all nodes together.</summary>
    public int EntryCount => Pattern.Count;

    /// <summary>The entries by column, for gradients. Built at the first backward run.</summary>
    internal ColumnEntries Columns => _columns ??= new ColumnEntries(Pattern.EntriesByColumn(), Pattern.RowOfEntries());

    /// <inheritdoc/>
    public override string ToString() => $"meta-path of {NodeCount:N0} nodes and {EntryCount:N0} entries";

    /// <summary>A pattern from the side of its columns.</summary>
    internal sealed record ColumnEntries(CsrPattern Entries, int[] Rows);
}
