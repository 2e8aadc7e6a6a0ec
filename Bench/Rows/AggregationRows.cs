using System.Numerics.Tensors;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Rows;

/// <summary>Neighbour sums: ten neighbours a node, in random graphs and in graphs of near neighbours before and after reordering.</summary>
internal static class AggregationRows
{
    private const int Degree = 10;

    public static IEnumerable<BenchmarkRow> All(bool quick) => (quick ? [10_000] : new[] { 10_000, 100_000 }).SelectMany(nodes =>
    {
        // Graphs of many nodes take seconds to draw: each is made once, when its first row comes.
        Lazy<CsrGraph> random = new(() => BenchGraphs.Random(nodes, Degree, 1)), near = new(() => BenchGraphs.Nearest(nodes, Degree, 1)),
            reordered = new(() => near.Value.Reorder(NodeOrder.ReverseCuthillMcKee(near.Value)));
        return
            from features in quick ? [64] : new[] { 64, 128 }
            from row in new[]
            {
                Row("random", nodes, features, random),
                Row("near, shuffled", nodes, features, near),
                Row("near, reordered", nodes, features, reordered),
            }
            select row;
    });

    private static BenchmarkRow Row(string kind, int nodes, int features, Lazy<CsrGraph> drawn)
    {
        // A row is read once an edge and written once a node; all rows of X and Y are the working set.
        double values = (double)nodes * features;
        Work work = new(values * Degree, sizeof(float) * values * (Degree + 1), (long)(2 * sizeof(float) * values));
        return new("Neighbour sum, degree 10", kind, $"N={nodes} F={features}", work, () =>
        {
            CsrGraph graph = drawn.Value;
            float[] x = BenchGraphs.Values(nodes * features), y = new float[x.Length];
            return (
                TimedRun.NeighbourSums(graph, features).Run,
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        for (int v = 0; v < nodes; v++)
                        {
                            Span<float> sum = y.AsSpan(v * features, features);
                            sum.Clear();
                            foreach (int source in graph[v])
                            {
                                TensorPrimitives.Add(sum, x.AsSpan(source * features, features), sum);
                            }
                        }
                    }
                }
            );
        });
    }
}
