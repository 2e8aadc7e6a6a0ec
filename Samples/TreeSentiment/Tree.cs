namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>A tree as the network reads it.</summary>
/// <param name="Ids">Of each feature, a number a node.</param>
/// <param name="Parents">[N], −1 for a root.</param>
/// <param name="Targets">[N], the class of each node or <see cref="Unlabelled"/>.</param>
internal sealed record Tree(int[][] Ids, int[] Parents, int[] Targets)
{
    public const int Unlabelled = -1;

    /// <summary>Of a label that training does not have: it counts, and no answer is right.</summary>
    public const int UnknownLabel = int.MaxValue;

    public int Size => Parents.Length;
}

/// <summary>Trees side by side, as one forest.</summary>
/// <param name="Ids">Of each feature, a number a node.</param>
/// <param name="Parents">[N], −1 for roots.</param>
/// <param name="Nodes">Those whose class is asked for.</param>
/// <param name="Targets">Their classes.</param>
internal sealed record TreeBatch(int[][] Ids, int[] Parents, int[] Nodes, int[] Targets)
{
    public static TreeBatch Of(IReadOnlyList<Tree> trees, bool rootsOnly = false)
    {
        int[] parents = new int[trees.Sum(tree => tree.Size)];
        int[][] ids = [.. trees[0].Ids.Select(_ => new int[parents.Length])];
        List<int> nodes = new(parents.Length), targets = new(parents.Length);
        int first = 0;
        foreach (Tree tree in trees)
        {
            for (int feature = 0; feature < ids.Length; feature++)
            {
                tree.Ids[feature].CopyTo(ids[feature], first);
            }

            for (int node = 0; node < tree.Size; node++)
            {
                bool isRoot = tree.Parents[node] < 0;
                parents[first + node] = isRoot ? -1 : first + tree.Parents[node];
                if (tree.Targets[node] != Tree.Unlabelled && (isRoot || !rootsOnly))
                {
                    nodes.Add(first + node);
                    targets.Add(tree.Targets[node]);
                }
            }

            first += tree.Size;
        }

        return new TreeBatch(ids, parents, [.. nodes], [.. targets]);
    }

    /// <summary>Takes words for unknown ones now and then, so that unknown words have a vector that means something.</summary>
    public void ForgetWords(double rate, int seed)
    {
        Random random = new(seed);
        foreach (ref int id in Ids[0].AsSpan())
        {
            id = id != Vocabulary.None && random.NextDouble() < rate ? Vocabulary.Unknown : id;
        }
    }
}
