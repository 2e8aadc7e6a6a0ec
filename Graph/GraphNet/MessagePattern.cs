using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Which rows of messages every node receives, and the way back from nodes to rows.</summary>
internal sealed class MessagePattern
{
    /// <param name="incoming">Row = node, columns = rows of messages; entries in the order of the edges.</param>
    /// <param name="aggregate">What the messages go through.</param>
    public MessagePattern(CsrPattern incoming, Aggregation aggregate)
    {
        Incoming = incoming;
        if (aggregate == Aggregation.Max)
        {
            Entries = incoming.EntriesByColumn();
            Targets = incoming.RowOfEntries();
        }
        else
        {
            Outgoing = incoming.Transpose(out _);
        }
    }

    public CsrPattern Incoming { get; }

    /// <summary>Row = row of messages, columns = nodes that receive it; for sums and means.</summary>
    public CsrPattern? Outgoing { get; }

    /// <summary>Row = row of messages, columns = entries of <see cref="Incoming"/>; for maxima.</summary>
    public CsrPattern? Entries { get; }

    /// <summary>The node of every entry; for maxima.</summary>
    public int[]? Targets { get; }
}
