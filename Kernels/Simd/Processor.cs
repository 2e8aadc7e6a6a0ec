using System.Runtime.Intrinsics.X86;

namespace FastRecurrent.Kernels;

/// <summary>What kernels ask about the processor beyond its instructions.</summary>
internal static class Processor
{
    private const int AuthenticAmd = 0x68747541; // "Auth", of the vendor's name
    private const int CachesOfAmd = unchecked((int)0x8000001D), Caches = 4, FirstDataCache = 1 << 5 | 1, SecondCache = 2 << 5 | 3;

    /// <summary>Whether it is of AMD's family 1Ah.</summary>
    public static bool IsZen5 { get; } = IsAmd() && Family() == 0x1A;

    /// <summary>Bytes of a core's first data cache; 64 KB, as on most ARM cores, where the processor does not say.</summary>
    public static int FirstCacheBytes { get; } = CacheBytes(FirstDataCache) ?? 64 * 1024;

    /// <summary>Bytes of a core's second cache; 1 MB where the processor does not say.</summary>
    public static int SecondCacheBytes { get; } = CacheBytes(SecondCache) ?? 1024 * 1024;

    private static bool IsAmd() => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == AuthenticAmd;

    private static int Family()
    {
        int version = X86Base.CpuId(1, 0).Eax;
        return ((version >> 8) & 0xF) + ((version >> 20) & 0xFF);
    }

    /// <summary>Both vendors describe their caches alike, one after another, each under a number of its own.</summary>
    private static int? CacheBytes(int wanted)
    {
        if (X86Base.IsSupported)
        {
            int leaf = IsAmd() ? CachesOfAmd : Caches;
            bool exists = (uint)X86Base.CpuId(leaf & int.MinValue, 0).Eax >= (uint)leaf;
            for (int i = 0; exists && i < 8; i++)
            {
                (int kind, int shape, int sets, _) = X86Base.CpuId(leaf, i);
                if ((kind & 0xFF) == wanted)
                {
                    int ways = (int)((uint)shape >> 22) + 1, parts = ((shape >> 12) & 0x3FF) + 1, line = (shape & 0xFFF) + 1;
                    return ways * parts * line * (sets + 1);
                }
            }
        }

        return null;
    }
}
