using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

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
