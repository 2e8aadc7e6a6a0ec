using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Along which relations a <see cref="GsLstm{T}"/> runs.</summary>
public enum GsLstmDirection
{
    /// <summary>From parents to children and from elder to younger siblings.</summary>
    Forward,

    /// <summary>From first children to parents and from younger to elder siblings.</summary>
    Backward,

    /// <summary>Both, each with weights of its own.</summary>
    Both,
}

/// <summary>Sizes and variant of a <see cref="GsLstm{T}"/>.</summary>
public sealed record GsLstmOptions
{
    /// <summary>D.</summary>
    public required int InputSize { get; init; }

    /// <summary>H, in one direction.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Along which relations.</summary>
    public GsLstmDirection Direction { get; init; } = GsLstmDirection.Both;

    /// <summary>a, the candidate's function: Identity, as the paper writes it, or Tanh.</summary>
    public Activation Candidate { get; init; } = Activation.Identity;
}
