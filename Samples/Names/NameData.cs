using System.IO.Compression;

namespace FastRecurrent.Samples.Names;

/// <summary>Surnames by language: one text file a language, one name a line.</summary>
internal sealed class NameData
{
    private const int Fewest = 10;

    private static readonly (string Language, string Names)[] _tiny =
    [
        ("Italian", "Rossi Bianchi Romano Colombo Ricci Marino Greco Conti Esposito Gallo Costa Fontana Moretti Lombardi Barbieri"),
        ("German", "Schmidt Schneider Fischer Weber Wagner Becker Schulz Hoffmann Koch Richter Schwarz Zimmermann Braun Hartmann Werner"),
        ("Polish",
            "Nowak Kowalski Wisniewski Wojcik Kowalczyk Kaminski Lewandowski Zielinski Szymanski Wozniak Dabrowski Kozlowski "
            + "Jankowski Mazur"),
        ("Japanese",
            "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi Matsumoto"),
    ];

    private NameData(IEnumerable<(string Language, string Name)> names, int seed)
    {
        (string Language, string Name)[] all = [.. names.Distinct()];
        Languages = [.. all.Select(pair => pair.Language).Distinct().Order(StringComparer.Ordinal)];
        char[] letters = [.. all.SelectMany(pair => pair.Name).Distinct().Order()];
        Letters = letters.Length;
        new Random(seed).Shuffle(all);
        (int[] Ids, int Class)[] examples = [.. all.Select(pair =>
            (pair.Name.Select(letter => Array.BinarySearch(letters, letter)).ToArray(), Array.IndexOf(Languages, pair.Language)))];
        int heldOut = Math.Max(1, examples.Length / 10);
        HeldOut = examples[..heldOut];
        Validation = examples[heldOut..(2 * heldOut)];
        Training = examples[(2 * heldOut)..];
    }

    public string[] Languages { get; }

    public int Letters { get; }

    public (int[] Ids, int Class)[] Training { get; }

    /// <summary>One name in ten, by which the best epoch is chosen.</summary>
    public (int[] Ids, int Class)[] Validation { get; }

    /// <summary>One name in ten, for the figure at the end.</summary>
    public (int[] Ids, int Class)[] HeldOut { get; }

    public static NameData Load(string? path, int seed)
    {
        (string, string)[] names = [.. path is null ? Tiny() : Directory.Exists(path) ? Folder(path) : Zip(path)];
        return names.Length >= Fewest
            ? new NameData(names, seed)
            : throw new InvalidDataException($"{path} holds {names.Length} names in text files; {Fewest} are the fewest to learn from.");
    }

    private static IEnumerable<(string, string)> Tiny() =>
        _tiny.SelectMany(pair => pair.Names.Split(' ').Select(name => (pair.Language, name)));

    private static IEnumerable<(string, string)> Folder(string path) => Directory.EnumerateFiles(path, "*.txt")
        .SelectMany(file => NamesOf(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)));

    private static List<(string, string)> Zip(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        List<(string, string)> names = [];
        foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.Name.EndsWith(".txt", StringComparison.Ordinal)))
        {
            using StreamReader reader = new(entry.Open());
            names.AddRange(NamesOf(Path.GetFileNameWithoutExtension(entry.Name), reader.ReadToEnd()));
        }

        return names;
    }

    private static IEnumerable<(string, string)> NamesOf(string language, string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name => (language, name));
}
