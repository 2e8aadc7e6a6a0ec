using System.Numerics;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Support;

/// <summary>A random message-passing network on a random directed graph: some nodes are alone, some types unused,
/// graphs in mixed order.</summary>
public sealed record GraphNetCase(
    MessageFunction Message, UpdateFunction Update, Aggregation Aggregate, GraphReadout Readout, Activation Activation,
    int Nodes, int HiddenSize, int MessageSize, int Rounds, int Types, int EdgeSize, int Seed)
{
    internal GraphNetOptions Options => new()
    {
        HiddenSize = HiddenSize,
        MessageSize = MessageSize,
        Rounds = Rounds,
        Message = Message,
        EdgeTypes = Message == MessageFunction.Linear ? Types : 1,
        EdgeSize = Message == MessageFunction.Mlp ? EdgeSize : 0,
        MessageHiddenSize = 1 + (Seed + HiddenSize) % 19,
        Aggregate = Aggregate,
        Update = Update,
        UpdateHiddenSize = 1 + (Seed + MessageSize) % 18,
        Activation = Activation,
        Readout = Readout,
        AttentionSize = 1 + Seed % 5,
    };

    /// <summary>[N], the graph of each node.</summary>
    internal int[] Ids
    {
        get
        {
            Random random = new(Seed + 1);
            int graphs = Math.Min(Nodes, 1 + random.Next(3));
            int[] ids = [.. Enumerable.Range(0, Nodes).Select(v => v < graphs ? v : random.Next(graphs))];
            random.Shuffle(ids);
            return ids;
        }
    }

    internal static Gen<GraphNetCase> Cases() =>
        from message in Gen.Elements(Enum.GetValues<MessageFunction>())
        from update in Gen.Elements(Enum.GetValues<UpdateFunction>())
        from aggregate in Gen.Elements(Enum.GetValues<Aggregation>())
        from readout in Gen.Elements(Enum.GetValues<GraphReadout>())
        from activation in Gen.Elements(Activation.Tanh, Activation.Sigmoid, Activation.Relu, Activation.Identity)
        from nodes in Gen.Choose(1, 12)
        from hiddenSize in RandomCases.Size(20)
        from messageSize in RandomCases.Size(20)
        from rounds in Gen.Choose(0, 3)
        from types in Gen.Elements(1, 1, 2, 5)
        from edgeSize in Gen.Elements(0, 1, 3)
        from seed in Gen.Choose(0, 1_000_000)
        select new GraphNetCase(message, update, aggregate, readout, activation, nodes, hiddenSize, messageSize, rounds, types,
            edgeSize, seed);

    /// <summary>Every choice with every other, small.</summary>
    internal static IEnumerable<GraphNetCase> AllOptions() =>
        from message in Enum.GetValues<MessageFunction>()
        from update in Enum.GetValues<UpdateFunction>()
        from aggregate in Enum.GetValues<Aggregation>()
        from readout in Enum.GetValues<GraphReadout>()
        from types in new[] { 1, 3 }
        from messageSize in new[] { 4, 9 }
        select new GraphNetCase(message, update, aggregate, readout, Activation.Tanh, 7, 5, messageSize, 2, types, types - 1, 5);

    internal IEnumerable<GraphNetCase> Shrink() =>
        RandomCases.Smaller(Nodes).Select(n => this with { Nodes = n })
            .Concat(RandomCases.Smaller(HiddenSize).Select(n => this with { HiddenSize = n }))
            .Concat(RandomCases.Smaller(MessageSize).Select(n => this with { MessageSize = n }))
            .Concat(RandomCases.Smaller(Rounds).Select(n => this with { Rounds = n }))
            .Concat(RandomCases.Smaller(Types).Select(n => this with { Types = n }))
            .Concat(RandomCases.Smaller(EdgeSize, least: 0).Select(n => this with { EdgeSize = n }));

    /// <summary>Directed, with loops; a third of the nodes receives nothing, and now and then there is no edge at all.</summary>
    internal CsrGraph CreateGraph()
    {
        Random random = new(Seed + 2);
        List<int> sources = [], targets = [];
        for (int target = 0; target < Nodes && random.Next(12) > 0; target++)
        {
            bool alone = random.Next(3) == 0;
            for (int source = 0; source < Nodes; source++)
            {
                if (!alone && random.Next(Nodes) < 4)
                {
                    sources.Add(source);
                    targets.Add(target);
                }
            }
        }

        return CsrGraph.FromEdges(Nodes, sources.ToArray(), targets.ToArray());
    }

    /// <summary>[E]; of five types one or two are not used.</summary>
    internal int[] TypesOf(CsrGraph graph)
    {
        Random random = new(Seed + 3);
        return [.. Enumerable.Range(0, graph.EdgeCount).Select(_ => random.Next(Options.EdgeTypes) is int type && type == 3 ? 1 : type)];
    }

    /// <summary>The graph for this network, or for one of another case.</summary>
    internal GraphNetPlan CreatePlan(GraphNetOptions? options = null)
    {
        CsrGraph graph = CreateGraph();
        return new GraphNetPlan(options ?? Options, graph, TypesOf(graph), Ids);
    }

    internal T[] States<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Numbers.Random<T>(1, Nodes * HiddenSize);

    internal T[] Features<T>(GraphNetPlan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Numbers.Random<T>(2, Message == MessageFunction.Mlp ? plan.EdgeCount * EdgeSize : 0);

    internal int PooledLength(GraphNetPlan plan) => Readout == GraphReadout.None ? 0 : plan.GraphCount * HiddenSize;
}
