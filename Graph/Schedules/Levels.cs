using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Nodes of an acyclic graph in levels: all that a node depends on lies in lower levels, so a level is computed at once.</summary>
internal static class Levels
{
    /// <summary>Sorts the nodes by their longest path from a node that depends on nothing, and within a level by number.</summary>
    /// <param name="dependencies">Row v: what node v depends on.</param>
    /// <param name="order">The nodes, level by level.</param>
    /// <param name="offsets">[levels + 1], where each level begins in <paramref name="order"/>.</param>
    /// <param name="name">What the caller's caller calls the dependencies.</param>
    /// <exception cref="ArgumentException">There is a cycle; the message names a node on it.</exception>
    public static void Sort(CsrPattern dependencies, out int[] order, out int[] offsets, string name)
    {
        CsrPattern dependents = dependencies.Transpose(out _);
        int nodes = dependencies.Rows, count = 0;
        int[] waiting = new int[nodes];
        order = new int[nodes];
        List<int> starts = [0];
        for (int node = 0; node < nodes; node++)
        {
            waiting[node] = dependencies[node].Length;
            if (waiting[node] == 0)
            {
                order[count++] = node;
            }
        }

        for (int first = 0; first < count;)
        {
            int end = count;
            for (int at = first; at < end; at++)
            {
                foreach (int next in dependents[order[at]])
                {
                    if (--waiting[next] == 0)
                    {
                        order[count++] = next;
                    }
                }
            }

            Array.Sort(order, end, count - end);
            starts.Add(end);
            first = end;
        }

        if (count < nodes)
        {
            throw new ArgumentException($"{name} has a cycle through node {NodeOnCycle(dependencies, waiting)}.", name);
        }

        offsets = [.. starts];
    }

    /// <summary>Every node left over waits for another one; going from one to the next ends on a cycle.</summary>
    private static int NodeOnCycle(CsrPattern dependencies, int[] waiting)
    {
        bool[] seen = new bool[waiting.Length];
        int node = Array.FindIndex(waiting, left => left > 0);
        while (!seen[node])
        {
            seen[node] = true;
            foreach (int next in dependencies[node])
            {
                if (waiting[next] > 0)
                {
                    node = next;
                    break;
                }
            }
        }

        return node;
    }
}
