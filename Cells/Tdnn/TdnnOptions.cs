using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The shape of a layer with a delay line.</summary>
public sealed record TdnnOptions
{
    /// <summary>In, size of x.</summary>
    public required int InputSize { get; init; }

    /// <summary>Out, size of y.</summary>
    public required int OutputSize { get; init; }

    /// <summary>K ≥ 0, delays: the layer sees K + 1 samples.</summary>
    public required int Delays { get; init; }

    /// <summary>Samples from one delay to the next, ≥ 1.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>f.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;
}
