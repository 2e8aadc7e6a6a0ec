namespace FastRecurrent.Kernels;

/// <summary>
/// How often weights should lie in memory if they are read again and again: on Zen 5 a second or third copy, read in turns with the first,
/// makes small sets of weights up to a third faster to read.
/// </summary>
/// <remarks>
/// Such a core reads its L2 of 1 MB at 45 bytes a cycle as long as everything that it reads between two readings of the same line adds up
/// to less than about half of that cache, and at 60 bytes if it is more: 256 KB over and over 176 GB/s, two copies of them in turns 228 to
/// 239, three of 192 KB 235, four of 128 KB 234 (a loop of nothing but loads; docs/performance.md). The processor takes some twenty rounds
/// to become slow, whatever lies in the cache beside. Other processors have not been measured and get one copy.
/// </remarks>
internal static class WeightCopies
{
    /// <summary>Copies cost memory and room in L2: weights that would need more are left as they are.</summary>
    public const int Most = 4;

    private const long EnoughBytes = 448 * 1024;

    /// <summary>The copies to read in turns, 1 to <see cref="Most"/>.</summary>
    /// <param name="bytes">Bytes of the weights.</param>
    /// <param name="otherBytes">Bytes of what else is read every time.</param>
    public static int Count(long bytes, long otherBytes) => Processor.IsZen5 ? CountOnZen5(bytes, otherBytes) : 1;

    /// <summary>The same on a processor that they help.</summary>
    public static int CountOnZen5(long bytes, long otherBytes)
    {
        long copies = bytes == 0 ? 1 : (EnoughBytes - otherBytes + bytes - 1) / bytes;
        return copies is > 1 and <= Most ? (int)copies : 1;
    }
}
