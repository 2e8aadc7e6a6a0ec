namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Simple linear iterative clustering (Achanta et al. 2012):
/// k-means over colour and place in which a pixel sees the nearest centres alone.</summary>
internal static class Slic
{
    private const int Iterations = 10;
    private const float Compactness = 10;

    /// <summary>The superpixel of each pixel.</summary>
    /// <param name="lab">[height, width].</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="count">About how many superpixels.</param>
    /// <param name="nodes">How many there are.</param>
    public static int[] Segment((float L, float A, float B)[] lab, int width, int count, out int nodes)
    {
        int height = lab.Length / width;
        double spacing = Math.Max(1, Math.Sqrt((double)lab.Length / count));
        List<Centre> centres = [];
        int columns = Math.Max(1, (int)Math.Round(width / spacing)), rows = Math.Max(1, (int)Math.Round(height / spacing));
        for (int i = 0; i < rows * columns; i++)
        {
            int x = (int)((i % columns + 0.5) * width / columns), y = (int)((i / columns + 0.5) * height / rows);
            centres.Add(FlattestNear(lab, width, x, y));
        }

        int[] nearest = new int[lab.Length];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Assign(lab, width, centres, (float)spacing, nearest);
            Move(lab, width, centres, nearest);
        }

        return Connect(nearest, width, leastSize: (int)(spacing * spacing / 4), out nodes);
    }

    /// <summary>A centre that began on an edge or on a noisy pixel would be a poor mean.</summary>
    private static Centre FlattestNear((float L, float A, float B)[] lab, int width, int x, int y)
    {
        int height = lab.Length / width, best = y * width + x;
        float least = float.PositiveInfinity;
        for (int row = Math.Max(1, y - 1); row <= Math.Min(height - 2, y + 1); row++)
        {
            for (int column = Math.Max(1, x - 1); column <= Math.Min(width - 2, x + 1); column++)
            {
                int at = row * width + column;
                float gradient = Distance(lab[at + 1], lab[at - 1]) + Distance(lab[at + width], lab[at - width]);
                (best, least) = gradient < least ? (at, gradient) : (best, least);
            }
        }

        return new Centre(lab[best], best % width, best / width);
    }

    private static void Assign((float L, float A, float B)[] lab, int width, List<Centre> centres, float spacing, int[] nearest)
    {
        int height = lab.Length / width;
        float[] distances = new float[lab.Length];
        Array.Fill(distances, float.PositiveInfinity);
        float weight = Compactness * Compactness / (spacing * spacing);
        for (int c = 0; c < centres.Count; c++)
        {
            Centre centre = centres[c];
            int left = Math.Max(0, (int)(centre.X - spacing)), right = Math.Min(width - 1, (int)(centre.X + spacing + 1));
            for (int y = Math.Max(0, (int)(centre.Y - spacing)); y <= Math.Min(height - 1, (int)(centre.Y + spacing + 1)); y++)
            {
                for (int x = left; x <= right; x++)
                {
                    int pixel = y * width + x;
                    float dx = x - centre.X, dy = y - centre.Y,
                        distance = Distance(lab[pixel], centre.Colour) + weight * (dx * dx + dy * dy);
                    if (distance < distances[pixel])
                    {
                        (distances[pixel], nearest[pixel]) = (distance, c);
                    }
                }
            }
        }
    }

    private static void Move((float L, float A, float B)[] lab, int width, List<Centre> centres, int[] nearest)
    {
        double[,] sums = new double[centres.Count, 6];
        for (int pixel = 0; pixel < lab.Length; pixel++)
        {
            int c = nearest[pixel];
            sums[c, 0] += lab[pixel].L;
            sums[c, 1] += lab[pixel].A;
            sums[c, 2] += lab[pixel].B;
            sums[c, 3] += pixel % width;
            sums[c, 4] += pixel / width;
            sums[c, 5]++;
        }

        for (int c = 0; c < centres.Count; c++)
        {
            double n = sums[c, 5];
            centres[c] = n == 0
                ? centres[c]
                : new Centre(((float)(sums[c, 0] / n), (float)(sums[c, 1] / n), (float)(sums[c, 2] / n)), (float)(sums[c, 3] / n),
                    (float)(sums[c, 4] / n));
        }
    }

    /// <summary>K-means leaves crumbs apart from their cluster: each joins a neighbour, and what is connected is one superpixel.</summary>
    private static int[] Connect(int[] nearest, int width, int leastSize, out int nodes)
    {
        int[] superpixels = new int[nearest.Length];
        Array.Fill(superpixels, -1);
        nodes = 0;
        List<int> piece = [];
        for (int start = 0; start < nearest.Length; start++)
        {
            if (superpixels[start] >= 0)
            {
                continue;
            }

            int before = start % width > 0 ? superpixels[start - 1] : start >= width ? superpixels[start - width] : -1;
            piece.Clear();
            piece.Add(start);
            superpixels[start] = nodes;
            for (int i = 0; i < piece.Count; i++)
            {
                foreach (int next in (ReadOnlySpan<int>)[piece[i] % width > 0 ? piece[i] - 1 : -1, piece[i] % width < width - 1
                    ? piece[i] + 1
                    : -1, piece[i] - width, piece[i] + width])
                {
                    if (next >= 0 && next < nearest.Length && superpixels[next] < 0 && nearest[next] == nearest[start])
                    {
                        superpixels[next] = nodes;
                        piece.Add(next);
                    }
                }
            }

            if (piece.Count < leastSize && before >= 0)
            {
                piece.ForEach(pixel => superpixels[pixel] = before);
            }
            else
            {
                nodes++;
            }
        }

        return superpixels;
    }

    private static float Distance((float L, float A, float B) p, (float L, float A, float B) q) =>
        (p.L - q.L) * (p.L - q.L) + (p.A - q.A) * (p.A - q.A) + (p.B - q.B) * (p.B - q.B);

    private readonly record struct Centre((float L, float A, float B) Colour, float X, float Y);
}
