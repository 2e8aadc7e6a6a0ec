namespace FastRecurrent.Cells;

/// <summary>How weights are rounded for inference.</summary>
public enum RoundedWeights
{
    /// <summary>
    /// bfloat16, 8 bits of precision: half the bytes to read. Batches and sequences give the same bits as steps, at the speed of float.
    /// </summary>
    BFloat16,

    /// <summary>
    /// Whole numbers of 8 bits with a scale a unit and gate; inputs and states are rounded to 8 bits too when they are multiplied. A
    /// quarter of the bytes to read. Batches and sequences give the same bits as steps, a row at a time. At most 16,384 inputs and as many
    /// units.
    /// </summary>
    Int8,
}
