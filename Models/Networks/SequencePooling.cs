namespace FastRecurrent.Models;

/// <summary>What of a sequence the class is told from.</summary>
public enum SequencePooling
{
    /// <summary>The last layer's state after the last step, of both directions if there are two.</summary>
    LastState,

    /// <summary>The mean of the last layer's states over all steps.</summary>
    MeanState,
}
