using System.Numerics;
using FastRecurrent.Graph;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Support;

/// <summary>A random graph in partitions with the sizes of an AGC-LSTM on it. An attention size of 0 stands for none.</summary>
public sealed record AgcCase(int Steps, int Batch, int Joints, int Partitions, int InputSize, int HiddenSize, int AttentionSize, int Seed)
{
    internal static Gen<AgcCase> Cases() =>
        from steps in Gen.Choose(1, 5)
        from batch in Gen.Choose(1, 3)
        from joints in Gen.Choose(1, 6)
        from partitions in Gen.Choose(1, 3)
        from inputSize in RandomCases.Size(18)
        from hiddenSize in RandomCases.Size(18)
        from attends in Gen.Elements(true, false)
        from attentionSize in RandomCases.Size(18)
        from seed in Gen.Choose(0, 1_000_000)
        select new AgcCase(steps, batch, joints, partitions, inputSize, hiddenSize, attends ? attentionSize : 0, seed);

    internal int Rows => Batch * Joints;

    internal IEnumerable<AgcCase> Shrink() =>
        RandomCases.Smaller(Steps).Select(n => this with { Steps = n })
            .Concat(RandomCases.Smaller(Batch).Select(n => this with { Batch = n }))
            .Concat(RandomCases.Smaller(Joints).Select(n => this with { Joints = n }))
            .Concat(RandomCases.Smaller(Partitions).Select(n => this with { Partitions = n }))
            .Concat(RandomCases.Smaller(InputSize).Select(n => this with { InputSize = n }))
            .Concat(RandomCases.Smaller(HiddenSize).Select(n => this with { HiddenSize = n }))
            .Concat(RandomCases.Smaller(AttentionSize, least: 0).Select(n => this with { AttentionSize = n }));

    /// <summary>Any edges, self loops among them, some joints without; the last partition may be empty, one has no weights.</summary>
    internal GraphPartitions<T> CreatePartitions<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(Seed);
        return new GraphPartitions<T>([.. Enumerable.Range(0, Partitions).Select(k =>
        {
            List<int> sources = [], targets = [];
            for (int pair = 0; pair < Joints * Joints; pair++)
            {
                if (random.Next(k + 2) == 0)
                {
                    sources.Add(pair % Joints);
                    targets.Add(pair / Joints);
                }
            }

            CsrGraph graph = CsrGraph.FromEdges(Joints, sources.ToArray(), targets.ToArray());
            return (graph, k == 1 ? [] : Numbers.Random<T>(Seed + k, graph.EdgeCount, 0.7));
        })]);
    }

    internal AgcLstm<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        AgcLstmOptions options = new() { InputSize = InputSize, HiddenSize = HiddenSize, AttentionSize = AttentionSize };
        AgcLstm<T> layer = new(options, CreatePartitions<T>());
        layer.Initialise(Seed);
        return layer;
    }
}
