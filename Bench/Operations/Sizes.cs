using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Operations;

/// <summary>The sizes an operation is created with; each takes those it has.</summary>
/// <param name="Steps">T.</param>
/// <param name="Rows">Sequences of a batch, nodes of a graph, rows of a matrix or elements of a vector.</param>
/// <param name="InputSize">D.</param>
/// <param name="HiddenSize">H.</param>
/// <param name="Degree">Neighbours that a node has at most; 0 for a graph without edges.</param>
/// <param name="Seed">Of weights and inputs.</param>
public sealed record Sizes(int Steps, int Rows, int InputSize, int HiddenSize, int Degree, int Seed)
{
    /// <summary>Sizes at which every operation takes microseconds.</summary>
    public static Sizes Small { get; } = new(Steps: 8, Rows: 64, InputSize: 64, HiddenSize: 64, Degree: 6, Seed: 1);

    /// <summary>Threads that share the work; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; init; }

    /// <summary>How many threads they are.</summary>
    public int Threads => Workers?.Count ?? 1;

    /// <summary>The sizes, for a table.</summary>
    public string Shape => $"T={Steps} N={Rows} D={InputSize} H={HiddenSize}";

    /// <summary>Where kernels have their edges: nothing, one, odd, one beside a vector's width, more than a block of panels.</summary>
    public static IReadOnlyList<Sizes> Edges { get; } =
    [
        new(3, 5, 3, 5, 3, 1), new(0, 3, 2, 3, 2, 2), new(3, 0, 2, 3, 2, 3), new(1, 1, 1, 1, 1, 4), new(2, 7, 4, 6, 0, 5),
        new(2, 17, 17, 33, 4, 6), new(4, 33, 9, 16, 2, 7), new(1, 130, 31, 15, 5, 8),
    ];

    /// <summary>Random sizes, small enough for thousands of them.</summary>
    public static Sizes Random(int seed)
    {
        Random random = new(seed);
        return new(random.Next(5), random.Next(20), 1 + random.Next(20), 1 + random.Next(36), random.Next(5), seed);
    }

    /// <summary>A node's sources come before it in a hidden order; at most <see cref="Degree"/> of them.</summary>
    public CsrGraph Acyclic()
    {
        Random random = new(Seed);
        (int Source, int Target)[] edges =
        [
            .. Enumerable.Range(1, Math.Max(0, Rows - 1))
                .SelectMany(node => Enumerable.Range(0, random.Next(Degree + 1)).Select(_ => (random.Next(node), node))).Distinct(),
        ];
        return CsrGraph.FromEdges(Rows, [.. edges.Select(edge => edge.Source)], [.. edges.Select(edge => edge.Target)]);
    }

    /// <summary>The same with all edges back.</summary>
    public CsrGraph Undirected() => Acyclic().Symmetric();

    /// <summary>The parent of each node, −1 for roots.</summary>
    public int[] Parents()
    {
        Random random = new(Seed);
        return [.. Enumerable.Range(0, Rows).Select(node => Degree == 0 || node == 0 || random.Next(6) == 0 ? -1 : random.Next(node))];
    }

    /// <summary>[N, arity]: nodes with smaller numbers, or −1; all places are taken, or none.</summary>
    public int[] Places(int arity)
    {
        Random random = new(Seed);
        return
        [
            .. Enumerable.Range(0, Rows).SelectMany(node =>
            {
                bool leaf = Degree == 0 || node == 0 || random.Next(2) == 0;
                return Enumerable.Range(0, arity).Select(_ => leaf ? -1 : random.Next(node));
            }),
        ];
    }

    /// <summary>Numbers below a bound, <paramref name="count"/> of them.</summary>
    public int[] Below(int bound, int count)
    {
        Random random = new(Seed + count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(bound))];
    }

    /// <summary>A length of each row: all of <see cref="Steps"/>, one less, …, with a full one first.</summary>
    public int[] Lengths() => [.. Enumerable.Range(0, Rows).Select(row => Steps - row % (Steps + 1))];
}
