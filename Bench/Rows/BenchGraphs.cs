using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Rows;

/// <summary>Graphs and trees to measure on, the same for the same seed.</summary>
internal static class BenchGraphs
{
    /// <summary>Every node receives from <paramref name="degree"/> others, drawn uniformly: no order of nodes has any locality.</summary>
    public static CsrGraph Random(int nodes, int degree, int seed)
    {
        Random random = new(seed);
        int[] sources = new int[nodes * degree], targets = new int[sources.Length];
        for (int edge = 0; edge < sources.Length; edge++)
        {
            (sources[edge], targets[edge]) = (random.Next(nodes), edge / degree);
        }

        return CsrGraph.FromEdges(nodes, sources, targets);
    }

    /// <summary>Random points of a square, each receiving from its nearest; numbered at random, as real graphs come.</summary>
    public static CsrGraph Nearest(int nodes, int degree, int seed)
    {
        Random random = new(seed);
        (double X, double Y)[] points = [.. Enumerable.Range(0, nodes).Select(_ => (random.NextDouble(), random.NextDouble()))];
        double side = Math.Sqrt(2.0 * nodes / degree);
        ILookup<(int, int), int> cells = Enumerable.Range(0, nodes)
            .ToLookup(node => ((int)(points[node].X * side), (int)(points[node].Y * side)));
        List<int> sources = [], targets = [];
        for (int node = 0; node < nodes; node++)
        {
            (double x, double y) = points[node];
            IEnumerable<int> near =
                from dx in new[] { -1, 0, 1 }
                from dy in new[] { -1, 0, 1 }
                from other in cells[((int)(x * side) + dx, (int)(y * side) + dy)]
                select other;
            foreach (int other in near.Where(other => other != node)
                .OrderBy(other => Math.Pow(points[other].X - x, 2) + Math.Pow(points[other].Y - y, 2)).Take(degree))
            {
                sources.Add(other);
                targets.Add(node);
            }
        }

        return CsrGraph.FromEdges(nodes, sources.ToArray(), targets.ToArray());
    }

    /// <summary>A grid whose cells are cut in two: undirected, six neighbours a node, as superpixels have.</summary>
    public static CsrGraph Triangles(int width, int height)
    {
        List<int> sources = [], targets = [];
        for (int node = 0; node < width * height; node++)
        {
            bool right = (node + 1) % width != 0, below = node + width < width * height;
            foreach (int other in new[] { right ? node + 1 : -1, below ? node + width : -1, right && below ? node + width + 1 : -1 })
            {
                if (other >= 0)
                {
                    sources.Add(other);
                    targets.Add(node);
                }
            }
        }

        return CsrGraph.FromEdges(width * height, sources.ToArray(), targets.ToArray()).Symmetric();
    }

    /// <summary>A permutation.</summary>
    public static int[] Order(int nodes, int seed)
    {
        int[] order = [.. Enumerable.Range(0, nodes)];
        new Random(seed).Shuffle(order);
        return order;
    }

    /// <summary>
    /// [N, 2], left and right child of random binary trees in the shape of the Stanford Sentiment Treebank's: 10 to 28 words, 19 on
    /// average, neighbours joined at random.
    /// </summary>
    public static int[] BinaryTrees(int trees, int seed)
    {
        Random random = new(seed);
        List<int> places = [];
        for (int tree = 0; tree < trees; tree++)
        {
            int leaves = random.Next(10, 29), first = places.Count / 2;
            List<int> row = [.. Enumerable.Range(first, leaves)];
            places.AddRange(Enumerable.Repeat(-1, 2 * leaves));
            for (int next = first + leaves; row.Count > 1; next++)
            {
                int left = random.Next(row.Count - 1);
                places.AddRange([row[left], row[left + 1]]);
                row[left] = next;
                row.RemoveAt(left + 1);
            }
        }

        return [.. places];
    }

    /// <summary>Each node's parent in random trees of 10 to 28 nodes, 19 on average: dependency trees of sentences.</summary>
    public static int[] Parents(int trees, int seed)
    {
        Random random = new(seed);
        List<int> parents = [];
        for (int tree = 0; tree < trees; tree++)
        {
            int first = parents.Count;
            parents.AddRange(Enumerable.Range(0, random.Next(10, 29)).Select(node => node == 0 ? -1 : first + random.Next(node)));
        }

        return [.. parents];
    }

    /// <summary>Values in ±1.</summary>
    public static float[] Values(int count, int seed = 1)
    {
        Random random = new(seed);
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = 2 * random.NextSingle() - 1;
        }

        return values;
    }
}
