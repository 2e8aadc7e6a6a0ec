using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Citations;

/// <summary>Places nodes by forces (Fruchterman and Reingold 1991): all push each other away, ties pull.</summary>
internal static class ForceLayout
{
    private const int Steps = 400;
    private const double Apart = 0.075;

    /// <summary>Positions in 0 … 1, from the second and third eigenvector on, so that the same graph is always drawn the same.</summary>
    public static (double X, double Y)[] Place(CsrGraph graph, SpectralBasis<double> basis)
    {
        int n = graph.NodeCount;
        double distance = 1 / Math.Sqrt(n); // at which push and pull of a tie cancel
        (double X, double Y)[] places = [.. Enumerable.Range(0, n)
            .Select(v => (basis.Eigenvectors[v * n + Math.Min(1, n - 1)], basis.Eigenvectors[v * n + Math.Min(2, n - 1)] + 1e-3 * v))];
        for (int step = 0; step < Steps; step++)
        {
            double largest = 0.1 * (1 - (double)step / Steps);
            places = [.. places.Select((place, v) =>
            {
                double x = 0, y = 0;
                for (int u = 0; u < n; u++)
                {
                    double dx = place.X - places[u].X, dy = place.Y - places[u].Y, length = Math.Max(1e-6, Math.Sqrt(dx * dx + dy * dy));
                    double force = u == v ? 0 : distance * distance / length - (graph[v].Contains(u) ? length * length / distance : 0);
                    (x, y) = (x + force * dx / length, y + force * dy / length);
                }

                double norm = Math.Max(1e-12, Math.Sqrt(x * x + y * y)), move = Math.Min(norm, largest) / norm;
                return (place.X + move * x, place.Y + move * y);
            })];
        }

        double left = places.Min(place => place.X), top = places.Min(place => place.Y);
        double width = Math.Max(1e-9, places.Max(place => place.X) - left), height = Math.Max(1e-9, places.Max(place => place.Y) - top);
        return KeepApart([.. places.Select(place => ((place.X - left) / width, (place.Y - top) / height))]);
    }

    /// <summary>Two nodes with the same neighbours come to lie on one another, tied or not.</summary>
    private static (double X, double Y)[] KeepApart((double X, double Y)[] places)
    {
        for (int pass = 0; pass < Steps; pass++)
        {
            for (int v = 0; v < places.Length; v++)
            {
                for (int u = 0; u < v; u++)
                {
                    double dx = places[v].X - places[u].X, dy = places[v].Y - places[u].Y,
                        length = Math.Max(1e-6, Math.Sqrt(dx * dx + dy * dy));
                    double move = Math.Max(0, Apart - length) / (2 * length);
                    places[v] = (Math.Clamp(places[v].X + move * dx, 0, 1), Math.Clamp(places[v].Y + move * dy, 0, 1));
                    places[u] = (Math.Clamp(places[u].X - move * dx, 0, 1), Math.Clamp(places[u].Y - move * dy, 0, 1));
                }
            }
        }

        return places;
    }
}
