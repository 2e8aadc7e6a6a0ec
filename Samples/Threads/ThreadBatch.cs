using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Threads;

/// <summary>A thread with all that is computed of it once.</summary>
/// <param name="X">[N, D].</param>
/// <param name="Levels">[N].</param>
internal sealed record Example(CommentThread Thread, float[] X, int[] Levels)
{
    public int Nodes => Levels.Length;
}

/// <summary>Threads side by side.</summary>
/// <param name="Schedule">In what order a graph network runs over them.</param>
/// <param name="X">[N, D].</param>
/// <param name="Levels">[N].</param>
/// <param name="Counts">[N]: 1 for a comment, 0 for a post, whose karma is not asked for.</param>
internal sealed record ThreadBatch(GsLstmSchedule Schedule, float[] X, int[] Levels, int[] Counts)
{
    public static ThreadBatch Of(IReadOnlyCollection<Example> examples)
    {
        List<int> parents = [];
        List<long> times = [];
        List<int> counts = [];
        foreach (Example example in examples)
        {
            int first = parents.Count;
            for (int node = 0; node < example.Nodes; node++)
            {
                int parent = example.Thread.Comments[node].Parent;
                parents.Add(parent < 0 ? -1 : first + parent);

                // Two answers may come in the same second: their numbers tell which was first.
                times.Add(node);
                counts.Add(node == 0 ? 0 : 1);
            }
        }

        return new ThreadBatch(
            new GsLstmSchedule(new Relatives([.. parents], [.. times])),
            [.. examples.SelectMany(example => example.X)],
            [.. examples.SelectMany(example => example.Levels)],
            [.. counts]);
    }
}
