using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Models;

/// <summary>Bytes that lie in a file or in memory.</summary>
internal interface IByteSource
{
    /// <summary>Fills <paramref name="destination"/> from <paramref name="position"/> on.</summary>
    /// <exception cref="InvalidDataException">The bytes end earlier.</exception>
    void Read(long position, Span<byte> destination);
}

/// <summary>Little-endian numbers of a file, converted piece by piece:
/// they need not be aligned and may be larger than a span of bytes.</summary>
internal static class StoredNumbers
{
    private const int ChunkBytes = 16384, DirectElements = 1 << 20;

    /// <summary>Floating-point numbers, widened exactly or rounded to the nearest.</summary>
    public static void ReadFloats<TStored, T>(IByteSource source, long position, Span<T> destination)
        where TStored : unmanaged, INumberBase<TStored>
        where T : unmanaged, INumberBase<T>
    {
        bool same = typeof(TStored) == typeof(T);
        Span<TStored> chunk = stackalloc TStored[ChunkBytes / Unsafe.SizeOf<TStored>()];
        while (destination.Length > 0)
        {
            int count = Math.Min(same ? DirectElements : chunk.Length, destination.Length);
            if (same)
            {
                source.Read(position, MemoryMarshal.AsBytes(destination[..count]));
            }
            else
            {
                source.Read(position, MemoryMarshal.AsBytes(chunk[..count]));
                for (int i = 0; i < count; i++)
                {
                    destination[i] = T.CreateTruncating(chunk[i]);
                }
            }

            position += (long)count * Unsafe.SizeOf<TStored>();
            destination = destination[count..];
        }
    }

    /// <summary>bfloat16 numbers, widened.</summary>
    public static void ReadBFloat16s<T>(IByteSource source, long position, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<ushort> chunk = stackalloc ushort[ChunkBytes / sizeof(ushort)];
        for (int done = 0; done < destination.Length; done += chunk.Length)
        {
            Span<ushort> part = chunk[..Math.Min(chunk.Length, destination.Length - done)];
            source.Read(position + (long)done * sizeof(ushort), MemoryMarshal.AsBytes(part));
            for (int i = 0; i < part.Length; i++)
            {
                destination[done + i] = T.CreateTruncating(BFloat16.ToSingle(part[i]));
            }
        }
    }

    /// <summary>Whole numbers.</summary>
    /// <exception cref="InvalidDataException">One does not fit; the message calls the tensor <paramref name="tensor"/>.</exception>
    public static void ReadIntegers<TStored, T>(IByteSource source, long position, Span<T> destination, object tensor)
        where TStored : unmanaged, IBinaryInteger<TStored>
        where T : unmanaged, IBinaryInteger<T>
    {
        Span<TStored> chunk = stackalloc TStored[ChunkBytes / Unsafe.SizeOf<TStored>()];
        for (int done = 0; done < destination.Length; done += chunk.Length)
        {
            Span<TStored> part = chunk[..Math.Min(chunk.Length, destination.Length - done)];
            source.Read(position + (long)done * Unsafe.SizeOf<TStored>(), MemoryMarshal.AsBytes(part));
            for (int i = 0; i < part.Length; i++)
            {
                destination[done + i] = Convert<TStored, T>(part[i], done + i, tensor);
            }
        }
    }

    /// <summary>One whole number.</summary>
    public static T Convert<TStored, T>(TStored stored, int index, object tensor)
        where TStored : unmanaged, IBinaryInteger<TStored>
        where T : unmanaged, IBinaryInteger<T>
    {
        T value = T.CreateTruncating(stored);
        return TStored.CreateTruncating(value) == stored
            ? value
            : throw new InvalidDataException(
                $"Tensor {tensor}: element {index} is {stored}, which does not fit {Unsafe.SizeOf<T>() * 8} bits.");
    }
}
