using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>What a NARX network sees as its past outputs.</summary>
public enum NarxMode
{
    /// <summary>The true ones, as in training: all steps are computed at once.</summary>
    SeriesParallel,

    /// <summary>Its own, as in forecasting: gradients flow back through them.</summary>
    Parallel,
}

/// <summary>The shape of a NARX network.</summary>
public sealed record NarxOptions
{
    /// <summary>D, size of x; 0 for none.</summary>
    public required int InputSize { get; init; }

    /// <summary>O, size of y.</summary>
    public required int OutputSize { get; init; }

    /// <summary>H, size of the hidden layer.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Kx ≥ 0: x_t … x_{t−Kx} are seen.</summary>
    public required int InputDelays { get; init; }

    /// <summary>Ky ≥ 0: y_{t−1} … y_{t−Ky} are seen.</summary>
    public required int OutputDelays { get; init; }

    /// <summary>f.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Size of what the hidden layer sees.</summary>
    internal int VisibleSize => InputSize * (InputDelays + 1) + OutputSize * OutputDelays;
}
