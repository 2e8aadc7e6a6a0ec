namespace FastRecurrent.Models;

/// <summary>The element types of the safetensors format.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>4-bit float, two in a byte.</summary>
    F4,

    /// <summary>6-bit float, 2 bits of exponent.</summary>
    F6E2M3,

    /// <summary>6-bit float, 3 bits of exponent.</summary>
    F6E3M2,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit float, 5 bits of exponent.</summary>
    F8E5M2,

    /// <summary>8-bit float, 4 bits of exponent.</summary>
    F8E4M3,

    /// <summary>8-bit scale, exponent only.</summary>
    F8E8M0,

    /// <summary>8-bit float, 4 bits of exponent, without infinities and negative zero.</summary>
    F8E4M3Fnuz,

    /// <summary>8-bit float, 5 bits of exponent, without infinities and negative zero.</summary>
    F8E5M2Fnuz,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>16-bit float, IEEE 754 half.</summary>
    F16,

    /// <summary>16-bit float, the upper half of a 32-bit one.</summary>
    BF16,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>Complex number of two 32-bit floats.</summary>
    C64,

    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>64-bit unsigned integer.</summary>
    U64,
}

/// <summary>Names and sizes of <see cref="TensorType"/>.</summary>
internal static class TensorTypes
{
    private static readonly (TensorType Type, string Name, int Bits)[] _all =
    [
        (TensorType.Bool, "BOOL", 8), (TensorType.F4, "F4", 4), (TensorType.F6E2M3, "F6_E2M3", 6), (TensorType.F6E3M2, "F6_E3M2", 6),
        (TensorType.U8, "U8", 8), (TensorType.I8, "I8", 8), (TensorType.F8E5M2, "F8_E5M2", 8), (TensorType.F8E4M3, "F8_E4M3", 8),
        (TensorType.F8E8M0, "F8_E8M0", 8), (TensorType.F8E4M3Fnuz, "F8_E4M3FNUZ", 8), (TensorType.F8E5M2Fnuz, "F8_E5M2FNUZ", 8),
        (TensorType.I16, "I16", 16), (TensorType.U16, "U16", 16), (TensorType.F16, "F16", 16),
        (TensorType.BF16, "BF16", 16), (TensorType.I32, "I32", 32), (TensorType.U32, "U32", 32), (TensorType.F32, "F32", 32),
        (TensorType.C64, "C64", 64), (TensorType.F64, "F64", 64), (TensorType.I64, "I64", 64), (TensorType.U64, "U64", 64),
    ];

    /// <summary>Bytes are taken over as they are, which is right where numbers are little-endian,
    /// as on everything .NET commonly runs on.</summary>
    public static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("safetensors files are read and written on little-endian machines only.");
        }
    }

    public static bool TryParse(string? name, out TensorType type)
    {
        foreach ((TensorType candidate, string text, _) in _all)
        {
            if (text == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }

    public static string NameOf(TensorType type) => _all[(int)type].Name;

    public static int BitsOf(TensorType type) => _all[(int)type].Bits;
}
