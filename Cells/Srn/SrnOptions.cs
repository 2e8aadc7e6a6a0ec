using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>How a simple recurrent cell treats its old state.</summary>
public enum SrnRecurrence
{
    /// <summary>h = f(W x + U h⁻ + b) (Elman 1990).</summary>
    Elman,

    /// <summary>h = h⁻ + f(W x + U h⁻ + b).</summary>
    Residual,

    /// <summary>h = h⁻ + f(W x + b); there is no U.</summary>
    ResidualInput,
}

/// <summary>The shape and the variant of a simple recurrent network.</summary>
public sealed record SrnOptions
{
    /// <summary>D, size of x.</summary>
    public required int InputSize { get; init; }

    /// <summary>H, size of h.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Stacked layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether a second set of cells runs from the end to the start.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>f.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Elman's recurrence or a residual one.</summary>
    public SrnRecurrence Recurrence { get; init; } = SrnRecurrence.Elman;
}
