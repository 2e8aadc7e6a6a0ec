namespace FastRecurrent.Samples.Citations;

/// <summary>Cora in the form of LINQS (Sen et al. 2008): cora.content, "paper 0/1 … subject" a line, and cora.cites,
/// "cited citing" a line.</summary>
internal static class Cora
{
    // LINQS does not say which papers are the fixed split of Yang et al. 2016, so splits are drawn.
    private const int PerClass = 20, Validation = 500, Test = 1000;

    public static Papers Load(string path)
    {
        Dictionary<string, int> numbers = [];
        List<int[]> words = [];
        List<string> subjects = [];
        int wordCount = 0;
        foreach (string line in File.ReadLines(Path.Combine(path, "cora.content")))
        {
            string[] columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 3 || (wordCount > 0 && columns.Length != wordCount + 2) || !numbers.TryAdd(columns[0], words.Count))
            {
                throw new InvalidDataException(
                    $"cora.content, line {words.Count + 1} is no paper, its words and its subject, or a paper for the second time.");
            }

            wordCount = columns.Length - 2;
            words.Add([.. Enumerable.Range(0, wordCount).Where(word => columns[word + 1] != "0")]);
            subjects.Add(columns[^1]);
        }

        string[] names = [.. subjects.Distinct().Order(StringComparer.Ordinal)];
        int[] classes = [.. subjects.Select(subject => Array.IndexOf(names, subject))];
        return new Papers
        {
            Name = "Cora",
            Graph = Papers.GraphOf(words.Count, ReadLinks(Path.Combine(path, "cora.cites"), numbers)),
            Words = Papers.Normalise(words, wordCount),
            Classes = classes,
            Split = seed => Split.Random(classes, PerClass, Validation, Test, seed),
            SplitName = "another random split every run",
            Published =
            [
                ("Kipf and Welling 2017: GCN, mean and standard error of 10 random splits", "80.1 ± 0.5 %"),
                ("Kipf and Welling 2017: GCN, fixed split of Yang et al. 2016", "81.5 %"),
                ("Kipf and Welling 2017: Chebyshev, K = 2, fixed split", "81.2 %"),
                ("Kipf and Welling 2017: MLP, fixed split", "55.1 %"),
            ],
        };
    }

    /// <summary>A link to a paper without content counts for nothing.</summary>
    private static IEnumerable<(int From, int To)> ReadLinks(string path, Dictionary<string, int> numbers)
    {
        foreach (string line in File.ReadLines(path))
        {
            string[] ends = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (ends.Length == 2 && numbers.TryGetValue(ends[0], out int cited) && numbers.TryGetValue(ends[1], out int citing))
            {
                yield return (citing, cited);
            }
        }
    }
}
