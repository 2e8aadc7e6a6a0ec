using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The confidence-driven order of nodes (Liang et al. 2016): where a per-pixel classifier is sure, the update begins.</summary>
public static class ConfidenceOrder
{
    /// <summary>The mean of the pixels' label confidences over each superpixel, computed in double and rounded once.</summary>
    /// <param name="confidences">[pixels, labels].</param>
    /// <param name="superpixels">[pixels], the superpixel of each pixel, in 0 … nodes − 1.</param>
    /// <param name="nodes">Superpixels.</param>
    /// <returns>[nodes, labels]; zeros for a superpixel without pixels.</returns>
    /// <exception cref="ArgumentException">A superpixel is out of range or the lengths do not fit.</exception>
    public static float[] MeanConfidences(ReadOnlySpan<float> confidences, ReadOnlySpan<int> superpixels, int nodes)
    {
        CsrGraph.CheckNodes(superpixels, nodes, nameof(superpixels));
        int labels = superpixels.IsEmpty ? 0 : Require.MultipleOf(confidences.Length, superpixels.Length);
        double[] sums = new double[nodes * labels]; // exact for equal pixels, so that superpixels as sure as each other stay so at any size
        int[] pixels = new int[nodes];
        for (int pixel = 0; pixel < superpixels.Length; pixel++)
        {
            Span<double> sum = sums.AsSpan(superpixels[pixel] * labels, labels);
            ReadOnlySpan<float> own = confidences.Slice(pixel * labels, labels);
            for (int label = 0; label < labels; label++)
            {
                sum[label] += own[label];
            }

            pixels[superpixels[pixel]]++;
        }

        float[] means = new float[sums.Length];
        for (int at = 0; at < means.Length; at++)
        {
            means[at] = (float)(sums[at] / Math.Max(1, pixels[at / labels]));
        }

        return means;
    }

    /// <summary>Nodes by the confidence of their best label, highest first; equal ones by number.</summary>
    /// <param name="confidences">[nodes, labels], e.g. from <see cref="MeanConfidences"/>.</param>
    /// <param name="nodes">Nodes.</param>
    /// <exception cref="ArgumentException">The lengths do not fit, or <paramref name="nodes"/> is negative.</exception>
    public static int[] ByBestLabel(ReadOnlySpan<float> confidences, int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodes);
        int labels = nodes == 0 ? 0 : Require.MultipleOf(confidences.Length, nodes);
        float[] best = new float[nodes];
        for (int node = 0; node < nodes; node++)
        {
            ReadOnlySpan<float> own = confidences.Slice(node * labels, labels);
            best[node] = float.NegativeInfinity;
            foreach (float confidence in own)
            {
                best[node] = Math.Max(best[node], confidence);
            }
        }

        return [.. Enumerable.Range(0, nodes).OrderByDescending(node => best[node]).ThenBy(node => node)];
    }

    /// <summary>The graph of superpixels that touch, up, down, left or right.</summary>
    /// <param name="superpixels">[height, width], the superpixel of each pixel.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="nodes">Superpixels.</param>
    /// <exception cref="ArgumentException">A superpixel is out of range or the lengths do not fit.</exception>
    public static CsrGraph Adjacency(ReadOnlySpan<int> superpixels, int width, int nodes)
    {
        CsrGraph.CheckNodes(superpixels, nodes, nameof(superpixels));
        Require.Positive(width);
        Require.MultipleOf(superpixels.Length, width);
        HashSet<(int, int)> pairs = [];
        for (int pixel = 0; pixel < superpixels.Length; pixel++)
        {
            if ((pixel + 1) % width != 0)
            {
                AddPair(superpixels[pixel], superpixels[pixel + 1]);
            }

            if (pixel + width < superpixels.Length)
            {
                AddPair(superpixels[pixel], superpixels[pixel + width]);
            }
        }

        return CsrGraph.FromEdges(nodes, [.. pairs.Select(pair => pair.Item1)], [.. pairs.Select(pair => pair.Item2)]).Symmetric();

        void AddPair(int a, int b)
        {
            if (a != b)
            {
                pairs.Add((Math.Min(a, b), Math.Max(a, b)));
            }
        }
    }
}
