using System.Buffers.Binary;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>Changes that know nothing of the format.</summary>
internal static class ByteMutator
{
    /// <summary>Numbers at which sizes, offsets and their products overflow, and their neighbours.</summary>
    private static readonly long[] _edges =
    [
        0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, (1L << 24) - 1, 1L << 30, (1L << 31) - 1, 1L << 31,
        (1L << 31) + 1, (1L << 32) - 1,
        1L << 32, 1L << 40, 3_037_000_500, 1L << 62, long.MaxValue - 1, long.MaxValue, long.MinValue,
    ];

    /// <summary>One of those numbers.</summary>
    public static long Edge(Random random) => _edges[random.Next(_edges.Length)];

    /// <summary>One random change.</summary>
    public static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        int at = random.Next(file.Length + 1), length = random.Next(Math.Min(file.Length - at, 64) + 1);
        switch (random.Next(9))
        {
            case 0: return Write(file, at, [(byte)((at < file.Length ? file[at] : 0) ^ 1 << random.Next(8))]);
            case 1: return Write(file, at, [(byte)random.Next(256)]);
            case 2: return Write(file, at, Number(random));
            case 3: return file[..at];
            case 4: return [.. file[..at], .. file[(at + length)..]];
            case 5: return [.. file[..(at + length)], .. file[at..]];
            case 6: return [.. file[..at], .. Number(random), .. file[at..]];
            case 7: return [.. file[..at], .. Piece(random, other), .. file[at..]];
            default: return Write(file, at, Piece(random, other));
        }
    }

    private static byte[] Number(Random random)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Edge(random));
        return bytes[..(1 << random.Next(4))];
    }

    private static byte[] Piece(Random random, byte[] other)
    {
        int at = random.Next(other.Length + 1);
        return other[at..(at + random.Next(Math.Min(other.Length - at, 64) + 1))];
    }

    /// <summary>Overwrites; what lies past the end is dropped.</summary>
    private static byte[] Write(byte[] file, int at, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = [.. file];
        bytes[..Math.Min(bytes.Length, file.Length - at)].CopyTo(copy.AsSpan(at));
        return copy;
    }
}
