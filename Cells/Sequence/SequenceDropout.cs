using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>What a training run leaves out at random. Values kept are scaled by 1/(1 − rate); the same seed leaves out the same ones.</summary>
/// <remarks>
/// Each choice is a function of the seed, the layer, the sequence's number in the batch and the unit, so it does not depend on the other
/// sequences of a batch. For DropConnect on the recurrent weights see <see cref="RecurrentNetwork{T}.DropWeights"/>.
/// </remarks>
public readonly record struct SequenceDropout
{
    /// <summary>Rate on the inputs of every layer, the same units at every step of a sequence (variational, Gal and Ghahramani 2016).</summary>
    public double Input { get; init; }

    /// <summary>Rate on h⁻ where it enters a product, the same units at every step of a sequence; what a cell carries over itself is kept whole.</summary>
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

/// <summary>Random choices as a function of their place: nothing to store, nothing that depends on order.</summary>
internal static class DropoutMask
{
    public const int InputPurpose = 1, BetweenPurpose = 2, StatePurpose = 3, WeightPurpose = 4, LayerPurpose = 5, AttentionPurpose = 6;

    /// <summary>Throws unless 0 ≤ rate &lt; 1.</summary>
    public static void CheckRate(double rate, string name = "rate")
    {
        if (!(rate >= 0 && rate < 1))
        {
            throw new ArgumentOutOfRangeException(name, rate, "A dropout rate lies in 0 ≤ rate < 1.");
        }
    }

    /// <summary>Multiplies a row by its mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T>(Span<T> row, double rate, int seed, int purpose, int layer, int sequence, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ulong key = Mix(Mix(Mix((uint)seed, (uint)purpose), (uint)layer), (((ulong)(uint)sequence) << 32) | (uint)step);
        T scale = Scalar.From<T>(1 / (1 - rate));
        ulong threshold = (ulong)(rate * (1UL << 53));
        for (int unit = 0; unit < row.Length; unit++)
        {
            row[unit] = Mix(key, (uint)unit) >> 11 < threshold ? T.Zero : row[unit] * scale;
        }
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood 2014) over both numbers.</summary>
    private static ulong Mix(ulong key, ulong value)
    {
        ulong z = key + (value + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
