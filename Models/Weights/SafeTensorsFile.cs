using System.Numerics;
using FastRecurrent.Kernels;
using Microsoft.Win32.SafeHandles;

namespace FastRecurrent.Models;

/// <summary>
/// A safetensors file, open for reading: on disk, or bytes that the program already holds. Any number of threads may read at once.
/// </summary>
/// <remarks>
/// <para>The format is that of <see href="https://github.com/huggingface/safetensors"/>: an 8-byte header length, a JSON header,
/// little-endian data. Everything the header claims is checked before it is believed; a file that is cut, lying or hostile gives
/// <see cref="InvalidDataException"/>. Memory grows with the header that is there, never with what it claims.</para>
/// <para>Files on disk are read at the positions asked for, not mapped: a mapped file that another process shortens ends this one.</para>
/// </remarks>
public sealed class SafeTensorsFile : IByteSource, IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly SafeTensorsHeader _header;

    private SafeTensorsFile(SafeFileHandle? handle, ReadOnlyMemory<byte> bytes)
    {
        TensorTypes.RequireLittleEndian();
        _handle = handle;
        _bytes = bytes;
        long length = handle is null ? bytes.Length : RandomAccess.GetLength(handle);
        if (length < SafeTensorsHeader.PrefixLength)
        {
            throw new InvalidDataException(
                $"Offset 0: a safetensors file has at least {SafeTensorsHeader.PrefixLength} bytes, this one has {length}.");
        }

        Span<byte> start = stackalloc byte[OtherFormats.Length];
        start = start[..(int)Math.Min(start.Length, length)];
        Read(0, start);
        byte[] json = new byte[SafeTensorsHeader.CheckLength(start, length)];
        Read(SafeTensorsHeader.PrefixLength, json);
        _header = SafeTensorsHeader.Parse(json, length);
    }

    /// <summary>The header's free text, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>All tensors, in the order of the header.</summary>
    public IReadOnlyList<TensorInfo> Tensors => _header.Tensors;

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidDataException">The file has none of that name; the message lists the nearest that it has.</exception>
    public TensorInfo this[string name] => Find(name) ?? throw Missing(name);

    /// <summary>Opens a file on disk. Only the header is read; tensors are read when they are copied.
    /// Files of any size can be opened.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or reading it is not allowed.</exception>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file; the message names it.</exception>
    public static SafeTensorsFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            return new SafeTensorsFile(handle, default);
        }
        catch (Exception exception)
        {
            handle.Dispose();
            if (exception is InvalidDataException)
            {
                throw new InvalidDataException($"{path}: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Reads a file that is in memory already, for example an embedded resource.</summary>
    /// <param name="bytes">The whole file; it must not change while this object is used.</param>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file.</exception>
    public static SafeTensorsFile Read(ReadOnlyMemory<byte> bytes) => new(null, bytes);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Any readable stream of less than 2 GB.</param>
    /// <exception cref="IOException">The stream cannot be read, or is longer.</exception>
    /// <exception cref="InvalidDataException">It is not a valid safetensors file.</exception>
    public static SafeTensorsFile Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return Read(copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }

    /// <summary>Whether the file has a tensor of a name.</summary>
    public bool Contains(string name) => Find(name) is not null;

    /// <summary>Copies a tensor of floating-point numbers, widened exactly or rounded to the nearest <typeparamref name="T"/>.</summary>
    /// <param name="name">A tensor stored as F64, F32, F16 or BF16.</param>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is another, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo<T>(string name, Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = this[name];
        Require.Length(destination.Length, tensor.ElementCount, nameof(destination), tensor.ToString());
        switch (tensor.Type)
        {
            case TensorType.F64: StoredNumbers.ReadFloats<double, T>(this, tensor.Offset, destination); break;
            case TensorType.F32: StoredNumbers.ReadFloats<float, T>(this, tensor.Offset, destination); break;
            case TensorType.F16: StoredNumbers.ReadFloats<Half, T>(this, tensor.Offset, destination); break;
            case TensorType.BF16: StoredNumbers.ReadBFloat16s(this, tensor.Offset, destination); break;
            default: throw new InvalidDataException($"Tensor {tensor} does not hold F64, F32, F16 or BF16 numbers.");
        }
    }

    /// <summary>Copies a tensor of whole numbers.</summary>
    /// <param name="name">A tensor stored as I64 or I32.</param>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is another, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo(string name, Span<long> destination) => CopyIntegers(name, destination);

    /// <summary>Copies a tensor of whole numbers, each of which must fit an <see cref="int"/>.</summary>
    /// <param name="name">A tensor stored as I64 or I32.</param>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, its type is another, a number is too large,
    /// or the file has become shorter.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo(string name, Span<int> destination) => CopyIntegers(name, destination);

    /// <summary>Copies a tensor of any type as it is stored: little-endian, row-major.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As many bytes as <see cref="TensorInfo.ByteLength"/> says.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyBytesTo(string name, Span<byte> destination)
    {
        TensorInfo tensor = this[name];
        Require.Length(destination.Length, tensor.ByteLength, nameof(destination), $"bytes of {tensor}");
        Read(tensor.Offset, destination);
    }

    /// <summary>Closes the file on disk. What was copied stays; <see cref="Tensors"/> and <see cref="Metadata"/> too.</summary>
    public void Dispose() => _handle?.Dispose();

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Tensors.Count} tensors: {string.Join(", ", Tensors.Take(Quoting.NearNames))}{(Tensors.Count > Quoting.NearNames ? ", …" : "")}";

    private TensorInfo? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _header.Find(name);
    }

    private InvalidDataException Missing(string name) =>
        new($"The file has no tensor '{Quoting.Clip(name)}'; {Quoting.Nearest(name, [.. Tensors.Select(tensor => tensor.Name)])}.");

    private void CopyIntegers<T>(string name, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        TensorInfo tensor = this[name];
        Require.Length(destination.Length, tensor.ElementCount, nameof(destination), tensor.ToString());
        switch (tensor.Type)
        {
            case TensorType.I64: StoredNumbers.ReadIntegers<long, T>(this, tensor.Offset, destination, tensor); break;
            case TensorType.I32: StoredNumbers.ReadIntegers<int, T>(this, tensor.Offset, destination, tensor); break;
            default: throw new InvalidDataException($"Tensor {tensor} does not hold I64 or I32 numbers.");
        }
    }

    void IByteSource.Read(long position, Span<byte> destination) => Read(position, destination);

    private void Read(long position, Span<byte> destination)
    {
        if (_handle is null)
        {
            _bytes.Span.Slice((int)position, destination.Length).CopyTo(destination);
            return;
        }

        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(_handle, destination, position);
            if (count == 0)
            {
                throw new InvalidDataException($"Offset {position}: the file ends here; it has become shorter since it was opened.");
            }

            position += count;
            destination = destination[count..];
        }
    }
}
