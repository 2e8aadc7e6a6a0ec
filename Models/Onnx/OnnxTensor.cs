using System.Numerics;
using FastRecurrent.Kernels;
using FastRecurrent.Models.Onnx;

namespace FastRecurrent.Models;

/// <summary>A constant of an ONNX graph: an initialiser, or the value of a <c>Constant</c> node.</summary>
/// <remarks>
/// Numbers may lie in the model, raw or in a field of their type, or in another file of the model's folder. Those in the model are checked
/// when it is opened, those in another file when they are copied.
/// </remarks>
public sealed class OnnxTensor : IByteSource
{
    /// <summary>More dimensions than any framework has.</summary>
    private const int MaxRank = 64;

    private readonly long[] _shape;
    private readonly TensorProto _proto;
    private readonly OnnxExternalData? _external;

    internal OnnxTensor(string name, TensorProto proto, OnnxFolder? folder)
    {
        Name = name;
        _proto = proto;
        Type = (OnnxElementType)proto.DataType;
        if (proto.Dims.Count > MaxRank)
        {
            throw new InvalidDataException($"Tensor '{Quoting.Clip(name)}' has {proto.Dims.Count} dimensions; {MaxRank} are allowed.");
        }

        _shape = [.. proto.Dims];
        ElementCount = Count();
        if (proto.Segment is not null)
        {
            throw new InvalidDataException($"Tensor {this} is a segment of a larger one, which no version of the format defines.");
        }

        if (proto.DataLocation == 1)
        {
            _external = OnnxExternalData.Parse(this, proto.ExternalData, folder);
        }
        else if (proto.DataLocation != 0)
        {
            throw new InvalidDataException($"Tensor {this} has the unknown data location {proto.DataLocation}.");
        }

        CheckData();
    }

    /// <summary>The name; of a <c>Constant</c> node's value, that of the node's output.</summary>
    public string Name { get; }

    /// <summary>The type of the elements as stored; a value without a name here is a type that cannot be copied.</summary>
    public OnnxElementType Type { get; }

    /// <summary>The sizes, row-major; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Elements, the product of the sizes.</summary>
    public long ElementCount { get; }

    /// <summary>Whether the numbers lie in a file of their own.</summary>
    public bool IsExternal => _external is not null;

