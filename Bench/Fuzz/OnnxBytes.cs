using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>ONNX models as bytes, written without the reader's schema: field numbers stand here a second time,
/// from the public specification.</summary>
internal sealed class OnnxBytes
{
    public const int Float = 1, Int32 = 6, Int64 = 7, Float16 = 10, Double = 11, BFloat16 = 16;

    private readonly MemoryStream _stream = new();

    public byte[] ToArray() => _stream.ToArray();

    public OnnxBytes Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public OnnxBytes Single(int field, float value)
    {
        Varint((ulong)field << 3 | 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _stream.Write(bytes);
        return this;
    }

    public OnnxBytes Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)bytes.Length);
        _stream.Write(bytes);
        return this;
    }

    public OnnxBytes Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public OnnxBytes Messages(int field, params IEnumerable<byte[]> messages)
    {
        foreach (byte[] message in messages)
        {
            Bytes(field, message);
        }

        return this;
    }

    public OnnxBytes Packed(int field, params IEnumerable<long> numbers)
    {
        OnnxBytes inner = new();
        foreach (long number in numbers)
        {
            inner.Varint((ulong)number);
        }

        return Bytes(field, inner.ToArray());
    }

    /// <summary>A model; the graph comes last, so that every cut is a cut of the graph.</summary>
    public static byte[] Model(byte[] graph) => new OnnxBytes()
        .Number(1, 8).Text(2, "tests").Text(3, "1").Bytes(8, new OnnxBytes().Text(1, "").Number(2, 16).ToArray()).Bytes(7, graph).ToArray();

    public static byte[] Graph(IEnumerable<byte[]> nodes, IEnumerable<byte[]> tensors, IEnumerable<byte[]>? inputs = null,
        IEnumerable<byte[]>? outputs = null) =>
        new OnnxBytes().Messages(1, nodes).Text(2, "graph").Messages(5, tensors).Messages(11, inputs ?? [])
        .Messages(12, outputs ?? []).ToArray();

    public static byte[] Value(string name, int type, params long[] shape) => new OnnxBytes().Text(1, name).Bytes(2, new OnnxBytes().Bytes(
        1,
        new OnnxBytes().Number(1, type)
        .Bytes(2, new OnnxBytes().Messages(1, shape.Select(size => new OnnxBytes().Number(1, size).ToArray())).ToArray()).ToArray())
        .ToArray()).ToArray();

    public static byte[] Node(string op, string name, string[] inputs, string[] outputs, params byte[][] attributes)
    {
        OnnxBytes node = new();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        foreach (string output in outputs)
        {
            node.Text(2, output);
        }

        return node.Text(3, name).Text(4, op).Messages(5, attributes).ToArray();
    }

    public static byte[] Attribute(string name, long value) => new OnnxBytes().Text(1, name).Number(3, value).Number(20, 2).ToArray();

    public static byte[] Attribute(string name, float value) => new OnnxBytes().Text(1, name).Single(2, value).Number(20, 1).ToArray();

    public static byte[] Attribute(string name, string value) => new OnnxBytes().Text(1, name).Text(4, value).Number(20, 3).ToArray();

    public static byte[] Attribute(string name, long[] values) => new OnnxBytes().Text(1, name).Packed(8, values).Number(20, 7).ToArray();

    public static byte[] Attribute(string name, float[] values) =>
        new OnnxBytes().Text(1, name).Bytes(7, MemoryMarshal.AsBytes<float>(values)).Number(20, 6).ToArray();

    public static byte[] Attribute(string name, string[] values) =>
        new OnnxBytes().Text(1, name).Messages(9, values.Select(Encoding.UTF8.GetBytes)).Number(20, 8).ToArray();

    public static byte[] TensorAttribute(string name, byte[] tensor) =>
        new OnnxBytes().Text(1, name).Bytes(5, tensor).Number(20, 4).ToArray();

    public static byte[] GraphAttribute(string name, byte[] graph) => new OnnxBytes().Text(1, name).Bytes(6, graph).Number(20, 5).ToArray();

    /// <summary>A tensor with raw data.</summary>
    public static byte[] Tensor<T>(string name, int type, long[] shape, ReadOnlySpan<T> values)
        where T : unmanaged =>
        new OnnxBytes().Packed(1, shape).Number(2, type).Text(8, name).Bytes(9, MemoryMarshal.AsBytes(values)).ToArray();

    public static byte[] Tensor(string name, long[] shape, float[] values) => Tensor<float>(name, Float, shape, values);

    /// <summary>A tensor with numbers in the field of its type.</summary>
    public static byte[] TypedTensor<T>(string name, int type, long[] shape, T[] values)
        where T : unmanaged
    {
        OnnxBytes tensor = new OnnxBytes().Packed(1, shape).Number(2, type);
        _ = type switch
        {
            Float => tensor.Bytes(4, MemoryMarshal.AsBytes<T>(values)),
            Double => tensor.Bytes(10, MemoryMarshal.AsBytes<T>(values)),
            _ => tensor.Packed(type == Int64 ? 7 : 5, values.Select(value => Convert.ToInt64(value))),
        };
        return tensor.Text(8, name).ToArray();
    }

    /// <summary>A tensor whose numbers lie in another file.</summary>
    public static byte[] ExternalTensor(string name, int type, long[] shape, params (string Key, string Value)[] entries) => new OnnxBytes()
        .Packed(1, shape).Number(2, type).Text(8, name).Number(14, 1)
        .Messages(13, entries.Select(entry => new OnnxBytes().Text(1, entry.Key).Text(2, entry.Value).ToArray())).ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _stream.WriteByte((byte)(value | 0x80));
        }

        _stream.WriteByte((byte)value);
    }
}
