using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The shape of a Jordan network.</summary>
public sealed record JordanOptions
{
    /// <summary>D, size of x.</summary>
    public required int InputSize { get; init; }

    /// <summary>H, size of the hidden layer.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>O, size of y, which recurs.</summary>
    public required int OutputSize { get; init; }

    /// <summary>f.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>g.</summary>
    public Activation OutputActivation { get; init; } = Activation.Identity;
}
