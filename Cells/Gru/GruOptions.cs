namespace FastRecurrent.Cells;

/// <summary>Where the reset gate of a GRU acts.</summary>
public enum ResetGate
{
    /// <summary>On the product: n = tanh(W_n x + b_in + r ⊙ (U_n h⁻ + b_hn)). PyTorch, cuDNN,
    /// ONNX with <c>linear_before_reset</c>.</summary>
    After,

    /// <summary>On the state: n = tanh(W_n x + b_in + U_n (r ⊙ h⁻) + b_hn). Cho et al. 2014, ONNX's default.</summary>
    Before,
}

/// <summary>What z close to 1 means.</summary>
public enum UpdateGate
{
    /// <summary>The state is kept: h = z ⊙ h⁻ + (1 − z) ⊙ n. PyTorch.</summary>
    Keeps,

    /// <summary>The new value is taken: h = (1 − z) ⊙ h⁻ + z ⊙ n. Cho et al. 2014 as usually taught,
    /// hierarchical attention networks.</summary>
    Takes,
}

/// <summary>The shape and the convention of a GRU.</summary>
public sealed record GruOptions
{
    /// <summary>D, size of x.</summary>
    public required int InputSize { get; init; }

    /// <summary>H, size of h.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Stacked layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether a second set of cells runs from the end to the start.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Where the reset gate acts.</summary>
    public ResetGate Reset { get; init; } = ResetGate.After;

    /// <summary>What the update gate means.</summary>
    public UpdateGate Update { get; init; } = UpdateGate.Keeps;
}
