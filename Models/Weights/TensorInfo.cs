namespace FastRecurrent.Models;

/// <summary>What a safetensors header says of one tensor.</summary>
public sealed class TensorInfo
{
    private readonly long[] _shape;

    internal TensorInfo(string name, TensorType type, long[] shape, long elementCount, long begin, long end)
    {
        Name = name;
        Type = type;
        _shape = shape;
        ElementCount = elementCount;
        Begin = begin;
        End = end;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of the elements as stored.</summary>
    public TensorType Type { get; }

    /// <summary>The sizes, row-major; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Elements, the product of the sizes.</summary>
    public long ElementCount { get; }

    /// <summary>Offset of the first byte in the data.</summary>
    internal long Begin { get; }

    /// <summary>Offset past the last byte in the data.</summary>
    internal long End { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {TensorTypes.NameOf(Type)} [{string.Join(", ", _shape)}]";
}
