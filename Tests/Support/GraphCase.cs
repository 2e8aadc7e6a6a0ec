using FastRecurrent.Graph;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Support;

/// <summary>What a random graph looks like.</summary>
public enum GraphKind
{
    /// <summary>Node k is the child of node k + 1, before the numbers are shuffled.</summary>
    Chain,

    /// <summary>Some trees side by side.</summary>
    Forest,

    /// <summary>Edges from lower to higher nodes, before the numbers are shuffled.</summary>
    Acyclic,

    /// <summary>Every edge has the one back; some nodes are alone.</summary>
    Undirected,
}

/// <summary>
/// A random graph with the sizes of a cell on it. Node numbers are shuffled. A shrunk case is the same graph without some nodes and edges:
/// what is wrong with a part of it stays.
/// </summary>
/// <param name="Kind">What it looks like.</param>
/// <param name="Drawn">Nodes that are drawn; their numbers are those of <see cref="Gone"/> and <see cref="Cut"/>.</param>
/// <param name="InputSize">D.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Seed">Of the graph and its weights.</param>
public sealed record GraphCase(GraphKind Kind, int Drawn, int InputSize, int HiddenSize, int Seed)
{
    private const int MostPlaces = 3;

    /// <summary>Nodes that are left.</summary>
    public int Nodes => Drawn - Gone.Count;

    /// <summary>Nodes that shrinking has taken away.</summary>
    internal IReadOnlySet<int> Gone { get; init; } = new HashSet<int>();

    /// <summary>Edges that shrinking has taken away.</summary>
    internal IReadOnlySet<(int Source, int Target)> Cut { get; init; } = new HashSet<(int Source, int Target)>();

    /// <summary>The nodes that are left, in the order of their new numbers.</summary>
    private int[] Kept => [.. Enumerable.Range(0, Drawn).Where(node => !Gone.Contains(node))];

    internal static Gen<GraphCase> Cases(params GraphKind[] kinds) =>
        from kind in Gen.Elements(kinds)
        from nodes in Gen.Choose(1, 14)
        from inputSize in RandomCases.Size(20)
        from hiddenSize in RandomCases.Size(20)
        from seed in Gen.Choose(0, 1_000_000)
        select new GraphCase(kind, nodes, inputSize, hiddenSize, seed);

    /// <summary>Without one half of the nodes or the other, without one of them, without one edge, or narrower.</summary>
    internal IEnumerable<GraphCase> Shrink()
    {
        int[] kept = Kept;
        int half = kept.Length / 2;
        return new[] { kept[..half], kept[half..] }.Concat(kept.Select(node => new[] { node }))
            .Where(nodes => nodes.Length > 0 && nodes.Length < kept.Length)
            .Select(nodes => this with { Gone = Gone.Concat(nodes).ToHashSet() })
            .Concat(Edges().Select(edge => this with { Cut = Cut.Append(edge).ToHashSet() }))
            .Concat(RandomCases.Smaller(InputSize).Select(n => this with { InputSize = n }))
            .Concat(RandomCases.Smaller(HiddenSize).Select(n => this with { HiddenSize = n }));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind} of {Nodes} nodes, D {InputSize}, H {HiddenSize}, seed {Seed}, drawn {Drawn}, gone {string.Join(" ", Gone)}, "
        + $"cut {string.Join(" ", Cut)}; edges {string.Join(" ", Pairs(Create()))}";

    /// <summary>A permutation of the nodes.</summary>
    internal int[] Shuffled()
    {
        int[] kept = Kept;
        return [.. DrawnOrder().Where(node => !Gone.Contains(node)).Select(node => Array.IndexOf(kept, node))];
    }

    /// <summary>Each node's parent, −1 for roots. A node whose parent is gone comes under that one's parent.</summary>
    internal int[] Parents()
    {
        int[] parents = DrawnParents(), kept = Kept;
        return
        [
            .. kept.Select(node =>
            {
                int parent = parents[node];
                while (Gone.Contains(parent))
                {
                    parent = parents[parent];
                }

                return Cut.Contains((node, parent)) ? -1 : Array.IndexOf(kept, parent);
            }),
        ];
    }

