namespace FastRecurrent.Samples.Threads;

/// <summary>
/// What a network is told of a comment: its text in figures, when it came, where it stands in the thread and what it set off. The thread is
/// over: what came later is known. No score is among it, neither the comment's nor that of others or of the post.
/// </summary>
internal sealed class Features
{
    private readonly float[] _mean = new float[Count], _deviation = new float[Count];

    /// <param name="training">Gives mean and deviation of each feature.</param>
    public Features(IEnumerable<CommentThread> training)
    {
        float[][] rows = [.. training.SelectMany(Raw)];
        for (int i = 0; i < Count; i++)
        {
            double mean = rows.Average(row => (double)row[i]), variance = rows.Average(row => (row[i] - mean) * (row[i] - mean));
            (_mean[i], _deviation[i]) = ((float)mean, (float)Math.Max(Math.Sqrt(variance), 1e-6));
        }
    }

    public static int Count { get; } = Raw(new CommentThread([new Comment(-1, 0, 0, 0, 0, 0, 0, 0, 0, 0)]))[0].Length;

    /// <summary>Rows of all comments of a thread, [N, D].</summary>
    public float[] Of(CommentThread thread) =>
        [.. Raw(thread).SelectMany(row => row.Select((value, i) => (value - _mean[i]) / _deviation[i]))];

    private static float[][] Raw(CommentThread thread)
    {
        Comment[] comments = thread.Comments;
        int[] children = new int[comments.Length], elder = new int[comments.Length], descendants = new int[comments.Length],
            height = new int[comments.Length];
        for (int node = 1; node < comments.Length; node++)
        {
            elder[node] = children[comments[node].Parent]++;
        }

        // Answers come after what they answer, so from the end everything below a comment is counted before it is.
        for (int node = comments.Length - 1; node > 0; node--)
        {
            int parent = comments[node].Parent;
            descendants[parent] += descendants[node] + 1;
            height[parent] = Math.Max(height[parent], height[node] + 1);
        }

        Dictionary<int, int> byAuthor = comments.GroupBy(comment => comment.Author)
            .ToDictionary(group => group.Key, group => group.Count());
        return [.. comments.Select((comment, node) => Row(comment, node))];

        float[] Row(Comment comment, int node)
        {
            Comment parent = comments[Math.Max(0, comment.Parent)];

            // Those who have left share one number: nothing can be said of who they were.
            bool isKnown = comment.Author >= 0;
            return
            [
                node == 0 ? 1 : 0,
                Log(comment.Characters),
                Log(comment.Words),
                Log(comment.Questions),
                Log(comment.Links),
                Log(comment.Quotes),
                Log(comment.Seconds),
                Log(comment.Seconds - parent.Seconds),
                Log(comment.Depth),
                Log(node),
                Log(comments.Length - 1 - node),
                Log(elder[node]),
                node == 0 ? 0 : Log(children[comment.Parent] - 1 - elder[node]),
                Log(children[node]),
                Log(descendants[node]),
                Log(height[node]),
                isKnown && comment.Author == comments[0].Author ? 1 : 0,
                isKnown && comment.Author == parent.Author ? 1 : 0,
                isKnown ? Log(byAuthor[comment.Author] - 1) : 0,
            ];
        }
    }

    private static float Log(long count) => MathF.Log(1 + Math.Max(0, count));
}
