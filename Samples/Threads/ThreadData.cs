using System.Globalization;
using System.IO.Compression;

namespace FastRecurrent.Samples.Threads;

/// <summary>A comment, or the post that it all began with.</summary>
/// <param name="Parent">The number in the thread of what it answers; −1 for the post.</param>
/// <param name="Depth">0 for the post.</param>
/// <param name="Seconds">Since the post.</param>
/// <param name="Score">Karma: votes for less votes against.</param>
/// <param name="Author">A number in the thread; −1 for whoever has left since.</param>
/// <param name="Characters">Of its text, like the four that follow; the text itself is not in the data.</param>
internal sealed record Comment(
    int Parent, int Depth, long Seconds, int Score, int Author, int Characters, int Words, int Questions, int Links, int Quotes);

/// <summary>A post, number 0, and its comments in the order of time.</summary>
internal sealed record CommentThread(Comment[] Comments);

/// <summary>Threads from a table, or the few of the sample.</summary>
internal static class ThreadData
{
    private const string Header = "thread\tsubreddit\tnode\tparent\tdepth\tseconds\tscore\tauthor\tchars\twords\tquestions\turls\tquotes";

    public static CommentThread[] Load(string? path) => path is null ? TinyThreads.Create() : Read(path);

    private static CommentThread[] Read(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(stream);
        if (reader.ReadLine() != Header)
        {
            throw new InvalidDataException($"{path} does not begin with the columns {Header.Replace("\t", ", ")}.");
        }

        List<CommentThread> threads = [];
        List<Comment> comments = [];
        string current = "";
        for (int number = 2; reader.ReadLine() is { } line; number++)
        {
            string[] fields = line.Split('\t');
            if (fields[0] != current)
            {
                End();
                current = fields[0];
            }

            int[] values = fields.Length == 13
                ? [.. fields.Skip(2)
                    .Select(field => int.TryParse(field, CultureInfo.InvariantCulture, out int value) ? value : int.MinValue)]
                : [int.MinValue];
            if (values.Contains(int.MinValue) || values[0] != comments.Count || values[1] >= values[0]
                || values[1] < (values[0] == 0 ? -1 : 0))
            {
                throw new InvalidDataException(
                    $"{path}, line {number}: a thread's comments are numbered from 0, and each follows the one it answers.");
            }

            comments.Add(new Comment(
                values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8], values[9], values[10]));
        }

        End();
        return threads.Count >= 10
            ? [.. threads]
            : throw new InvalidDataException($"{path} holds {threads.Count} threads; 10 are the least that can be split.");

        void End()
        {
            if (comments.Count > 0)
            {
                threads.Add(new CommentThread([.. comments]));
                comments.Clear();
            }
        }
    }
}
