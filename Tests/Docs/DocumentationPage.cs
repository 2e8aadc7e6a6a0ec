using System.Text.RegularExpressions;

namespace FastRecurrent.Tests.Docs;

/// <summary>A block of a page between fences.</summary>
/// <param name="Language">What stands behind the opening fence: <c>csharp</c>, <c>csharp standalone</c>, <c>output</c>, ….</param>
/// <param name="FirstLine">The line of the page on which the text begins, from 1.</param>
/// <param name="Lines">The text.</param>
internal sealed record FencedBlock(string Language, int FirstLine, string[] Lines);

/// <summary>A Markdown file of the repository: its code, its links and its headings.</summary>
internal sealed partial class DocumentationPage
{
    private readonly List<FencedBlock> _blocks = [];
    private readonly List<(int Line, string Text)> _prose = [];

    private DocumentationPage(string folder, string name)
    {
        Name = name;
        FilePath = Path.Combine(folder, name);
        string[] lines = File.ReadAllLines(FilePath);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                _prose.Add((i + 1, lines[i]));
                continue;
            }

            int end = Array.FindIndex(lines, i + 1, line => line.StartsWith("```", StringComparison.Ordinal));
            Assert.True(end >= 0, $"{name}, line {i + 1}: the block has no end.");
            _blocks.Add(new FencedBlock(lines[i][3..].Trim(), i + 2, lines[(i + 1)..end]));
            i = end;
        }
    }

    /// <summary>The repository's folder: the one of the solution, above the tests' own.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>README.md, those of the folders beside it, and all pages of docs.</summary>
    public static IReadOnlyList<DocumentationPage> All { get; } =
    [
        .. Directory.EnumerateDirectories(Root).Prepend(Root).Select(folder => Path.Combine(folder, "README.md")).Where(File.Exists)
            .Union(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => new DocumentationPage(Root, Path.GetRelativePath(Root, path).Replace('\\', '/')))
            .OrderBy(page => page.Name, StringComparer.Ordinal),
    ];

    /// <summary>The path from the repository's folder.</summary>
    public string Name { get; }

    public string FilePath { get; }

    public IReadOnlyList<FencedBlock> Blocks => _blocks;

    /// <summary>The lines outside of blocks.</summary>
    public IEnumerable<string> Prose => _prose.Select(line => line.Text);

    /// <summary>The names by which links reach headings, as GitHub makes them.</summary>
    public IEnumerable<string> Anchors => Prose
        .Where(line => line.StartsWith('#'))
        .Select(line => NoAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>Targets of links and pictures, but for those on the web, with their lines.</summary>
    public IEnumerable<(int Line, string Target)> RelativeLinks =>
        from line in _prose
        from Match match in Link().Matches(line.Text)
        let target = match.Groups[1].Value
        where !target.Contains("://", StringComparison.Ordinal)
        select (line.Line, target);

    public static DocumentationPage Of(string name) => All.Single(page => page.Name == name);

    /// <summary>A line outside of blocks.</summary>
    public string LineAt(int number) => _prose.Single(line => line.Line == number).Text;

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastRecurrent.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds FastRecurrent.sln.");
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();
}
