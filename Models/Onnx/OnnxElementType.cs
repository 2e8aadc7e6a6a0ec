namespace FastRecurrent.Models;

/// <summary>The element types of ONNX tensors that can be read; values as in the format.</summary>
public enum OnnxElementType
{
    /// <summary>Not given.</summary>
    Undefined = 0,

    /// <summary>32-bit float.</summary>
    Float = 1,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 6,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 7,

    /// <summary>16-bit float, IEEE 754 half.</summary>
    Float16 = 10,

    /// <summary>64-bit float.</summary>
    Double = 11,

    /// <summary>16-bit float, the upper half of a 32-bit one.</summary>
    BFloat16 = 16,
}

/// <summary>Sizes of <see cref="OnnxElementType"/>.</summary>
internal static class OnnxElementTypes
{
    /// <summary>Bytes of an element, or 0 for a type that cannot be read: such tensors may be in a file,
    /// but nobody can ask for their values.</summary>
    public static int SizeOf(OnnxElementType type) => type switch
    {
        OnnxElementType.Float16 or OnnxElementType.BFloat16 => 2,
        OnnxElementType.Float or OnnxElementType.Int32 => 4,
        OnnxElementType.Double or OnnxElementType.Int64 => 8,
        _ => 0,
    };

    public static bool IsFloat(OnnxElementType type) =>
        type is OnnxElementType.Float or OnnxElementType.Double or OnnxElementType.Float16 or OnnxElementType.BFloat16;
}
