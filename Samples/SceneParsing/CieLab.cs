namespace FastRecurrent.Samples.SceneParsing;

/// <summary>From sRGB to CIELAB under D65, where distances are near those that people see.</summary>
internal static class CieLab
{
    private static readonly double[] _linear = [.. Enumerable.Range(0, 256).Select(value => value / 255.0)
        .Select(value => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4))];

    /// <summary>L in 0 … 100, a, b of each pixel.</summary>
    public static (float L, float A, float B)[] Of(Picture picture)
    {
        (float, float, float)[] lab = new (float, float, float)[picture.Pixels];
        for (int pixel = 0; pixel < lab.Length; pixel++)
        {
            ReadOnlySpan<byte> rgb = picture.Values.AsSpan(3 * pixel, 3);
            double r = _linear[rgb[0]], g = _linear[rgb[1]], b = _linear[rgb[2]];
            double x = F((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
            double y = F(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
            double z = F((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
            lab[pixel] = ((float)(116 * y - 16), (float)(500 * (x - y)), (float)(200 * (y - z)));
        }

        return lab;
    }

    private static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}
