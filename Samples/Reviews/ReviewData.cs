using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace FastRecurrent.Samples.Reviews;

/// <summary>One review.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Fold">From 0.</param>
/// <param name="Class">0 negative, 1 positive.</param>
/// <param name="Sentences">Words of each sentence.</param>
internal sealed record Review(string Name, int Fold, int Class, string[][] Sentences)
{
    public const int Folds = 10, Classes = 2;
    public static readonly string[] ClassNames = ["negative", "positive"];

    public int Words { get; } = Sentences.Sum(sentence => sentence.Length);
}

/// <summary>Movie review polarity, version 2.0 (Pang and Lee 2004): folders neg and pos, one tokenised sentence a line.</summary>
internal static class ReviewData
{
    // A longer line is cut into sentences of this length: the steps of a batch are those of its longest sentence.
    private const int LongestSentence = 60;
    private static readonly string[] _folders = ["neg", "pos"];

    public static Review[] Load(string? path)
    {
        Review[] reviews = [.. path is null ? Tiny() : Directory.Exists(path) ? Folder(path) : Zip(path)];
        if (reviews.Select(review => (review.Fold, review.Class)).Distinct().Count() < Review.Folds * Review.Classes)
        {
            throw new InvalidDataException($"{path} has no reviews neg/cvNNN*.txt and pos/cvNNN*.txt in each of the {Review.Folds} folds.");
        }

        return reviews.FirstOrDefault(review => review.Words == 0) is { } empty
            ? throw new InvalidDataException($"{path}: {empty.Name} is empty.")
            : reviews;
    }

    private static IEnumerable<Review> Tiny() => TinyReviews.Negative.Select((text, i) => Create($"neg/{i}", i % Review.Folds, 0, text))
        .Concat(TinyReviews.Positive.Select((text, i) => Create($"pos/{i}", i % Review.Folds, 1, text)));

    private static IEnumerable<Review> Folder(string path) => _folders.SelectMany((folder, @class) =>
        Directory.EnumerateFiles(Path.Combine(path, folder), "cv*.txt").Order(StringComparer.Ordinal)
            .Select(file => Create(folder, Path.GetFileName(file), @class, File.ReadAllText(file, Encoding.Latin1))));

    private static List<Review> Zip(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        List<Review> reviews = [];
        foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.Name.StartsWith("cv", StringComparison.Ordinal)))
        {
            string folder = Path.GetFileName(Path.GetDirectoryName(entry.FullName)!);
            if (Array.IndexOf(_folders, folder) is >= 0 and int @class)
            {
                using StreamReader reader = new(entry.Open(), Encoding.Latin1);
                reviews.Add(Create(folder, entry.Name, @class, reader.ReadToEnd()));
            }
        }

        return reviews;
    }

    /// <summary>Fold 1 is cv000 … cv099 and so on, as the authors cut them.</summary>
    private static Review Create(string folder, string file, int @class, string text) =>
        file.Length >= 5 && int.TryParse(file.AsSpan(2, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? Create($"{folder}/{Path.GetFileNameWithoutExtension(file)}", number / 100, @class, text)
            : throw new InvalidDataException($"{folder}/{file}: a review's file is named cvNNN….");

    private static Review Create(string name, int fold, int @class, string text) => new(
        name, fold, @class,
        [.. text.Split('\n')
        .SelectMany(line => line.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Chunk(LongestSentence))]);
}
