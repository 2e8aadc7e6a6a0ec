using FastRecurrent.Graph;

namespace FastRecurrent.Models;

/// <summary>The shape and the loss of an <see cref="AgcNetwork{T}"/>.</summary>
public sealed record AgcNetworkOptions
{
    /// <summary>Coordinates of a joint, 2 or 3.</summary>
    public required int CoordinateSize { get; init; }

    /// <summary>P, size of the position feature.</summary>
    public required int PositionSize { get; init; }

    /// <summary>E, size of the augmented feature: the hidden size of the LSTM shared by all joints.</summary>
    public required int FeatureSize { get; init; }

    /// <summary>H, hidden size of every AGC-LSTM layer.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Classes.</summary>
    public required int Classes { get; init; }

    /// <summary>AGC-LSTM layers, ≥ 1.</summary>
    public int Layers { get; init; } = 3;

    /// <summary>S, the attention size of every layer; 0 for a network without attention, which has no local classifier either.</summary>
    public int AttentionSize { get; init; }

    /// <summary>The pooling between two layers.</summary>
    public TemporalPooling Pooling { get; init; } = new();

    /// <summary>λ ≥ 0, how much each joint shall be attended to at some time.</summary>
    public double Lambda { get; init; } = 0.01;

    /// <summary>β ≥ 0, how few joints shall be attended to at a time.</summary>
    public double Beta { get; init; } = 0.001;
}
