namespace FastRecurrent.Graph;

/// <summary>Sizes and variant of a <see cref="GraphLstm{T}"/>.</summary>
public sealed record GraphLstmOptions
{
    /// <summary>D.</summary>
    public required int InputSize { get; init; }

    /// <summary>H.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Layers, run in turn, each with weights of its own.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether the output gate sees the neighbours' mean, as in the paper.</summary>
    public bool OutputSeesNeighbours { get; init; }

    /// <summary>Whether layer l + 1 sees the features plus the states of layer l; then D = H.</summary>
    public bool Residual { get; init; }
}
