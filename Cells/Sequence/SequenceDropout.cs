namespace FastRecurrent.Cells;

/// <summary>What a training run leaves out at random. Values kept are scaled by 1/(1 − rate);
/// the same seed leaves out the same ones.</summary>
/// <remarks>
/// Each choice is a function of the seed, the layer, the sequence's number in the batch and the unit, so it does not depend on the other
/// sequences of a batch. For DropConnect on the recurrent weights see <see cref="RecurrentNetwork{T}.DropWeights"/>.
/// </remarks>
public readonly record struct SequenceDropout
{
    /// <summary>Rate on the inputs of every layer, the same units at every step of a sequence
    /// (variational, Gal and Ghahramani 2016).</summary>
    public double Input { get; init; }

    /// <summary>Rate on h⁻ where it enters a product, the same units at every step of a sequence;
    /// what a cell carries over itself is kept whole.</summary>
    public double State { get; init; }

    /// <summary>Rate on the inputs of all layers but the first, drawn anew at every step (PyTorch's <c>dropout</c>).</summary>
    public double Between { get; init; }

    /// <summary>Where the choices come from; another one for every run.</summary>
    public int Seed { get; init; }

    internal bool HasInput(int layer) => Input > 0 || (Between > 0 && layer > 0);

    internal void Check()
    {
        DropoutMask.CheckRate(Input, "input.Dropout.Input");
        DropoutMask.CheckRate(State, "input.Dropout.State");
        DropoutMask.CheckRate(Between, "input.Dropout.Between");
    }
}
