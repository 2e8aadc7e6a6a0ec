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

/// <summary>A random graph with the sizes of a cell on it. Node numbers are shuffled.</summary>
public sealed record GraphCase(GraphKind Kind, int Nodes, int InputSize, int HiddenSize, int Seed)
{
    internal static Gen<GraphCase> Cases(params GraphKind[] kinds) =>
        from kind in Gen.Elements(kinds)
        from nodes in Gen.Choose(1, 14)
        from inputSize in RandomCases.Size(20)
        from hiddenSize in RandomCases.Size(20)
        from seed in Gen.Choose(0, 1_000_000)
        select new GraphCase(kind, nodes, inputSize, hiddenSize, seed);

    internal IEnumerable<GraphCase> Shrink() =>
        RandomCases.Smaller(Nodes).Select(n => this with { Nodes = n })
            .Concat(RandomCases.Smaller(InputSize).Select(n => this with { InputSize = n }))
            .Concat(RandomCases.Smaller(HiddenSize).Select(n => this with { HiddenSize = n }));

    /// <summary>A permutation of the nodes.</summary>
    internal int[] Shuffled()
    {
        int[] nodes = [.. Enumerable.Range(0, Nodes)];
        new Random(Seed).Shuffle(nodes);
        return nodes;
    }

    /// <summary>Each node's parent, −1 for roots.</summary>
    internal int[] Parents()
    {
        Random random = new(Seed + 1);
        int[] node = Shuffled(), parents = new int[Nodes];
        for (int k = 0; k < Nodes; k++)
        {
            bool root = k == Nodes - 1 || (Kind == GraphKind.Forest && random.Next(5) == 0);
            parents[node[k]] = root ? -1 : node[Kind == GraphKind.Chain ? k + 1 : random.Next(k + 1, Nodes)];
        }

        return parents;
    }

    /// <summary>[N, arity]: nodes that come earlier in a hidden order, or −1.</summary>
    internal int[] Places(int arity, bool wholeOrNone = false)
    {
        Random random = new(Seed + 2);
        int[] node = Shuffled(), places = new int[Nodes * arity];
        Array.Fill(places, -1);
        for (int k = 1; k < Nodes; k++)
        {
            bool leaf = random.Next(3) == 0;
            for (int place = 0; place < arity; place++)
            {
                if (!leaf && (wholeOrNone || random.Next(4) > 0))
                {
                    places[node[k] * arity + place] = node[Kind == GraphKind.Chain ? k - 1 : random.Next(k)];
                }
            }
        }

        return places;
    }

    /// <summary>Positive weights of the graph's edges; the same there and back. None for every third case.</summary>
    internal double[] Weights(CsrGraph graph)
    {
        double[] weights = new double[Seed % 3 == 0 ? 0 : graph.EdgeCount];
        for (int v = 0; v < graph.NodeCount && weights.Length > 0; v++)
        {
            for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
            {
                int u = graph.Sources[e];
                weights[e] = 0.25 + new Random(Seed + Math.Min(u, v) * 1000 + Math.Max(u, v)).NextDouble();
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
        int[] node = Shuffled();
        List<int> sources = [], targets = [];
        for (int a = 0; a < Nodes; a++)
        {
            for (int b = a + 1; b < Nodes; b++)
            {
                if (random.Next(Nodes) < 3)
                {
                    sources.Add(node[a]);
                    targets.Add(node[b]);
                }
            }
        }

        CsrGraph graph = CsrGraph.FromEdges(Nodes, sources.ToArray(), targets.ToArray());
        return Kind == GraphKind.Acyclic ? graph : graph.Symmetric();
    }
}
