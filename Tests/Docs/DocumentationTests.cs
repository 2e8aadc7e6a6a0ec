using System.Text.RegularExpressions;
using System.Xml.Linq;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Docs;

/// <summary>What README and docs show compiles, does what they say it does, and is complete; their links lead somewhere.</summary>
public class DocumentationTests
{
    public static TheoryData<string> Pages => [.. DocumentationPage.All.Select(page => page.Name)];

    public static TheoryData<string> PagesThatRun =>
        [.. DocumentationProgram.All.Where(program => program.IsRun).Select(program => program.Page.Name)];

    public static TheoryData<string> CellPages =>
        [.. DocumentationPage.All.Select(page => page.Name).Where(name => name.StartsWith("docs/cells/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_compiles_without_a_warning(string name)
    {
        string problems = string.Join('\n', DocumentationProgram.ProblemsOf(DocumentationPage.Of(name)));
        Assert.True(problems.Length == 0, problems);
    }

    [Theory]
    [MemberData(nameof(PagesThatRun))]
    public void Code_writes_what_the_page_says(string name)
    {
        DocumentationPage page = DocumentationPage.Of(name);
        string expected = string.Join('\n', page.Blocks.Where(block => block.Language == "output").SelectMany(block => block.Lines));
        string actual = DocumentationProgram.All.Single(program => program.IsRun && program.Page == page).Run();
        Assert.Equal(expected, actual.ReplaceLineEndings("\n").TrimEnd('\n'));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string name)
    {
        DocumentationPage page = DocumentationPage.Of(name);
        foreach ((int line, string target) in page.RelativeLinks)
        {
            string[] parts = target.Split('#', 2);
            string path = parts[0].Length == 0
                ? page.FilePath
                : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.FilePath)!, parts[0]));
            DocumentationPage? other = DocumentationPage.All.SingleOrDefault(candidate => candidate.FilePath == path);
            bool isThere = parts.Length == 1 || other is null || other.Anchors.Contains(parts[1]);
            Assert.True(isThere && (File.Exists(path) || Directory.Exists(path)), $"{name}, line {line}: there is no {target}.");
        }
    }

    [Fact]
    public void Index_names_every_page()
    {
        DocumentationPage index = DocumentationPage.Of("docs/README.md");
        string[] named = [.. index.RelativeLinks.Select(link => "docs/" + link.Target)];
        Assert.All(
            DocumentationPage.All.Where(page => page != index && page.Name.StartsWith("docs/", StringComparison.Ordinal)),
            page => Assert.Contains(page.Name, named));
    }

    [Theory]
    [MemberData(nameof(CellPages))]
    public void Page_of_a_cell_has_equation_picture_code_and_gradient(string name)
    {
        DocumentationPage page = DocumentationPage.Of(name);
        Assert.Contains(page.Prose, line => line.StartsWith("$$", StringComparison.Ordinal));
        Assert.Contains(page.RelativeLinks, link => link.Target.EndsWith(".svg", StringComparison.Ordinal));
        Assert.Contains(page.Blocks, block => block.Language == "csharp");
        Assert.Contains(page.Anchors, anchor => anchor.StartsWith("gradient", StringComparison.Ordinal));
    }

    [Fact]
    public void Pictures_can_be_read_and_have_a_title()
    {
        string[] pictures = Directory.GetFiles(Path.Combine(DocumentationPage.Root, "docs"), "*.svg", SearchOption.AllDirectories);
        Assert.NotEmpty(pictures);
        Assert.All(pictures,
            path => Assert.NotEmpty(XDocument.Load(path).Root!.Element(XName.Get("title", "http://www.w3.org/2000/svg"))!.Value));
    }

    /// <summary>Whatever computes something forward is named in the index beside a page whose code uses it.</summary>
    [Fact]
    public void Every_cell_has_a_page()
    {
        string[] cells =
        [
            .. new[] { typeof(Lstm<>).Assembly, typeof(TreeLstm<>).Assembly, typeof(Embedding<>).Assembly }
                .SelectMany(assembly => assembly.GetExportedTypes())
                .Where(type => type.IsClass && (!type.IsAbstract || type.IsSealed))
                .Where(type => type.GetMethods().Any(method => method.Name is "Forward" or "Run" or "Measure" or "Fit"))
                .Where(type => type != typeof(PackedLinear<>)) // what cells are made of
                .Select(type => type.Name.Split('`')[0]),
        ];
        DocumentationPage index = DocumentationPage.Of("docs/README.md");
        Assert.True(cells.Length > 30, $"Only {cells.Length} cells were found.");
        Assert.All(cells, cell => Assert.True(
            index.RelativeLinks.Any(link => index.LineAt(link.Line).Contains($"`{cell}`", StringComparison.Ordinal)
                && CodeUses("docs/" + link.Target, cell)),
            $"{index.Name} names no page beside {cell} whose code uses it."));
    }

    private static bool CodeUses(string page, string name) => DocumentationPage.Of(page).Blocks
        .Where(block => block.Language.StartsWith("csharp", StringComparison.Ordinal))
        .SelectMany(block => block.Lines)
        .Any(line => Regex.IsMatch(line, $@"\b{name}\b"));
}
