using System.Runtime.InteropServices;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>
/// The builders of graphs, forests, schedules and sparse matrices. A file is whole numbers of 32 bits: which builder, a size, where the
/// first list ends, then two lists.
/// </summary>
internal static class GraphFuzz
{
    private const int Header = 3, LargestClaim = 4096, Builders = 14, Features = 3;

    public static FuzzTarget Create() => new("graph builders", [.. Seeds()], Mutate, Read, Memory: 1 << 20);

    /// <summary>Everything that can be made of a graph, and a cell that runs on it.</summary>
    public static void Use(CsrGraph graph)
    {
        CsrGraph both = graph.Symmetric();
        int[] order = NodeOrder.ReverseCuthillMcKee(graph);
        _ = (graph.IsSymmetric(), both.WithSelfLoops().ToString(), graph.Reorder(order), CsrGraph.Batch(graph, both));
        Use(SparseMatrix<float>.SymmetricNormalised(both));
        LevelSchedule? schedule = null;
        if (!FuzzTarget.Allow<ArgumentException>(() => schedule = new(graph))) // there may be a cycle
        {
            return;
        }

        TreeLstm<float> cell = new(Features, 2);
        cell.Pack();
        cell.Forward(
            schedule!, new float[graph.NodeCount * Features], new float[graph.NodeCount * 2], default,
            cell.CreateTape(graph.NodeCount, graph.EdgeCount));
    }

    private static void Use(SparseMatrix<float> matrix)
    {
        _ = matrix.ToString();
        matrix.Multiply(new float[matrix.Columns * Features], Features, new float[matrix.Rows * Features]);
        matrix.MultiplyTransposed(new float[matrix.Rows * Features], Features, new float[matrix.Columns * Features]);
    }

    private static IEnumerable<byte[]> Seeds()
    {
        int[] offsets = [0, 0, 2, 3, 5, 5], sources = [0, 2, 4, 1, 1], targets = [3, 1, 2, 0, 4], parents = [-1, 0, 0, 1, 1, -1, 5],
            heads = [2, 0, 2, 3];
        for (int builder = 0; builder < Builders; builder++)
        {
            yield return File(builder, 5, offsets, sources);
            yield return File(builder, 5, sources, targets);
            yield return File(builder, 2, parents, [3, 1, 4, 1, 5, 9, 2]);
            yield return File(builder, 4, heads, [0, 1, 2, 3]);
            yield return File(builder, 5, [4, 2, 0, 1, 3], [1, 1, 0, 0, 2]);
        }
    }

    private static byte[] File(int builder, int size, int[] first, int[] second) =>
        MemoryMarshal.AsBytes<int>([builder, size, first.Length, .. first, .. second]).ToArray();

    private static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        List<int> numbers = [.. MemoryMarshal.Cast<byte, int>(file)];
        int at = random.Next(numbers.Count + 1), length = random.Next(numbers.Count - at + 1), few = random.Next(-2, 9);
        int number = random.Next(2) == 0 ? few : (int)ByteMutator.Edge(random);
        switch (random.Next(6))
        {
            case 0: numbers.Insert(at, number); break;
            case 1: numbers.RemoveRange(at, length); break;
            case 2: numbers.InsertRange(at, numbers.GetRange(at, length)); break;
            case 3: return ByteMutator.Mutate(random, file, other);
            default:
                if (at < numbers.Count)
                {
                    numbers[at] = number;
                }

                break;
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers)).ToArray();
    }

    private static Action? Read(byte[] bytes)
    {
        int[] numbers = MemoryMarshal.Cast<byte, int>(bytes).ToArray();
        if (numbers.Length < Header)
        {
            return null;
        }

        int end = Header + (int)((uint)numbers[2] % (uint)(numbers.Length - Header + 1));
        Action? use = null;
        FuzzTarget.Allow<ArgumentException>(() =>
            use = Build((int)((uint)numbers[0] % Builders), Size(numbers[1]), numbers.AsSpan(Header..end), numbers.AsSpan(end)));
        return use;
    }

    /// <summary>A size that is asked for is allocated: one that is possible but large says nothing of the builder.</summary>
    private static int Size(int claim) => claim <= LargestClaim || claim > Array.MaxLength ? claim : claim % LargestClaim;

    private static Action Build(int builder, int size, ReadOnlySpan<int> first, ReadOnlySpan<int> second) => builder switch
    {
        0 => Using(new CsrGraph(first, second)),
        1 => Using(CsrGraph.FromEdges(size, first, second)),
        2 => Using(Forest.FromParents(first)),
        3 => Using(Forest.FromDependencyHeads(first)),
        4 => Telling(new Relatives(first, [.. second.ToArray().Select(time => (long)time)])),
        5 => Telling(new NarySchedule(first, size)),
        6 => Telling(new NarySchedule(Forest.Children(Forest.FromParents(first), size), size)),
        7 => Using(new SparseMatrix<float>(new CsrPattern(first, second, size))),
        8 => Using(SparseMatrix<float>.Adjacency(CsrGraph.FromEdges(5, [0, 2, 4, 1, 1], [3, 1, 2, 0, 4]), Floats(first))),
        9 => Using(SparseMatrix<float>.RowNormalised(CsrGraph.FromEdges(size, first, second), Floats(second))),
        10 => Using(SparseMatrix<float>.SymmetricNormalised(CsrGraph.FromEdges(size, first, second), Floats(first))),
        11 => Using(SparseMatrix<float>.ScaledLaplacian(CsrGraph.FromEdges(size, first, second).Symmetric())),
        12 => Using(CsrGraph.FromEdges(first.Length, first, second).Reorder(first)),
        _ => Using(ConfidenceOrder.Adjacency(first, second.Length, size)),
    };

    private static Action Using(CsrGraph graph) => () => Use(graph);

    private static Action Using(SparseMatrix<float> matrix) => () => Use(matrix);

    private static Action Telling(object structure) => () => structure.ToString();

    private static float[] Floats(ReadOnlySpan<int> bits) => MemoryMarshal.Cast<int, float>(bits).ToArray();
}
