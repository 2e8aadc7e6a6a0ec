namespace FastRecurrent.Models;

/// <summary>What a safetensors header says of one tensor.</summary>
public sealed class TensorInfo
{
    private readonly long[] _shape;
    private readonly long _dataOffset;

    internal TensorInfo(string name, TensorType type, long[] shape, long elementCount, long begin, long end, long dataOffset)
    {
        Name = name;
        Type = type;
        _shape = shape;
        ElementCount = elementCount;
        Begin = begin;
        End = end;
        _dataOffset = dataOffset;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements as stored.</summary>
    public TensorType Type { get; }

    /// <summary>The sizes, row-major; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Elements, the product of the sizes.</summary>
    public long ElementCount { get; }

    /// <summary>Bytes, as stored.</summary>
    public long ByteLength => End - Begin;

    /// <summary>Offset of the first byte from the beginning of the file.</summary>
    public long Offset => _dataOffset + Begin;

    /// <summary>Offset of the first byte in the data, which follows the header.</summary>
    internal long Begin { get; }

    /// <summary>Offset past the last byte in the data.</summary>
    internal long End { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Quoting.Clip(Name)} {TensorTypes.NameOf(Type)} [{string.Join(", ", _shape)}]";
}
