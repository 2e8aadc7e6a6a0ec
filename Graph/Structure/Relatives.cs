using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// Relations in a forest of timed nodes, such as comments in threads (Zayats and Ostendorf 2018): for each node its parent π, its elder
/// sibling p, its first child k and its younger sibling s, −1 where there is none.
/// </summary>
/// <remarks>Siblings are ordered by time. Roots have no siblings, whatever their times: they are different threads.</remarks>
public sealed class Relatives
{
    private readonly int[] _parent;
    private readonly int[] _elder;
    private readonly int[] _firstChild;
    private readonly int[] _younger;

    /// <summary>Derives all relations.</summary>
    /// <param name="parent">[N], −1 for a root.</param>
    /// <param name="time">[N], any integers; among siblings none twice.</param>
    /// <exception cref="ArgumentException">A parent is out of range, two siblings have the same time, or there is a cycle;
    /// the message names a node.</exception>
    public Relatives(ReadOnlySpan<int> parent, ReadOnlySpan<long> time)
    {
        Require.Length(time.Length, parent.Length);
        CheckParents(parent, nameof(parent));
        _parent = parent.ToArray();
        _elder = new int[parent.Length];
        _firstChild = new int[parent.Length];
        _younger = new int[parent.Length];
        Array.Fill(_elder, -1);
        Array.Fill(_firstChild, -1);
        Array.Fill(_younger, -1);
        int[] order = [.. Enumerable.Range(0, parent.Length)];
        long[] times = time.ToArray();
        Array.Sort(order, (a, b) => (_parent[a], times[a], a).CompareTo((_parent[b], times[b], b)));
        for (int k = 0; k < order.Length; k++)
        {
            int node = order[k], up = _parent[node];
            if (up < 0)
            {
                continue;
            }

            int before = k > 0 ? order[k - 1] : -1;
            if (before < 0 || _parent[before] != up)
            {
                _firstChild[up] = node;
                continue;
            }

            if (times[before] == times[node])
            {
                throw new ArgumentException($"time of nodes {before} and {node}, children of {up}, is the same: {times[node]}.",
                    nameof(time));
            }

            _elder[node] = before;
            _younger[before] = node;
        }
    }

    /// <summary>N.</summary>
    public int NodeCount => _parent.Length;

    /// <summary>π(t), the parent, or −1.</summary>
    public ReadOnlySpan<int> Parent => _parent;

    /// <summary>p(t), the next older child of the same parent, or −1.</summary>
    public ReadOnlySpan<int> ElderSibling => _elder;

    /// <summary>k(t), the oldest child, or −1.</summary>
    public ReadOnlySpan<int> FirstChild => _firstChild;

    /// <summary>s(t), the next younger child of the same parent, or −1.</summary>
    public ReadOnlySpan<int> YoungerSibling => _younger;

    /// <inheritdoc/>
    public override string ToString() => $"forest of {NodeCount:N0} nodes, {_parent.Count(parent => parent < 0):N0} roots";

    /// <summary>Throws unless every node has a parent that exists, or −1, and none is its own ancestor.</summary>
    internal static void CheckParents(ReadOnlySpan<int> parent, string name)
    {
        CsrGraph.CheckNodes(parent, parent.Length, name, least: -1);
        if (FindCycle(parent) is int node)
        {
            throw new ArgumentException($"{name} has a cycle through node {node}.", name);
        }
    }

    /// <summary>A node on a cycle, if there is one: walks up from every node, and a walk that meets itself is a cycle.</summary>
    internal static int? FindCycle(ReadOnlySpan<int> parent)
    {
        int[] walk = new int[parent.Length];
        for (int start = 0; start < parent.Length; start++)
        {
            int node = start;
            while (node >= 0 && walk[node] == 0)
            {
                walk[node] = start + 1;
                node = parent[node];
            }

            if (node >= 0 && walk[node] == start + 1)
            {
                return node;
            }
        }

        return null;
    }
}
