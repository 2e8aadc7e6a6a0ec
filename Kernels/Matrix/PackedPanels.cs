using System.Numerics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>Addresses in packed panels.</summary>
internal static class PackedPanels
{
    /// <summary>Row 0 of a vector of columns; its neighbours in the panel follow, the next row is a panel's width on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T Vector<TSimd, TVector, T>(ref T panels, int depth, int panelWidth, int vector)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int column = vector * TSimd.Count;
        return ref Unsafe.Add(ref panels, (nint)(column / panelWidth) * depth * panelWidth + column % panelWidth);
    }
}
