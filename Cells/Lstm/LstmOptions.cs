namespace FastRecurrent.Cells;

/// <summary>What becomes of the old cell state of an LSTM.</summary>
public enum ForgetGate
{
    /// <summary>A gate of its own, f = σ(…): gate rows i, f, g, o.</summary>
    Standard,

    /// <summary>Nothing is forgotten, f ≡ 1 (Hochreiter and Schmidhuber 1997): gate rows i, g, o.</summary>
    None,

    /// <summary>f = 1 − i (Greff et al. 2015; ONNX's <c>input_forget</c>): gate rows i, g, o.</summary>
    Coupled,
}

/// <summary>How the gates of an LSTM see its cell state.</summary>
public enum Peephole
{
    /// <summary>They do not.</summary>
    None,

    /// <summary>Each unit sees its own (Gers and Schmidhuber 2000): <c>weight_peephole</c> [3, H], rows i, f, o, or [2,
    /// H], rows i, o.</summary>
    Diagonal,

    /// <summary>Each unit sees all: <c>weight_ch</c> [3H, H], rows i, f, o, or [2H, H], rows i, o.</summary>
    Full,
}

/// <summary>The shape and the variant of an LSTM.</summary>
public sealed record LstmOptions
{
    /// <summary>D, size of x.</summary>
    public required int InputSize { get; init; }

    /// <summary>H, size of c, and of h unless there is a projection.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Stacked layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether a second set of cells runs from the end to the start.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>The forget gate.</summary>
    public ForgetGate Forget { get; init; } = ForgetGate.Standard;

    /// <summary>The gates' view of the cell state.</summary>
    public Peephole Peephole { get; init; } = Peephole.None;

    /// <summary>P, size of h = W_hr (o ⊙ tanh c) (PyTorch's <c>proj_size</c>); 0 for no projection.</summary>
    public int ProjectionSize { get; init; }

    /// <summary>Gates with rows in the weights: 4, or 3 without a forget gate of its own.</summary>
    internal int Gates => Forget == ForgetGate.Standard ? 4 : 3;

    /// <summary>Gates that a peephole feeds: 3, or 2 without a forget gate of its own.</summary>
    internal int PeepholeGates => Gates - 1;

    /// <summary>Size of h.</summary>
    internal int OutputSize => ProjectionSize > 0 ? ProjectionSize : HiddenSize;
}
