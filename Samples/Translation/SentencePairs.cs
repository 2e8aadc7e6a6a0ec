using System.IO.Compression;
using System.Text.RegularExpressions;

namespace FastRecurrent.Samples.Translation;

/// <summary>Pairs of short sentences as words, and all translations of each source.
/// Sources are split so that no held-out one was trained on.</summary>
internal sealed partial class SentencePairs
{
    public const int Start = 0, End = 1, Unknown = 2;
    private const int Fewest = 10;

    private const string Tiny =
        "I am here.\tJe suis ici.\nI am tall.\tJe suis grand.\nYou are here.\tTu es ici.\nYou are tall.\tTu es grand.\nHe is "
            + "here.\tIl est ici.\n"
        + "He is tall.\tIl est grand.\nI am cold.\tJ'ai froid.\nYou are cold.\tTu as froid.\nHe is cold.\tIl a froid.\nI am "
            + "hungry.\tJ'ai faim.\n"
        + "You are hungry.\tTu as faim.\nHe is hungry.\tIl a faim.\nWe are here.\tNous sommes ici.\nWe are tall.\tNous sommes grands.\nWe "
            + "are cold.\tNous avons froid.";

    private SentencePairs(IEnumerable<(string Source, string Target)> pairs, int seed)
    {
        (string[] Source, string[] Target)[] words = [.. pairs.Select(pair => (Tokenise(pair.Source), Tokenise(pair.Target)))
            .Where(pair => pair.Item1.Length > 0 && pair.Item2.Length > 0)];
        string[] sources = [.. words.Select(pair => string.Join(' ', pair.Source)).Distinct()];
        new Random(seed).Shuffle(sources);
        int tenth = Math.Max(1, sources.Length / 10);
        HashSet<string> test = [.. sources[..tenth]], validation = [.. sources[tenth..(2 * tenth)]];
        ILookup<string, string[]> references = words.ToLookup(pair => string.Join(' ', pair.Source), pair => pair.Target);
        (string[] Source, string[] Target)[] training =
            [.. words.Where(pair => !test.Contains(string.Join(' ', pair.Source)) && !validation.Contains(string.Join(' ', pair.Source)))];
        SourceWords = VocabularyOf(training.Select(pair => pair.Source));
        TargetWords = VocabularyOf(training.Select(pair => pair.Target));
        Training = [.. training.Select(pair => (Ids(pair.Source, SourceWords), Ids(pair.Target, TargetWords)))];
        Validation = [.. words.Where(pair => validation.Contains(string.Join(' ', pair.Source)))
            .Select(pair => (Ids(pair.Source, SourceWords), Ids(pair.Target, TargetWords)))];
        Test = [.. test.Order(StringComparer.Ordinal)
            .Select(source => (Ids(source.Split(' '), SourceWords), source, references[source].ToArray()))];
    }

    public string[] SourceWords { get; }

    public string[] TargetWords { get; }

    public (int[] Source, int[] Target)[] Training { get; }

    public (int[] Source, int[] Target)[] Validation { get; }

    /// <summary>Held-out sources with all their translations.</summary>
    public (int[] Source, string Text, string[][] References)[] Test { get; }

    public int LongestSource => Training.Select(pair => pair.Source).Concat(Validation.Select(pair => pair.Source))
        .Concat(Test.Select(pair => pair.Source)).Max(source => source.Length);

    public int LongestTarget => Training.Concat(Validation).Max(pair => pair.Target.Length) + 1;

    public static SentencePairs Load(string? path, int seed)
    {
        if (path is null)
        {
            return new SentencePairs(PairsOf(Tiny), seed);
        }

        using Stream file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using StreamReader reader = new(stream);
        (string, string)[] pairs = [.. PairsOf(reader.ReadToEnd())];
        return pairs.Length >= Fewest
            ? new SentencePairs(pairs, seed)
            : throw new InvalidDataException(
                $"{path} holds {pairs.Length} pairs separated by tabs; {Fewest} are the fewest to learn from.");
    }

    private static IEnumerable<(string, string)> PairsOf(string text) =>
        text.Split('\n').Select(line => line.TrimEnd('\r').Split('\t')).Where(columns => columns.Length >= 2)
        .Select(columns => (columns[0], columns[1]));

    /// <summary>Lower case; marks are words of their own, an apostrophe ends one.</summary>
    private static string[] Tokenise(string text) =>
        [.. Tokens().Matches(text.ToLowerInvariant().Replace('’', '\'')).Select(match => match.Value)];

    private static string[] VocabularyOf(IEnumerable<string[]> sentences) =>
        ["<s>", "</s>", "<unk>", .. sentences.SelectMany(words => words).Distinct().Order(StringComparer.Ordinal)];

    private static int[] Ids(string[] words, string[] vocabulary) =>
        [.. words.Select(word => Array.BinarySearch(vocabulary, 3, vocabulary.Length - 3, word, StringComparer.Ordinal))
            .Select(id => id < 0 ? Unknown : id)];

    [GeneratedRegex(@"[\p{L}\p{N}]+'?|[^\s\p{L}\p{N}]")]
    private static partial Regex Tokens();
}
