using System.Globalization;

namespace FastRecurrent.Samples.Threads;

/// <summary>Threads of nobody in particular. Who comes early gets most, and so does who is answered.</summary>
internal static class TinyThreads
{
    // Of each comment: what it answers, minutes since the post, karma, author, words. Number 0 is the post.
    private static readonly string[] _threads =
    [
        "-1/0/60/0/120 0/5/90/1/40 1/9/30/0/12 0/12/41/2/25 1/20/12/3/18 3/31/9/0/10 0/55/6/4/30 0/140/2/5/9 0/300/1/6/5 8/320/1/0/3",
        "-1/0/15/0/80 0/8/22/1/60 0/15/9/2/22 1/24/7/0/15 0/40/4/3/31 2/66/3/0/8 0/180/1/4/12 0/400/1/5/6",
        "-1/0/5/0/45 0/12/6/1/20 1/30/3/0/9 0/50/2/2/14 0/90/1/3/4 0/200/0/4/7",
        "-1/0/140/0/200 0/3/160/1/75 0/6/75/2/33 1/10/52/3/20 1/16/21/0/11 2/22/18/4/16 0/45/11/5/42 3/60/6/6/9 0/120/3/7/13 0/500/1/8/4 "
            + "0/700/1/9/8",
        "-1/0/8/0/60 0/20/11/1/35 0/33/4/2/12 1/41/5/0/16 3/52/2/1/6 0/110/1/3/10 0/260/-2/4/3",
        "-1/0/33/0/150 0/7/48/1/90 0/11/19/2/21 1/18/17/0/14 1/26/6/3/8 0/70/5/4/44 0/95/2/5/11 0/330/1/6/6 5/350/1/0/5",
        "-1/0/2/0/30 0/25/3/1/18 1/47/2/0/7 0/130/1/2/9 0/240/1/3/5",
        "-1/0/75/0/95 0/4/101/1/52 1/8/37/2/19 0/13/26/3/28 2/19/14/0/9 0/36/8/4/17 3/58/6/0/12 0/150/2/5/7 0/290/1/6/6 0/610/-1/7/2",
        "-1/0/12/0/70 0/10/17/1/48 0/21/7/2/15 1/35/6/0/13 0/85/2/3/20 4/97/1/0/4 0/310/1/4/8",
        "-1/0/24/0/110 0/6/35/1/66 0/14/13/2/24 1/17/15/0/10 3/29/5/1/9 0/62/4/3/27 0/170/1/4/6 0/450/1/5/5",
        "-1/0/4/0/50 0/18/7/1/29 1/38/3/0/11 0/75/2/2/13 2/88/1/1/5 0/220/1/3/4",
        "-1/0/48/0/130 0/5/66/1/58 0/9/31/2/26 1/15/23/0/17 1/27/10/3/12 2/34/9/0/8 0/80/5/4/36 0/160/2/5/10 0/420/1/6/3",
    ];

    public static CommentThread[] Create() => [.. _threads.Select(Create)];

    private static CommentThread Create(string text)
    {
        List<Comment> comments = [];
        foreach (string comment in text.Split(' '))
        {
            int[] values = [.. comment.Split('/').Select(value => int.Parse(value, CultureInfo.InvariantCulture))];
            int depth = values[0] < 0 ? 0 : comments[values[0]].Depth + 1;
            comments.Add(new Comment(values[0], depth, 60L * values[1], values[2], values[3], 6 * values[4], values[4], 0, 0, 0));
        }

        return new CommentThread([.. comments]);
    }
}