    /// <summary>Copies floating-point numbers, widened exactly or rounded to the nearest <typeparamref name="T"/>.</summary>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">The tensor holds other numbers,
    /// or the file beside the model is missing or too short.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo<T>(Span<T> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireFloats();
        Require.Length(destination.Length, ElementCount, nameof(destination), ToString());
        if (IsRaw)
        {
            using OnnxExternalFile? file = _external?.Open(this);
            IByteSource source = file ?? (IByteSource)this;
            long offset = _external?.Offset ?? 0;
            switch (Type)
            {
                case OnnxElementType.Double: StoredNumbers.ReadFloats<double, T>(source, offset, destination); break;
                case OnnxElementType.Float: StoredNumbers.ReadFloats<float, T>(source, offset, destination); break;
                case OnnxElementType.Float16: StoredNumbers.ReadFloats<Half, T>(source, offset, destination); break;
                default: StoredNumbers.ReadBFloat16s(source, offset, destination); break;
            }

            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Type switch
            {
                OnnxElementType.Double => T.CreateTruncating(_proto.DoubleData[i]),
                OnnxElementType.Float => T.CreateTruncating(_proto.FloatData[i]),
                OnnxElementType.Float16 => T.CreateTruncating(BitConverter.UInt16BitsToHalf(Bits(i))),
                _ => T.CreateTruncating(BFloat16.ToSingle(Bits(i))),
            };
        }
    }

    /// <summary>Copies whole numbers.</summary>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">The tensor holds other numbers,
    /// or the file beside the model is missing or too short.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo(Span<long> destination) => CopyIntegers(destination);

    /// <summary>Copies whole numbers, each of which must fit an <see cref="int"/>.</summary>
    /// <param name="destination">As many elements as the tensor has, row-major.</param>
    /// <exception cref="InvalidDataException">The tensor holds other or larger numbers,
    /// or the file beside the model is missing or too short.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has the wrong length.</exception>
    public void CopyTo(Span<int> destination) => CopyIntegers(destination);

    /// <summary>The floating-point numbers, row-major; see <see cref="CopyTo{T}(Span{T})"/>.</summary>
    /// <exception cref="InvalidDataException">The tensor holds other numbers,
    /// or the file beside the model is missing or too short.</exception>
    /// <exception cref="NotSupportedException">It is too large for an array.</exception>
    public T[] ToArray<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RequireFloats();
        T[] values = Allocate<T>();
        CopyTo(values.AsSpan());
        return values;
    }

    /// <summary>The whole numbers, row-major.</summary>
    /// <exception cref="InvalidDataException">The tensor holds other numbers,
    /// or the file beside the model is missing or too short.</exception>
    /// <exception cref="NotSupportedException">It is too large for an array.</exception>
    public long[] ToIntegers()
    {
        RequireIntegers();
        long[] values = Allocate<long>();
        CopyTo(values.AsSpan());
        return values;
    }

    /// <inheritdoc/>
    public override string ToString() => $"'{Quoting.Clip(Name)}' {Type} [{string.Join(", ", _shape)}]";

    void IByteSource.Read(long position, Span<byte> destination) =>
        _proto.RawData.Span.Slice((int)position, destination.Length).CopyTo(destination);

    private bool IsRaw => _external is not null || _proto.HasRawData;

    /// <summary>Elements in the field of the type.</summary>
    private int TypedCount => Type switch
    {
        OnnxElementType.Double => _proto.DoubleData.Count,
        OnnxElementType.Float => _proto.FloatData.Count,
        OnnxElementType.Int64 => _proto.Int64Data.Count,
        _ => _proto.Int32Data.Count,
    };

    private long Count()
    {
        Int128 count = 1;
        foreach (long size in _shape)
        {
            if (size < 0)
            {
                throw new InvalidDataException($"Tensor {this} has a negative size.");
            }

            // Zero stays zero, whatever follows.
            count *= size;
            if (count > long.MaxValue)
            {
                throw new InvalidDataException($"Tensor {this} is too large for any file.");
            }
        }

        return (long)count;
    }

    private void CheckData()
    {
        int size = OnnxElementTypes.SizeOf(Type);
        if (size == 0 || _external is not null)
        {
            return;
        }

        int typed = _proto.DoubleData.Count + _proto.FloatData.Count + _proto.Int64Data.Count + _proto.Int32Data.Count;
        if (_proto.HasRawData ? typed > 0 : typed != TypedCount)
        {
            throw new InvalidDataException($"Tensor {this} has numbers in more than one place.");
        }

        if (_proto.HasRawData ? _proto.RawData.Length != (Int128)ElementCount * size : typed != ElementCount)
        {
            throw new InvalidDataException(
                $"Tensor {this} takes {ElementCount} elements, but "
                + $"{(_proto.HasRawData ? $"{_proto.RawData.Length} bytes" : $"{typed} numbers")} are there.");
        }

        for (int i = 0; size == 2 && i < _proto.Int32Data.Count; i++)
        {
            if ((ushort)_proto.Int32Data[i] != _proto.Int32Data[i])
            {
                throw new InvalidDataException($"Tensor {this}: element {i} is {_proto.Int32Data[i]}, not the 16 bits of a number.");
            }
        }
    }

    private ushort Bits(int i) => (ushort)_proto.Int32Data[i];

    private void RequireFloats()
    {
        if (!OnnxElementTypes.IsFloat(Type))
        {
            throw new InvalidDataException($"Tensor {this} does not hold Float, Double, Float16 or BFloat16 numbers.");
        }
    }

    private void RequireIntegers()
    {
        if (Type is not (OnnxElementType.Int32 or OnnxElementType.Int64))
        {
            throw new InvalidDataException($"Tensor {this} does not hold Int32 or Int64 numbers.");
        }
    }

    /// <summary>Memory for all elements; not before it is certain that they are there.</summary>
    private T[] Allocate<T>()
    {
        _external?.Open(this).Dispose();
        return ElementCount <= Array.MaxLength
            ? new T[ElementCount]
            : throw new NotSupportedException($"Tensor {this} is too large for an array.");
    }

    private void CopyIntegers<T>(Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        RequireIntegers();
        Require.Length(destination.Length, ElementCount, nameof(destination), ToString());
        if (IsRaw)
        {
            using OnnxExternalFile? file = _external?.Open(this);
            IByteSource source = file ?? (IByteSource)this;
            long offset = _external?.Offset ?? 0;
            if (Type == OnnxElementType.Int64)
            {
                StoredNumbers.ReadIntegers<long, T>(source, offset, destination, this);
            }
            else
            {
                StoredNumbers.ReadIntegers<int, T>(source, offset, destination, this);
            }

            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = StoredNumbers.Convert<long, T>(Type == OnnxElementType.Int64
                ? _proto.Int64Data[i]
                : _proto.Int32Data[i], i, this);
        }
    }
}
