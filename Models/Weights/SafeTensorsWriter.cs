using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Collects tensors and writes them as one safetensors file. The same tensors give the same bytes.
/// </summary>
/// <remarks>
/// Wider types come first and within a type the order is that of adding: every tensor is aligned to its element, as the format recommends.
/// The file appears whole or not at all: it is written under a temporary name and then moved.
/// </remarks>
public sealed class SafeTensorsWriter
{
    private const int ChunkBytes = 16384, DirectElements = 1 << 20;

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<Entry> _tensors = [];
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { SafeTensorsHeader.MetadataName };

    /// <summary>Sets a piece of free text in the header.</summary>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">A text is null or has half a surrogate pair.</exception>
    public SafeTensorsWriter SetMetadata(string key, string value)
    {
        RequireText(key, nameof(key));
        RequireText(value, nameof(value));
        _metadata[key] = value;
        return this;
    }

    /// <summary>Adds floating-point numbers.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="values">The values, row-major; copied.</param>
    /// <param name="type">How they are stored, F64, F32, F16 or BF16, rounded to the nearest; by default as they are.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is taken or no text, the shape does not match,
    /// or the type is none of the four.</exception>
    public SafeTensorsWriter Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> values, TensorType? type = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorType stored = type ?? Unsafe.SizeOf<T>() switch { 8 => TensorType.F64, 4 => TensorType.F32, _ => TensorType.F16 };
        if (stored is not (TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16))
        {
            throw new ArgumentException($"Floating-point numbers are stored as F64, F32, F16 or BF16, not as {stored}.", nameof(type));
        }

