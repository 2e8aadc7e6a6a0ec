namespace FastRecurrent.Models;

/// <summary>What becomes of the losses of single elements.</summary>
public enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean over all that count, as in PyTorch.</summary>
    Mean,

    /// <summary>The mean over the last axis, then the sum over steps and batch: the loss of a sequence is the sum over its steps.</summary>
    Steps,
}
