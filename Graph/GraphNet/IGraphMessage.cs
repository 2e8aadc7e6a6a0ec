using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Graph;

/// <summary>The half of a round that makes every node's message, from the states at the round's beginning.</summary>
internal interface IGraphMessage<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Without the prefix <c>message.</c></summary>
    ParameterSet<T> Parameters { get; }

    /// <summary>Elements of workspace that backward runs need.</summary>
    int WorkspaceLength { get; }

    /// <summary>Copies the parameters' values into the form that the kernels read.</summary>
    void Pack();

    /// <summary>Makes what gradients are collected in beside those of the parameters.</summary>
    void AllocateGradients();

    /// <summary>What is the same in all rounds.</summary>
    void Begin(GraphNetPlan plan, ReadOnlySpan<T> edge, GraphNetTape<T> tape);

    /// <summary>Writes <see cref="GraphNetTape{T}.MessageOf"/> a round.</summary>
    void Forward(GraphNetPlan plan, GraphNetTape<T> tape, int round);

    /// <summary>Prepares the way back.</summary>
    void BeginBackward(GraphNetPlan plan, GraphNetTape<T> tape);

    /// <summary>Adds to <see cref="GraphNetTape{T}.StateGradient"/> what comes by way of the message, whose gradient is used up.</summary>
    void Backward(GraphNetPlan plan, GraphNetTape<T> tape, int round);

    /// <summary>What is the same in all rounds: the gradient of the edges' features,
    /// and the parameters' where the rounds have collected them elsewhere.</summary>
    void EndBackward(GraphNetPlan plan, Span<T> edgeGradient, GraphNetTape<T> tape);
}