    /// <summary>[N, arity]: nodes that come earlier in a hidden order, or −1.</summary>
    internal int[] Places(int arity, bool wholeOrNone = false)
    {
        int[] node = DrawnOrder(), kept = Kept, places = new int[Nodes * arity];
        Array.Fill(places, -1);
        for (int k = 1; k < Drawn; k++)
        {
            Random random = new(Seed + 2 + 1000 * k);
            Span<int> own = Gone.Contains(node[k]) ? [] : places.AsSpan(Array.IndexOf(kept, node[k]) * arity, arity);
            bool leaf = random.Next(3) == 0;
            foreach (ref int place in own)
            {
                bool empty = random.Next(4) == 0;
                int below = node[Kind == GraphKind.Chain ? k - 1 : random.Next(k)];
                place = leaf || (empty && !wholeOrNone) || Cut.Contains((below, node[k])) ? -1 : Array.IndexOf(kept, below);
            }

            if (wholeOrNone && own.Contains(-1))
            {
                own.Fill(-1);
            }
        }

        return places;
    }

    /// <summary>Positive weights of the graph's edges; the same there and back. None for every third case.</summary>
    internal double[] Weights(CsrGraph graph)
    {
        int[] kept = Kept;
        double[] weights = new double[Seed % 3 == 0 ? 0 : graph.EdgeCount];
        for (int v = 0; v < graph.NodeCount && weights.Length > 0; v++)
        {
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                int u = graph.Sources[e];
                weights[e] = 0.25 + new Random(Seed + Math.Min(kept[u], kept[v]) * 1000 + Math.Max(kept[u], kept[v])).NextDouble();
            }
        }

        return weights;
    }

    internal CsrGraph Create()
    {
        if (Kind is GraphKind.Chain or GraphKind.Forest)
        {
            return Forest.FromParents(Parents());
        }

        Random random = new(Seed + 3);
        int[] node = DrawnOrder(), kept = Kept;
        List<int> sources = [], targets = [];
        for (int a = 0; a < Drawn; a++)
        {
            for (int b = a + 1; b < Drawn; b++)
            {
                (int source, int target) = (node[a], node[b]);
                bool isEdge = random.Next(Drawn) < 3 && !Gone.Contains(source) && !Gone.Contains(target)
                    && !Cut.Contains((source, target)) && !(Kind == GraphKind.Undirected && Cut.Contains((target, source)));
                if (isEdge)
                {
                    sources.Add(Array.IndexOf(kept, source));
                    targets.Add(Array.IndexOf(kept, target));
                }
            }
        }

        CsrGraph graph = CsrGraph.FromEdges(Nodes, sources.ToArray(), targets.ToArray());
        return Kind == GraphKind.Acyclic ? graph : graph.Symmetric();
    }

    private static IEnumerable<(int Source, int Target)> Pairs(CsrGraph graph) =>
        Enumerable.Range(0, graph.NodeCount).SelectMany(target => graph[target].ToArray().Select(source => (source, target)));

    private int[] DrawnOrder()
    {
        int[] nodes = [.. Enumerable.Range(0, Drawn)];
        new Random(Seed).Shuffle(nodes);
        return nodes;
    }

    private int[] DrawnParents()
    {
        Random random = new(Seed + 1);
        int[] node = DrawnOrder(), parents = new int[Drawn];
        for (int k = 0; k < Drawn; k++)
        {
            bool root = k == Drawn - 1 || (Kind == GraphKind.Forest && random.Next(5) == 0);
            parents[node[k]] = root ? -1 : node[Kind == GraphKind.Chain ? k + 1 : random.Next(k + 1, Drawn)];
        }

        return parents;
    }

    /// <summary>What can be cut: the graph's edges and the places, in the numbers drawn.</summary>
    private IEnumerable<(int Source, int Target)> Edges()
    {
        int[] kept = Kept, places = Places(MostPlaces);
        return Pairs(Create())
            .Concat(Enumerable.Range(0, places.Length).Where(i => places[i] >= 0).Select(i => (places[i], i / MostPlaces)))
            .Select(edge => (kept[edge.Item1], kept[edge.Item2])).Distinct().Where(edge => !Cut.Contains(edge));
    }
}
