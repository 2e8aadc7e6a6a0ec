using System.Buffers.Binary;
using System.Text;

namespace FastRecurrent.Samples.Common;

/// <summary>Whole numbers from a file of NumPy's, version 1, in whatever type they stand there.</summary>
public static class NumpyArray
{
    /// <summary>Reads it.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public static int[] Read(Stream stream, string name)
    {
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        ReadOnlySpan<byte> bytes = copy.GetBuffer().AsSpan(0, (int)copy.Length);
        if (bytes is not [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, _, _, _, ..])
        {
            throw new InvalidDataException($"{name} is no array of NumPy's, version 1.");
        }

        int start = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        string header = Encoding.ASCII.GetString(bytes[10..start]);
        string type = new[] { "<i4", "<i8", "<f8" }.FirstOrDefault(type => header.Contains($"'{type}'"))
            ?? throw new InvalidDataException($"{name} is no array of integers or doubles: {header.Trim()}");
        int size = type[2] - '0';
        int[] values = new int[(bytes.Length - start) / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> value = bytes[(start + i * size)..];
            values[i] = checked(type switch
            {
                "<i4" => BinaryPrimitives.ReadInt32LittleEndian(value),
                "<i8" => (int)BinaryPrimitives.ReadInt64LittleEndian(value),
                _ => (int)BinaryPrimitives.ReadDoubleLittleEndian(value),
            });
        }

        return values;
    }
}
