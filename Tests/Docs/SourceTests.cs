using System.Globalization;

namespace FastRecurrent.Tests.Docs;

/// <summary>What the formatter does not look at.</summary>
public class SourceTests
{
    [Fact]
    public void No_line_is_longer_than_the_editor_says()
    {
        const string Key = "max_line_length = ";
        string root = DocumentationPage.Root;
        string setting = File.ReadLines(Path.Combine(root, ".editorconfig")).Single(line => line.StartsWith(Key, StringComparison.Ordinal));
        int longest = int.Parse(setting.AsSpan(Key.Length), CultureInfo.InvariantCulture);
        char slash = Path.DirectorySeparatorChar;
        string[] built = [$"{slash}bin{slash}", $"{slash}obj{slash}"];
        string[] sources =
        [
            .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Where(path => !built.Any(folder => path.Contains(folder, StringComparison.Ordinal))),
        ];
        Assert.True(sources.Length > 500, $"{root} has only {sources.Length} sources.");
        Assert.Empty(sources.SelectMany(path => File.ReadLines(path)
            .Select((line, i) => (line.Length, Place: $"{Path.GetRelativePath(root, path)}:{i + 1}"))
            .Where(line => line.Length > longest)
            .Select(line => $"{line.Place} has {line.Length} characters")));
    }
}
