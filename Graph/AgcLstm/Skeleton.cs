using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The partitions of a skeleton, from its bones (Yan, Xiong and Lin 2018; Si et al. 2019).</summary>
/// <remarks>
/// Rows are normalised in each partition: every joint sees the mean of its neighbours there, and nothing in a partition where it has none.
/// </remarks>
public static class Skeleton
{
    /// <summary>
    /// Spatial configuration, K = 3: the joint itself; its neighbours closer to the centre;
    /// its neighbours farther from it. Distance counts bones.
    /// </summary>
    /// <param name="parents">[N ≥ 1], for each joint the one at the other end of its bone, −1 for a root.
    /// Several roots are several skeletons.</param>
    /// <param name="centre">The joint that counts as the centre, e.g. the middle of the spine; by default,
    /// and for other skeletons, the root.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="ArgumentException">A joint does not exist or the bones form a cycle; the message names a joint.</exception>
    public static GraphPartitions<T> Spatial<T>(ReadOnlySpan<int> parents, int? centre = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CsrGraph bones = BonesOf(parents);
        int[] distance = Distances(bones, parents, centre);
        return new GraphPartitions<T>(
            Select<T>(bones, (joint, other) => joint == other),
            Select<T>(bones, (joint, other) => distance[other] < distance[joint]),
            Select<T>(bones, (joint, other) => distance[other] > distance[joint]));
    }

    /// <summary>Uniform labelling, K = 1: the joint and all its neighbours alike.</summary>
    /// <param name="parents">[N ≥ 1], for each joint the one at the other end of its bone, −1 for a root.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <exception cref="ArgumentException">A joint does not exist or the bones form a cycle; the message names a joint.</exception>
    public static GraphPartitions<T> Uniform<T>(ReadOnlySpan<int> parents)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(Select<T>(BonesOf(parents), (_, _) => true));

    /// <summary>The bones in both directions, and every joint with itself.</summary>
    private static CsrGraph BonesOf(ReadOnlySpan<int> parents) => Forest.FromParents(parents, nameof(parents)).Symmetric().WithSelfLoops();

    /// <summary>Bones from every joint to its centre, breadth first.</summary>
    private static int[] Distances(CsrGraph bones, ReadOnlySpan<int> parents, int? centre)
    {
        int[] distance = new int[parents.Length];
        Array.Fill(distance, -1);
        Queue<int> queue = [];
        if (centre is int first)
        {
            CsrGraph.CheckNodes([first], parents.Length, nameof(centre));
            Reach(first);
        }

        for (int joint = 0; joint < parents.Length; joint++)
        {
            if (parents[joint] < 0 && distance[joint] < 0)
            {
                Reach(joint);
            }
        }

        return distance;

        void Reach(int start)
        {
            distance[start] = 0;
            queue.Enqueue(start);
            while (queue.TryDequeue(out int joint))
            {
                foreach (int other in bones[joint])
                {
                    if (distance[other] < 0)
                    {
                        distance[other] = distance[joint] + 1;
                        queue.Enqueue(other);
                    }
                }
            }
        }
    }

    private static (CsrGraph, T[]) Select<T>(CsrGraph bones, Func<int, int, bool> belongs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        List<int> sources = [];
        List<T> weights = [];
        int[] offsets = new int[bones.NodeCount + 1];
        for (int joint = 0; joint < bones.NodeCount; joint++)
        {
            int[] chosen = [.. bones[joint].ToArray().Where(other => belongs(joint, other))];
            sources.AddRange(chosen);
            weights.AddRange(Enumerable.Repeat(Scalar.From<T>(1.0 / Math.Max(1, chosen.Length)), chosen.Length));
            offsets[joint + 1] = sources.Count;
        }

        return (new CsrGraph(offsets, sources.ToArray()), weights.ToArray());
    }
}
