using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// A safetensors file, open for reading: memory-mapped from disk, or over bytes that the program already holds.
/// </summary>
/// <remarks>
/// The format is that of <see href="https://github.com/huggingface/safetensors"/>: an 8-byte header length, a JSON header, little-endian data.
/// Everything the header claims is checked before it is believed; a file that is cut, lying or hostile gives
/// <see cref="InvalidDataException"/>, and no more memory is taken than the file has bytes.
/// </remarks>
public sealed class SafeTensorsFile : IDisposable
{
    private const int ChunkBytes = 16384;

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly SafeTensorsHeader _header;
    private readonly long _dataOffset;
    private readonly Dictionary<string, TensorInfo> _byName;

    private SafeTensorsFile(MemoryMappedFile? file, ReadOnlyMemory<byte> bytes, long length)
    {
        try
        {
            _file = file;
            _view = file?.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _bytes = bytes;
            if (length < SafeTensorsHeader.PrefixLength)
            {
                throw new InvalidDataException($"A safetensors file has at least 8 bytes, this one has {length}.");
            }

            Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
            Read(0, prefix);
            byte[] json = new byte[SafeTensorsHeader.CheckLength(BinaryPrimitives.ReadUInt64LittleEndian(prefix), length)];
            Read(SafeTensorsHeader.PrefixLength, json);
            _dataOffset = SafeTensorsHeader.PrefixLength + json.Length;
            _header = SafeTensorsHeader.Parse(json, length - _dataOffset);
            _byName = _header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The header's free text, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>All tensors, in the order of the header.</summary>
    public IReadOnlyList<TensorInfo> Tensors => _header.Tensors;

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidDataException">The file has none of that name; the message lists some that it has.</exception>
    public TensorInfo this[string name] => _byName.TryGetValue(name, out TensorInfo? tensor)
        ? tensor
        : throw new InvalidDataException($"The file has no tensor '{name}'; it has {Describe()}.");

    /// <summary>Opens a file by mapping it into memory: only what is read is loaded.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length == 0)
        {
            throw new InvalidDataException("A safetensors file has at least 8 bytes, this one has 0.");
        }

        long length = stream.Length;
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
            path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        return new SafeTensorsFile(file, default, length);
    }

    /// <summary>Reads a file that is in memory already, for example an embedded resource.</summary>
    /// <param name="bytes">The whole file; it must not change while this object is used.</param>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file.</exception>
    public static SafeTensorsFile Read(ReadOnlyMemory<byte> bytes) => new(null, bytes, bytes.Length);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Any readable stream.</param>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file.</exception>
    public static SafeTensorsFile Read(Stream stream)
    {
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return Read(copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }

    /// <summary>Whether the file has a tensor of a name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Copies a tensor of floating-point numbers, widened or rounded to <typeparamref name="T"/>.</summary>
    /// <param name="name">A tensor stored as F64, F32, F16 or BF16.</param>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, or its type is another.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo<T>(string name, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = this[name];
        Require.Length(destination.Length, tensor.ElementCount, nameof(destination), tensor.ToString());
        switch (tensor.Type)
        {
            case TensorType.F64: Convert<double, T>(tensor, destination, value => T.CreateTruncating(value)); break;
            case TensorType.F32: Convert<float, T>(tensor, destination, value => T.CreateTruncating(value)); break;
            case TensorType.F16: Convert<Half, T>(tensor, destination, value => T.CreateTruncating(value)); break;
            case TensorType.BF16: Convert<ushort, T>(tensor, destination, bits => T.CreateTruncating(BFloat16.ToSingle(bits))); break;
            default: throw new InvalidDataException($"Tensor {tensor} does not hold F64, F32, F16 or BF16 numbers.");
        }
    }

    /// <summary>Copies a tensor of whole numbers.</summary>
    /// <param name="name">A tensor stored as I64 or I32.</param>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, or its type is another.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo(string name, Span<long> destination)
    {
        TensorInfo tensor = this[name];
        Require.Length(destination.Length, tensor.ElementCount, nameof(destination), tensor.ToString());
        switch (tensor.Type)
        {
            case TensorType.I64: Convert<long, long>(tensor, destination, value => value); break;
            case TensorType.I32: Convert<int, long>(tensor, destination, value => value); break;
            default: throw new InvalidDataException($"Tensor {tensor} does not hold I64 or I32 numbers.");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Tensors.Count} tensors: {Describe()}";

    private string Describe() => string.Join(", ", Tensors.Take(12).Select(tensor => tensor.Name)) + (Tensors.Count > 12 ? ", …" : "");

    /// <summary>Data need not be aligned and may be larger than a span: it is read and converted piece by piece.</summary>
    private void Convert<TStored, T>(TensorInfo tensor, Span<T> destination, Func<TStored, T> convert)
        where TStored : unmanaged
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        Span<TStored> values = MemoryMarshal.Cast<byte, TStored>(chunk);
        long position = _dataOffset + tensor.Begin;
        while (destination.Length > 0)
        {
            Span<TStored> part = values[..Math.Min(values.Length, destination.Length)];
            Span<byte> bytes = MemoryMarshal.AsBytes(part);
            Read(position, bytes);
            for (int i = 0; i < part.Length; i++)
            {
                destination[i] = convert(part[i]);
            }

            position += bytes.Length;
            destination = destination[part.Length..];
        }
    }

    private void Read(long position, Span<byte> destination)
    {
        if (_view is null)
        {
            _bytes.Span.Slice((int)position, destination.Length).CopyTo(destination);
        }
        else
        {
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(_view.PointerOffset + position), destination);
        }
    }
}
