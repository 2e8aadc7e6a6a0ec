namespace FastRecurrent.Graph;

/// <summary>The shape of an <see cref="AgcLstm{T}"/>.</summary>
public sealed record AgcLstmOptions
{
    /// <summary>D ≥ 1, size of a joint's x.</summary>
    public required int InputSize { get; init; }

    /// <summary>H ≥ 1, size of a joint's h and c.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>S, size of the space in which attention compares; 0 for a layer without attention.</summary>
    public int AttentionSize { get; init; }

    /// <summary>Whether joints are attended to.</summary>
    public bool HasAttention => AttentionSize > 0;
}
