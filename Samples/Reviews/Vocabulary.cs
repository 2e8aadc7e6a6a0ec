using System.Globalization;
using System.IO.Compression;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Reviews;

/// <summary>Words of the training reviews; the rare ones share one number with those never seen.</summary>
internal sealed class Vocabulary
{
    public const int Unknown = 0;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    public Vocabulary(IEnumerable<Review> reviews, int leastCount)
    {
        foreach (IGrouping<string, string> word in reviews.SelectMany(review => review.Sentences).SelectMany(sentence => sentence)
            .GroupBy(word => word, StringComparer.Ordinal).Where(group => group.Count() >= leastCount))
        {
            _ids.Add(word.Key, _ids.Count + 1);
        }
    }

    /// <summary>The unknown word counts too.</summary>
    public int Size => _ids.Count + 1;

    public int IdOf(string word) => _ids.GetValueOrDefault(word, Unknown);

    /// <summary>Puts pretrained vectors, one line a word, into the first columns of the words' rows,
    /// scaled to the deviation of what they replace.</summary>
    /// <returns>How many words have one.</returns>
    public int LoadVectors(string path, Embedding<float> embedding)
    {
        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(stream);
        int found = 0;
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > embedding.EmbeddingSize + 1)
            {
                throw new InvalidDataException(
                    $"{path} has vectors of {columns.Length - 1} numbers, more than the {embedding.EmbeddingSize} of the network.");
            }

            if (columns.Length > 1 && IdOf(columns[0]) is > Unknown and int id)
            {
                float[] vector = [.. columns.Skip(1).Select(number => float.Parse(number, CultureInfo.InvariantCulture))];
                float scale = 0.1f * MathF.Sqrt(vector.Length / vector.Sum(value => value * value));
                vector.Select(value => scale * value).ToArray()
                    .CopyTo(embedding.Parameters["weight"].Value[(id * embedding.EmbeddingSize)..]);
                found++;
            }
        }

        return found;
    }
}
