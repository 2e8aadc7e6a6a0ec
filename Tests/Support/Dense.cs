using FastRecurrent.Graph;

namespace FastRecurrent.Tests.Support;

/// <summary>Plain dense matrices, row-major, to compare with.</summary>
internal static class Dense
{
    public static double[] Multiply(double[] a, double[] b, int rows, int depth, int columns)
    {
        double[] c = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                for (int j = 0; j < columns; j++)
                {
                    c[i * columns + j] += a[i * depth + k] * b[k * columns + j];
                }
            }
        }

        return c;
    }

    public static double[] Transpose(double[] a, int rows, int columns)
    {
        double[] t = new double[a.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                t[j * rows + i] = a[i * columns + j];
            }
        }

        return t;
    }

    public static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[i * n + i] = 1;
        }

        return identity;
    }

    /// <summary>A[v, u] = the weight of the edge u → v.</summary>
    public static double[] Adjacency(CsrGraph graph, double[] weights)
    {
        double[] a = new double[graph.NodeCount * graph.NodeCount];
        for (int v = 0; v < graph.NodeCount; v++)
        {
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                a[v * graph.NodeCount + graph.Sources[e]] += weights.Length == 0 ? 1 : weights[e];
            }
        }

        return a;
    }

    /// <summary>I − D^-½ A D^-½, from the definition.</summary>
    public static double[] Laplacian(double[] adjacency, int n) =>
        [.. Identity(n).Zip(Scaled(adjacency, n), (i, a) => i - a)];

    /// <summary>D^-½ A D^-½ with the row sums D.</summary>
    public static double[] Scaled(double[] adjacency, int n)
    {
        double[] degrees = [.. Enumerable.Range(0, n).Select(v => adjacency.AsSpan(v * n, n).ToArray().Sum())];
        return [.. adjacency.Select((a, i) => a == 0 || degrees[i / n] == 0 || degrees[i % n] == 0
            ? 0
            : a / Math.Sqrt(degrees[i / n] * degrees[i % n]))];
    }

    public static void AssertClose(double[] expected, ReadOnlySpan<double> actual, double tolerance = 1e-12)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])),
                $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
