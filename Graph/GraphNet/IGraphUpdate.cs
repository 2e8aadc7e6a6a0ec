using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Graph;

/// <summary>The half of a round that makes the new states from the old ones and the messages.</summary>
internal interface IGraphUpdate<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Without the prefix <c>update.</c></summary>
    ParameterSet<T> Parameters { get; }

    /// <summary>Elements of workspace that backward runs need.</summary>
    int WorkspaceLength { get; }

    /// <summary>Copies the parameters' values into the form that the kernels read.</summary>
    void Pack();

    /// <summary>Writes <see cref="GraphNetTape{T}.StateOf"/> the next round.</summary>
    void Forward(GraphNetTape<T> tape, int round);

    /// <summary>
    /// Turns <see cref="GraphNetTape{T}.StateGradient"/> from the new states' into the old ones', but for what comes by way of the message,
    /// and writes <see cref="GraphNetTape{T}.MessageGradient"/>.
    /// </summary>
    void Backward(GraphNetTape<T> tape, int round);

    /// <summary>The parameters' gradients that are computed for all rounds at once.</summary>
    void EndBackward(GraphNetTape<T> tape);
}
