using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>The magnitude below which values are set to zero.</summary>
internal static class TinyThreshold
{
    /// <summary>In float.</summary>
    public const float Single = 1e-30f;

    /// <summary>In double.</summary>
    public const double Double = 1e-290;

    /// <summary>In <typeparamref name="T"/>, as a double; rounded to <typeparamref name="T"/> it is the same number again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Of<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float) ? Single : Double;
}
