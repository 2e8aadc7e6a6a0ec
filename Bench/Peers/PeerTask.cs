using FastRecurrent.Bench.Rows;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Peers;

/// <summary>A recurrent cell that all contestants have.</summary>
public enum PeerCell
{
    /// <summary>Standard LSTM.</summary>
    Lstm,

    /// <summary>GRU that resets after the product, as in PyTorch.</summary>
    Gru,
}

/// <summary>What is done with it.</summary>
public enum PeerMode
{
    /// <summary>One step a run, from the state that the run before left.</summary>
    Step,

    /// <summary>A whole sequence from the state of zeros.</summary>
    Sequence,

    /// <summary>The same with its backward run: gradients of x and of all weights.</summary>
    Training,
}

/// <summary>A piece of work with its data, the same for every contestant.</summary>
public abstract record PeerTask
{
    /// <summary>Runs before outputs are compared: a step's state needs some to have any influence.</summary>
    public virtual int RunsCompared => 1;
}

/// <summary>An LSTM or GRU whose input has the size of its state; weights in the layout and gate order of PyTorch.</summary>
public sealed record RecurrentTask(PeerCell Cell, PeerMode Mode, int Steps, int Batch, int Size) : PeerTask
{
    /// <summary>Gates: i, f, g, o or r, z, n.</summary>
    public int Gates => Cell == PeerCell.Lstm ? 4 : 3;

    /// <summary>W [gates·H, D].</summary>
    public required float[] WeightIh { get; init; }

    /// <summary>U [gates·H, H].</summary>
    public required float[] WeightHh { get; init; }

    /// <summary>[gates·H].</summary>
    public required float[] BiasIh { get; init; }

    /// <summary>[gates·H].</summary>
    public required float[] BiasHh { get; init; }

    /// <summary>x [T, B, D].</summary>
    public required float[] X { get; init; }

    /// <summary>∂L/∂y [T, B, H].</summary>
    public required float[] Dy { get; init; }

    /// <inheritdoc/>
    public override int RunsCompared => Mode == PeerMode.Step ? 5 : 1;

    /// <summary>With weights in ±1/√H, as PyTorch draws them, and inputs in ±1.</summary>
    public static RecurrentTask Create(PeerCell cell, PeerMode mode, int steps, int batch, int size)
    {
        int gates = cell == PeerCell.Lstm ? 4 : 3, values = steps * batch * size;
        return new RecurrentTask(cell, mode, steps, batch, size)
        {
            WeightIh = Weights(gates * size * size, 1),
            WeightHh = Weights(gates * size * size, 2),
            BiasIh = Weights(gates * size, 3),
            BiasHh = Weights(gates * size, 4),
            X = BenchGraphs.Values(values, 5),
            Dy = BenchGraphs.Values(values, 6),
        };

        float[] Weights(int count, int seed) => Array.ConvertAll(BenchGraphs.Values(count, seed), value => value / MathF.Sqrt(size));
    }
}

/// <summary>C [m, n] = A [m, k]·B [k, n], all by rows.</summary>
/// <param name="Rows">m.</param>
/// <param name="Depth">k.</param>
/// <param name="Columns">n.</param>
/// <param name="Packing">Whether ours brings B into its own layout within the run, as the others must; else once before.</param>
public sealed record MatrixTask(int Rows, int Depth, int Columns, bool Packing) : PeerTask
{
    /// <summary>A [m, k].</summary>
    public float[] A { get; } = BenchGraphs.Values(Rows * Depth, 1);

    /// <summary>B [k, n].</summary>
    public float[] B { get; } = BenchGraphs.Values(Depth * Columns, 2);
}

/// <summary>Y [N, F] = A·X with as many entries in every row of A, in columns drawn at random: distinct, ascending.</summary>
/// <param name="Nodes">N.</param>
/// <param name="Degree">Entries of a row.</param>
/// <param name="Features">F.</param>
/// <param name="Weighted">Whether entries have values of their own; else they are ones, which ours does not need to be told.</param>
public sealed record SparseTask(int Nodes, int Degree, int Features, bool Weighted) : PeerTask
{
    /// <summary>The places of A's entries.</summary>
    public CsrGraph Graph { get; } = CreateGraph(Nodes, Degree);

    /// <summary>The values of A's entries.</summary>
    public float[] Values { get; } = Weighted ? BenchGraphs.Values(Nodes * Degree, 1) : [.. Enumerable.Repeat(1f, Nodes * Degree)];

    /// <summary>X [N, F].</summary>
    public float[] X { get; } = BenchGraphs.Values(Nodes * Features, 2);

    private static CsrGraph CreateGraph(int nodes, int degree)
    {
        Random random = new(1);
        int[] sources = new int[nodes * degree], targets = new int[sources.Length];
        SortedSet<int> row = [];
        for (int node = 0; node < nodes; node++)
        {
            row.Clear();
            while (row.Count < degree)
            {
                row.Add(random.Next(nodes));
            }

            row.CopyTo(sources, node * degree);
            targets.AsSpan(node * degree, degree).Fill(node);
        }

        return CsrGraph.FromEdges(nodes, sources, targets);
    }
}
