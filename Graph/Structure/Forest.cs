using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Trees as graphs whose edges run from child to parent, from the forms they come in.</summary>
public static class Forest
{
    /// <summary>The graph child → parent from each node's parent; children stand in the order of their numbers.</summary>
    /// <param name="parent">[N], −1 for a root.</param>
    /// <exception cref="ArgumentException">A parent is out of range or there is a cycle; the message names a node.</exception>
    public static CsrGraph FromParents(ReadOnlySpan<int> parent) => FromParents(parent, nameof(parent));

    /// <summary>The graph dependent → head of one sentence, from heads counted from 1 as treebanks do; head 0 is the root.</summary>
    /// <param name="heads">[words].</param>
    /// <exception cref="ArgumentException">A head is out of range or there is a cycle;
    /// the message names a place in heads or a word, from 1.</exception>
    public static CsrGraph FromDependencyHeads(ReadOnlySpan<int> heads)
    {
        CsrGraph.CheckNodes(heads, heads.Length + 1, nameof(heads));
        int[] parent = new int[heads.Length];
        for (int word = 0; word < heads.Length; word++)
        {
            parent[word] = heads[word] - 1;
        }

        if (Relatives.FindCycle(parent) is int onCycle)
        {
            throw new ArgumentException($"heads has a cycle through word {onCycle + 1}.", nameof(heads));
        }

        return FromChecked(parent);
    }

    /// <summary>The children of each node at fixed places, for a graph child → parent: [N, arity], −1 where there are fewer.</summary>
    /// <param name="tree">The graph.</param>
    /// <param name="arity">Places a node.</param>
    /// <exception cref="ArgumentException">A node has more children than places,
    /// or there are more places than an array can have.</exception>
    public static int[] Children(CsrGraph tree, int arity)
    {
        ArgumentNullException.ThrowIfNull(tree);
        Require.Positive(arity);
        if ((long)tree.NodeCount * arity > Array.MaxLength)
        {
            throw new ArgumentException($"{tree.NodeCount} nodes of {arity} places are too many for an array.", nameof(arity));
        }

        int[] children = new int[tree.NodeCount * arity];
        Array.Fill(children, -1);
        for (int node = 0; node < tree.NodeCount; node++)
        {
            if (tree.InDegree(node) > arity)
            {
                throw new ArgumentException($"node {node} has {tree.InDegree(node)} children, more than {arity}.", nameof(tree));
            }

            tree[node].CopyTo(children.AsSpan(node * arity));
        }

        return children;
    }

    /// <summary>The graph child → parent from parents that the caller's caller knows by another name.</summary>
    internal static CsrGraph FromParents(ReadOnlySpan<int> parent, string name)
    {
        Relatives.CheckParents(parent, name);
        return FromChecked(parent);
    }

    private static CsrGraph FromChecked(ReadOnlySpan<int> parent)
    {
        int edges = parent.Length - parent.Count(-1), at = 0;
        int[] sources = new int[edges], targets = new int[edges];
        for (int node = 0; node < parent.Length; node++)
        {
            if (parent[node] >= 0)
            {
                (sources[at], targets[at++]) = (node, parent[node]);
            }
        }

        return CsrGraph.FromEdges(parent.Length, sources, targets);
    }
}
