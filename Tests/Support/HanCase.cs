using FastRecurrent.Graph;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Support;

/// <summary>A random heterogeneous graph with the sizes of an attention network on it. Nodes can have no neighbours,
/// types no nodes.</summary>
public sealed record HanCase(int Types, int Nodes, int Paths, int Heads, int HeadSize, int SemanticSize, int Seed)
{
    internal static Gen<HanCase> Cases() =>
        from types in Gen.Choose(1, 3)
        from nodes in Gen.Choose(1, 12)
        from paths in Gen.Choose(1, 3)
        from heads in Gen.Elements(1, 2, 3, 4, 8)
        from headSize in Gen.Elements(1, 2, 3, 4, 5, 8, 12, 16, 24)
        from semanticSize in RandomCases.Size(9)
        from seed in Gen.Choose(0, 1_000_000)
        select new HanCase(types, nodes, paths, heads, headSize, semanticSize, seed);

    internal IEnumerable<HanCase> Shrink() =>
        RandomCases.Smaller(Nodes).Select(n => this with { Nodes = n })
            .Concat(RandomCases.Smaller(Types).Select(n => this with { Types = n }))
            .Concat(RandomCases.Smaller(Paths).Select(n => this with { Paths = n }))
            .Concat(RandomCases.Smaller(Heads).Select(n => this with { Heads = n }))
            .Concat(RandomCases.Smaller(HeadSize).Select(n => this with { HeadSize = n }))
            .Concat(RandomCases.Smaller(SemanticSize).Select(n => this with { SemanticSize = n }));

    internal HanOptions Options => new()
    {
        InputSizes = [.. Enumerable.Range(0, Types).Select(type => 2 + 3 * type)],
        Heads = Heads,
        HeadSize = HeadSize,
        Paths = Paths,
        SemanticSize = SemanticSize,
    };

    /// <summary>The nodes divided among the types at random.</summary>
    internal int[] NodeCounts()
    {
        Random random = new(Seed + 1);
        int[] counts = new int[Types];
        for (int node = 0; node < Nodes; node++)
        {
            counts[random.Next(Types)]++;
        }

        return counts;
    }

    /// <summary>Inputs of all types.</summary>
    internal int InputLength => NodeCounts().Select((count, type) => count * (2 + 3 * type)).Sum();

    /// <summary>Directed edges without symmetry; some nodes alone, some with themselves, some with many neighbours.</summary>
    internal CsrGraph Graph(int path)
    {
        Random random = new(Seed + 2 + path);
        List<int> sources = [], targets = [];
        for (int target = 0; target < Nodes; target++)
        {
            int chance = random.Next(3);
            for (int source = 0; source < Nodes; source++)
            {
                if (random.Next(3) < chance)
                {
                    sources.Add(source);
                    targets.Add(target);
                }
            }
        }

        return CsrGraph.FromEdges(Nodes, sources.ToArray(), targets.ToArray());
    }

    internal MetaPath[] MetaPaths() => [.. Enumerable.Range(0, Paths).Select(path => new MetaPath(Graph(path)))];
}
