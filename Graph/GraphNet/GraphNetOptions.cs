using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>How a message is made of the nodes at both ends of an edge.</summary>
public enum MessageFunction
{
    /// <summary>W_type h_u + b_type, one matrix a type of edge (Li et al. 2016).</summary>
    Linear,

    /// <summary>W_2 f(W_1 [h_v; h_u; e_uv] + b_1) + b_2.</summary>
    Mlp,
}

/// <summary>How a node takes its messages in.</summary>
public enum UpdateFunction
{
    /// <summary>A GRU whose input is the message and whose state is the node; reset after the product,
    /// as PyTorch's <c>GRUCell</c>.</summary>
    Gru,

    /// <summary>W_2 f(W_1 [h_v; m_v] + b_1) + b_2.</summary>
    Mlp,
}

/// <summary>How the messages that reach a node become one.</summary>
public enum Aggregation
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their element-wise maximum.</summary>
    Max,
}

/// <summary>How the nodes of a graph become one vector.</summary>
public enum GraphReadout
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their element-wise maximum.</summary>
    Max,

    /// <summary>Their mean weighted by attention; see <see cref="Cells.AttentionPooling{T}"/>.</summary>
    Attention,
}

/// <summary>The shape of a message-passing network.</summary>
public sealed record GraphNetOptions
{
    /// <summary>H, size of a node's state.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>M, size of a message.</summary>
    public required int MessageSize { get; init; }

    /// <summary>Rounds of messages, ≥ 0.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>How messages are made.</summary>
    public MessageFunction Message { get; init; }

    /// <summary>Types of edges; for linear messages only.</summary>
    public int EdgeTypes { get; init; } = 1;

    /// <summary>De, features of an edge, 0 for none; for messages of an MLP only.</summary>
    public int EdgeSize { get; init; }

    /// <summary>Hidden units of the messages' MLP.</summary>
    public int MessageHiddenSize { get; init; }

    /// <summary>How messages become one.</summary>
    public Aggregation Aggregate { get; init; }

    /// <summary>How nodes are updated.</summary>
    public UpdateFunction Update { get; init; }

    /// <summary>Hidden units of the update's MLP.</summary>
    public int UpdateHiddenSize { get; init; }

    /// <summary>f of the hidden layers of the MLPs.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>How the nodes of a graph become one vector.</summary>
    public GraphReadout Readout { get; init; }

    /// <summary>A, for a read-out by attention.</summary>
    public int AttentionSize { get; init; }

    /// <summary>Whether h is summed before the product with W: the same sum, over shorter rows. By sizes alone,
    /// so that a batch keeps its bits.</summary>
    internal bool SumsFirst =>
        Message == MessageFunction.Linear && EdgeTypes == 1 && Aggregate != Aggregation.Max && HiddenSize < MessageSize;

    /// <exception cref="ArgumentOutOfRangeException">A size or a choice is out of range, or one is given that has no effect.</exception>
    internal void Check()
    {
        Require.Positive(HiddenSize);
        Require.Positive(MessageSize);
        ArgumentOutOfRangeException.ThrowIfNegative(Rounds);
        Require.Defined(Message);
        Require.Defined(Update);
        Require.Defined(Aggregate);
        Require.Defined(Readout);
        Require.Defined(Activation);
        Require.Positive(EdgeTypes);
        ArgumentOutOfRangeException.ThrowIfNegative(EdgeSize);
        if (Message == MessageFunction.Mlp)
        {
            Require.Positive(MessageHiddenSize);
            if (EdgeTypes > 1)
            {
                throw new ArgumentOutOfRangeException(nameof(EdgeTypes), EdgeTypes,
                    "Types of edges are for linear messages; tell an MLP the type by features of the edge, EdgeSize.");
            }
        }
        else if (EdgeSize > 0)
        {
            throw new ArgumentOutOfRangeException(nameof(EdgeSize), EdgeSize,
                "Features of edges are for messages of an MLP; linear messages take types of edges, EdgeTypes.");
        }

        if (Update == UpdateFunction.Mlp)
        {
            Require.Positive(UpdateHiddenSize);
        }

        if (Readout == GraphReadout.Attention)
        {
            Require.Positive(AttentionSize);
        }
    }
}
