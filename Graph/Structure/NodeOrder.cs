namespace FastRecurrent.Graph;

/// <summary>Orders of nodes, as permutations: <c>order[k]</c> is the node that comes k-th.</summary>
public static class NodeOrder
{
    /// <summary>
    /// Reverse Cuthill–McKee (George 1971): breadth first from a node at the graph's edge, neighbours of few neighbours first, read
    /// backwards. Nodes that exchange messages come to lie close together, so that aggregation finds their rows in cache.
    /// </summary>
    /// <param name="graph">The graph; directions do not matter.</param>
    /// <exception cref="ArgumentNullException"><paramref name="graph"/> is null.</exception>
    public static int[] ReverseCuthillMcKee(CsrGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        CsrGraph near = graph.Symmetric();
        int[] order = new int[near.NodeCount], byDegree = [.. Enumerable.Range(0, near.NodeCount).OrderBy(near.InDegree)];
        bool[] taken = new bool[near.NodeCount];
        int count = 0;
        foreach (int seed in byDegree)
        {
            if (taken[seed])
            {
                continue;
            }

            int first = Peripheral(near, seed);
            order[count++] = first;
            taken[first] = true;
            for (int head = count - 1; head < count; head++)
            {
                int start = count;
                foreach (int node in near[order[head]])
                {
                    if (!taken[node])
                    {
                        taken[node] = true;
                        order[count++] = node;
                    }
                }

                Array.Sort(order, start, count - start,
                    Comparer<int>.Create((a, b) => (near.InDegree(a), a).CompareTo((near.InDegree(b), b))));
            }
        }

        Array.Reverse(order);
        return order;
    }

    /// <summary>The inverse permutation: the place of each node.</summary>
    /// <param name="order">A permutation.</param>
    /// <param name="nodeCount">Its length.</param>
    /// <exception cref="ArgumentException">It is no permutation; the message names a node.</exception>
    public static int[] Invert(ReadOnlySpan<int> order, int nodeCount)
    {
        if (order.Length != nodeCount)
        {
            throw new ArgumentException($"order has {order.Length} entries, but there are {nodeCount} nodes.", nameof(order));
        }

        CsrGraph.CheckNodes(order, nodeCount, nameof(order));
        int[] position = new int[nodeCount];
        Array.Fill(position, -1);
        for (int k = 0; k < order.Length; k++)
        {
            if (position[order[k]] >= 0)
            {
                throw new ArgumentException($"order names node {order[k]} twice, at {position[order[k]]} and at {k}.", nameof(order));
            }

            position[order[k]] = k;
        }

        return position;
    }

    /// <summary>A node far out: the last of a breadth-first walk, from where the walk is taken again while it grows deeper.</summary>
    private static int Peripheral(CsrGraph graph, int start)
    {
        int node = start, depth = -1;
        Queue<(int Node, int Depth)> queue = new();
        HashSet<int> seen = [];
        while (true)
        {
            queue.Enqueue((node, 0));
            seen.Clear();
            seen.Add(node);
            (int Node, int Depth) last = (node, 0);
            while (queue.TryDequeue(out (int Node, int Depth) item))
            {
                if (item.Depth > last.Depth || graph.InDegree(item.Node) < graph.InDegree(last.Node))
                {
                    last = item;
                }

                foreach (int next in graph[item.Node])
                {
                    if (seen.Add(next))
                    {
                        queue.Enqueue((next, item.Depth + 1));
                    }
                }
            }

            if (last.Depth <= depth)
            {
                return node;
            }

            (node, depth) = last;
        }
    }
}
