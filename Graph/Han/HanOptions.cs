namespace FastRecurrent.Graph;

/// <summary>The shape of a <see cref="Han{T}"/>.</summary>
public sealed record HanOptions
{
    /// <summary>D of each node type, at least one type.</summary>
    public required IReadOnlyList<int> InputSizes { get; init; }

    /// <summary>K ≥ 1, attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>F ≥ 1, features of a head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Number of meta-paths, ≥ 1.</summary>
    public required int Paths { get; init; }

    /// <summary>S ≥ 1, size of the attention over meta-paths.</summary>
    public required int SemanticSize { get; init; }

    /// <summary>Rate at which a run with a seed leaves out input features.</summary>
    public double InputDropout { get; init; }

    /// <summary>Rate at which a run with a seed leaves out attention coefficients; only for paths whose neighbours are listed.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>K·F, features of a node after the projection and of Z.</summary>
    /// <exception cref="OverflowException">There are more than can be counted.</exception>
    public int OutputSize => checked(Heads * HeadSize);
}
