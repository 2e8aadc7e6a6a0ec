namespace FastRecurrent.Models;

/// <summary>Conversions of bfloat16, the upper half of a float.</summary>
internal static class BFloat16
{
    public static float ToSingle(ushort bits) => BitConverter.Int32BitsToSingle(bits << 16);

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN.</summary>
    public static ushort FromDouble(double value)
    {
        float single = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(single);
        if (float.IsNaN(single))
        {
            return (ushort)((bits >> 16) | 0x40);
        }

        // Rounded twice, a value just beside a tie would go the wrong way. So the float is cut towards zero and, where something was
        // cut off, made odd: it then lies on the value's side of every tie.
        if (single != value)
        {
            bits = (Math.Abs((double)single) > Math.Abs(value) ? bits - 1 : bits) | 1;
        }

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