        Check(name, shape, values.Length);
        T[] copy = values.ToArray();
        return Add(name, stored, shape, copy.Length, stored switch
        {
            TensorType.F64 => stream => WriteAs<T, double>(stream, copy),
            TensorType.F32 => stream => WriteAs<T, float>(stream, copy),
            TensorType.F16 => stream => WriteAs<T, Half>(stream, copy),
            _ => stream => WriteBFloat16s(stream, copy),
        });
    }

    /// <summary>Adds whole numbers, stored as I64.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="values">The values, row-major; copied.</param>
    /// <returns>This writer.</returns>
    /// <exception cref="ArgumentException">The name is taken or no text, or the shape does not match.</exception>
    public SafeTensorsWriter Add(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values)
    {
        Check(name, shape, values.Length);
        long[] copy = values.ToArray();
        return Add(name, TensorType.I64, shape, copy.Length, stream => WriteAs<long, long>(stream, copy));
    }

    /// <summary>Writes the file to a stream.</summary>
    /// <exception cref="InvalidOperationException">The header would be longer than the format allows, 100 MB;
    /// nothing is written.</exception>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        TensorTypes.RequireLittleEndian();
        Entry[] ordered = [.. _tensors.OrderByDescending(tensor => TensorTypes.BitsOf(tensor.Type))];
        byte[] header = CreateHeader(ordered);
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (Entry tensor in ordered)
        {
            tensor.WriteData(stream);
        }
    }

    /// <summary>Writes the file to disk under a temporary name beside <paramref name="path"/>, then moves it there,
    /// over any older file.</summary>
    /// <param name="path">The file; of a link, the file that it leads to.</param>
    /// <exception cref="IOException">The file cannot be written, or is a folder; an older one is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing there is not allowed; an older file is untouched.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        path = TargetOf(path);
        string temporary = TemporaryBeside(path);
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

    /// <summary>Throws what <see cref="Save"/> would throw of a path, before there is anything to be saved.</summary>
    internal static void CheckWritable(string path)
    {
        path = TargetOf(path);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder.");
        }

        new FileStream(TemporaryBeside(path), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
    }

    private static string TargetOf(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;

    /// <summary>A name that is short, since a file's may be as long as the system allows.</summary>
    private static string TemporaryBeside(string path) =>
        Path.Join(Path.GetDirectoryName(path), $".{Path.GetRandomFileName()}.tmp");

    /// <inheritdoc/>
    public override string ToString() =>
        $"{_tensors.Count} tensor{(_tensors.Count == 1 ? "" : "s")}: "
            + $"{string.Join(", ", _tensors.Take(Quoting.NearNames))}{(_tensors.Count > Quoting.NearNames ? ", …" : "")}";

    private static void RequireText(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        try
        {
            _strict.GetByteCount(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new ArgumentException($"'{Quoting.Clip(text)}' has half a surrogate pair and cannot be stored.", parameter, exception);
        }
    }

    private void Check(string name, ReadOnlySpan<long> shape, int length)
    {
        RequireText(name, nameof(name));
        if (_names.Contains(name))
        {
            throw new ArgumentException($"The name '{Quoting.Clip(name)}' is taken.", nameof(name));
        }

        Int128 count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count *= size;
            if (count > long.MaxValue)
            {
                throw new ArgumentOutOfRangeException(nameof(shape), $"[{string.Join(", ", shape.ToArray())}] is too large for any file.");
            }
        }

        Require.Length(length, (long)count, "values", $"[{string.Join(", ", shape.ToArray())}]");
    }

    private SafeTensorsWriter Add(string name, TensorType type, ReadOnlySpan<long> shape, int length, Action<Stream> writeData)
    {
        _names.Add(name);
        _tensors.Add(new Entry(name, type, shape.ToArray(), (long)length * TensorTypes.BitsOf(type) / 8, writeData));
        return this;
    }

    private byte[] CreateHeader(ReadOnlySpan<Entry> tensors)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject(SafeTensorsHeader.MetadataName);
                foreach ((string key, string value) in _metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long position = 0;
            foreach ((string name, TensorType type, long[] shape, long byteLength, _) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", TensorTypes.NameOf(type));
                WriteNumbers(json, "shape", shape);
                WriteNumbers(json, "data_offsets", [position, position + byteLength]);
                json.WriteEndObject();
                position += byteLength;
            }

            json.WriteEndObject();
        }

        if (buffer.WrittenCount + 7 > SafeTensorsHeader.MaxLength)
        {
            throw new InvalidOperationException(
                $"The header takes {buffer.WrittenCount} bytes; the format allows {SafeTensorsHeader.MaxLength}.");
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

    private static void WriteAs<T, TStored>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged, INumberBase<T>
        where TStored : unmanaged, INumberBase<TStored>
    {
        bool same = typeof(T) == typeof(TStored);
        Span<TStored> chunk = stackalloc TStored[ChunkBytes / Unsafe.SizeOf<TStored>()];
        while (values.Length > 0)
        {
            int count = Math.Min(same ? DirectElements : chunk.Length, values.Length);
            if (same)
            {
                stream.Write(MemoryMarshal.AsBytes(values[..count]));
            }
            else
            {
                for (int i = 0; i < count; i++)
                {
                    chunk[i] = TStored.CreateTruncating(values[i]);
                }

                stream.Write(MemoryMarshal.AsBytes(chunk[..count]));
            }

            values = values[count..];
        }
    }

    private static void WriteBFloat16s<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<ushort> chunk = stackalloc ushort[ChunkBytes / sizeof(ushort)];
        while (values.Length > 0)
        {
            Span<ushort> part = chunk[..Math.Min(chunk.Length, values.Length)];
            for (int i = 0; i < part.Length; i++)
            {
                part[i] = BFloat16.FromDouble(double.CreateTruncating(values[i]));
            }

            stream.Write(MemoryMarshal.AsBytes(part));
            values = values[part.Length..];
        }
    }

    /// <summary>A tensor to be written. Values stay in their own type until then: a tensor may be larger than an array of bytes.</summary>
    private sealed record Entry(string Name, TensorType Type, long[] Shape, long ByteLength, Action<Stream> WriteData)
    {
        public override string ToString() => $"{Quoting.Clip(Name)} {TensorTypes.NameOf(Type)} [{string.Join(", ", Shape)}]";
    }
}
