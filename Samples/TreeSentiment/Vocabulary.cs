using System.Globalization;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Numbers of words, or of parts of speech.</summary>
internal sealed class Vocabulary
{
    /// <summary>Of nodes that have no word.</summary>
    public const int None = 0;
    public const int Unknown = 1;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    public Vocabulary(IEnumerable<string> words)
    {
        foreach (string word in words)
        {
            _ids.TryAdd(word, _ids.Count + 2);
        }
    }

    public int Size => _ids.Count + 2;

    public int IdOf(string? word) => word is null ? None : _ids.GetValueOrDefault(word, Unknown);

    /// <summary>Puts the vectors of several tables side by side into an embedding; what a table does not have stays as drawn.</summary>
    /// <returns>How many words have a vector in any of them.</returns>
    public int Load(IReadOnlyList<Dictionary<string, float[]>> tables, Embedding<float> embedding)
    {
        Span<float> weight = embedding.Parameters["weight"].Value;
        HashSet<string> found = [];
        int column = 0;
        foreach (Dictionary<string, float[]> table in tables)
        {
            foreach ((string word, float[] vector) in table)
            {
                if (_ids.TryGetValue(word, out int id))
                {
                    vector.CopyTo(weight[(id * embedding.EmbeddingSize + column)..]);
                    found.Add(word);
                }
            }

            column += table.First().Value.Length;
        }

        return found.Count;
    }

    /// <summary>Pretrained vectors in GloVe's text form: a word and its numbers a line.</summary>
    public static Dictionary<string, float[]> ReadVectors(string path)
    {
        Dictionary<string, float[]> vectors = new(StringComparer.Ordinal);
        foreach (string[] columns in TextFile.Lines(path).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > 1))
        {
            vectors[columns[0]] = [.. columns.Skip(1).Select(number => float.Parse(number, CultureInfo.InvariantCulture))];
        }

        return vectors.Values.DistinctBy(vector => vector.Length).Count() == 1
            ? vectors
            : throw new InvalidDataException($"{path} holds no vectors, or vectors of different lengths.");
    }
}
