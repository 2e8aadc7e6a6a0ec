using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>What a superpixel shows by itself — colour, texture, place and shape — and what its neighbours show on average.</summary>
internal static class SuperpixelFeatures
{
    public const int Count = 2 * Own;
    private const int ColourAndShape = 13, Orientations = 8, Own = ColourAndShape + Orientations;

    /// <summary>[nodes, features].</summary>
    /// <param name="lab">[height, width].</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="superpixels">The superpixel of each pixel.</param>
    /// <param name="graph">Which superpixels touch.</param>
    public static float[] Of((float L, float A, float B)[] lab, int width, int[] superpixels, CsrGraph graph)
    {
        int height = lab.Length / width, nodes = graph.NodeCount;
        float[] features = new float[nodes * Count];
        int[][] pixels = [.. Enumerable.Range(0, lab.Length).GroupBy(pixel => superpixels[pixel]).OrderBy(group => group.Key)
            .Select(group => group.ToArray())];
        for (int node = 0; node < nodes; node++)
        {
            int[] own = pixels[node];
            Span<float> row = features.AsSpan(node * Count, Count);
            (row[0], row[1]) = MeanAndDeviation(own, pixel => lab[pixel].L);
            (row[2], row[3]) = MeanAndDeviation(own, pixel => lab[pixel].A);
            (row[4], row[5]) = MeanAndDeviation(own, pixel => lab[pixel].B);
            (row[6], row[7]) = MeanAndDeviation(own, pixel => (float)(pixel % width) / width);
            (row[8], row[9]) = MeanAndDeviation(own, pixel => (float)(pixel / width) / height);
            row[10] = Math.Abs(row[6] - 0.5f);
            row[11] = (float)own.Length * nodes / lab.Length;
            row[12] = AddOrientations(lab, width, own, row[ColourAndShape..Own]);
        }

        float[] shares =
            [.. Enumerable.Range(0, nodes).SelectMany(node => Enumerable.Repeat(1f / graph.InDegree(node), graph.InDegree(node)))];
        NeuralPrimitives.Aggregate<float>(graph.Incoming, shares, features, Count, Own, features.AsSpan(Own), Count);
        return features;
    }

    /// <summary>Where the brightness changes, and how much: shares of directions in row, whose sign does not count;
    /// the mean change is returned.</summary>
    private static float AddOrientations((float L, float A, float B)[] lab, int width, int[] pixels, Span<float> shares)
    {
        int height = lab.Length / width;
        float sum = 0;
        foreach (int pixel in pixels)
        {
            int x = pixel % width, y = pixel / width;
            float dx = lab[y * width + Math.Min(x + 1, width - 1)].L - lab[y * width + Math.Max(x - 1, 0)].L;
            float dy = lab[Math.Min(y + 1, height - 1) * width + x].L - lab[Math.Max(y - 1, 0) * width + x].L;
            float magnitude = MathF.Sqrt(dx * dx + dy * dy), angle = MathF.Atan2(dy, dx) / MathF.PI * Orientations;
            shares[((int)MathF.Round(angle) + 2 * Orientations) % Orientations] += magnitude;
            sum += magnitude;
        }

        foreach (ref float share in shares)
        {
            share /= Math.Max(sum, 1e-6f);
        }

        return sum / pixels.Length;
    }

    private static (float Mean, float Deviation) MeanAndDeviation(int[] pixels, Func<int, float> valueOf)
    {
        double sum = 0, squares = 0;
        foreach (int pixel in pixels)
        {
            double value = valueOf(pixel);
            sum += value;
            squares += value * value;
        }

        double mean = sum / pixels.Length;
        return ((float)mean, (float)Math.Sqrt(Math.Max(0, squares / pixels.Length - mean * mean)));
    }
}
