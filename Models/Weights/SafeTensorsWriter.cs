using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Collects tensors and writes them as one safetensors file. The same tensors give the same bytes.
/// </summary>
/// <remarks>
/// Data lies in the order in which it was added, after the wider types: every tensor is aligned to its element, as the format recommends.
/// The file appears whole or not at all: it is written under a temporary name and then moved.
/// </remarks>
public sealed class SafeTensorsWriter
{
    private readonly List<(string Name, TensorType Type, long[] Shape, byte[] Data)> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { "__metadata__" };

    /// <summary>Sets a piece of free text in the header.</summary>
    /// <returns>This writer.</returns>
    public SafeTensorsWriter SetMetadata(string key, string value)
    {
        _metadata[key] = value;
        return this;
    }

    /// <summary>Adds floating-point numbers.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="values">The values, row-major; copied.</param>
    /// <param name="type">How they are stored, F64, F32, F16 or BF16; by default as they are.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is taken, the shape does not match, or the type is none of the four.</exception>
    public SafeTensorsWriter Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> values, TensorType? type = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorType stored = type ?? (typeof(T) == typeof(double) ? TensorType.F64 : typeof(T) == typeof(Half) ? TensorType.F16 : TensorType.F32);
        byte[] data = stored switch
        {
            TensorType.F64 => Convert<T, double>(values, value => double.CreateTruncating(value)),
            TensorType.F32 => Convert<T, float>(values, value => float.CreateTruncating(value)),
            TensorType.F16 => Convert<T, Half>(values, value => Half.CreateTruncating(value)),
            TensorType.BF16 => Convert<T, ushort>(values, value => BFloat16.FromSingle(float.CreateTruncating(value))),
            _ => throw new ArgumentException($"Floating-point numbers are stored as F64, F32, F16 or BF16, not as {stored}.", nameof(type)),
        };
        return Add(name, stored, shape, values.Length, data);
    }

    /// <summary>Adds whole numbers, stored as I64.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="values">The values, row-major; copied.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is taken or the shape does not match.</exception>
    public SafeTensorsWriter Add(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values) =>
        Add(name, TensorType.I64, shape, values.Length, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Writes the file to a stream.</summary>
    public void Write(Stream stream)
    {
        (string Name, TensorType Type, long[] Shape, byte[] Data)[] ordered =
            [.. _tensors.OrderByDescending(tensor => TensorTypes.BitsOf(tensor.Type))];
        byte[] header = CreateHeader(ordered);
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach ((_, _, _, byte[] data) in ordered)
        {
            stream.Write(data);
        }
    }

    /// <summary>Writes the file to disk under a temporary name beside <paramref name="path"/>, then moves it there, over any older file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; an older one is untouched.</exception>
    public void Save(string path)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                Write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private SafeTensorsWriter Add(string name, TensorType type, ReadOnlySpan<long> shape, int length, byte[] data)
    {
        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }

        Require.Length(length, count, "values", $"[{string.Join(", ", shape.ToArray())}]");
        if (!_names.Add(name))
        {
            throw new ArgumentException($"The name '{name}' is taken.", nameof(name));
        }

        _tensors.Add((name, type, shape.ToArray(), data));
        return this;
    }

    private byte[] CreateHeader(ReadOnlySpan<(string Name, TensorType Type, long[] Shape, byte[] Data)> tensors)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in _metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long position = 0;
            foreach ((string name, TensorType type, long[] shape, byte[] data) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", TensorTypes.NameOf(type));
                WriteNumbers(json, "shape", shape);
                WriteNumbers(json, "data_offsets", [position, position + data.Length]);
                json.WriteEndObject();
                position += data.Length;
            }

            json.WriteEndObject();
        }

        byte[] header = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static byte[] Convert<T, TStored>(ReadOnlySpan<T> values, Func<T, TStored> convert)
        where TStored : unmanaged
    {
        TStored[] stored = new TStored[values.Length];
        for (int i = 0; i < stored.Length; i++)
        {
            stored[i] = convert(values[i]);
        }

        return MemoryMarshal.AsBytes(stored.AsSpan()).ToArray();
    }
}
