using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FastRecurrent.Tests.Docs;

/// <summary>
/// The C# of a page as a program. All <c>csharp</c> blocks of a page of docs follow each other in one program, which can be run; a block
/// marked <c>standalone</c> is a program by itself, and so are the blocks of a README:
/// these need what only a reader has, and are compiled only.
/// </summary>
/// <remarks>
/// Usings are those that a project has implicitly, and those that the page states. What a page writes to Console is kept. Every program is
/// a class of a namespace of its own, and all of them one compilation: the compiler is warmed up once.
/// </remarks>
internal sealed partial class DocumentationProgram
{
    private const string ImplicitUsings =
        "using System; using System.Collections.Generic; using System.IO; using System.Linq; using System.Threading; using "
            + "System.Threading.Tasks;";

    /// <summary>What stands for a reader's own data in programs that are compiled only.</summary>
    private const string ReadersData = """
        private static readonly float[][] samples = [];
        private static readonly int[] lengths = [];
        private static readonly float[] x = [], y = [], h = [], c = [], dx = [], dy = [], dh = [], dc = [];
        private static readonly float[] xs = [], ys = [], dxs = [], dys = [], weight = [], bias = [];
        """;

    private static readonly Lazy<(
        IReadOnlyList<DocumentationProgram> Programs, ILookup<string, Diagnostic> Problems, Lazy<Assembly> Assembly)> _all =
        new(CompileAll);

    private readonly IReadOnlyList<FencedBlock> _blocks;

    private DocumentationProgram(DocumentationPage page, IEnumerable<FencedBlock> blocks, bool isRun)
    {
        Page = page;
        IsRun = isRun;
        _blocks = [.. blocks];
    }

    public static IReadOnlyList<DocumentationProgram> All => _all.Value.Programs;

    public DocumentationPage Page { get; }

    /// <summary>Whether it needs nothing but itself.</summary>
    public bool IsRun { get; }

    /// <summary>The program's lines with errors or warnings: page, line and message.</summary>
    public static IEnumerable<string> ProblemsOf(DocumentationPage page) => _all.Value.Problems[page.Name].Select(problem =>
        $"{page.Name}, line {problem.Location.GetMappedLineSpan().StartLinePosition.Line + 1}: {problem.GetMessage()} ({problem.Id})");

    /// <summary>Runs the program and returns what it wrote.</summary>
    public string Run()
    {
        int number = All.ToList().IndexOf(this);
        Type? type = _all.Value.Assembly.Value.GetType($"Page{number}.Program");
        Assert.True(type is not null, $"{Page.Name} does not compile.");
        return type.GetMethod("Run")!.CreateDelegate<Func<string>>()();
    }

    private static (IReadOnlyList<DocumentationProgram>, ILookup<string, Diagnostic>, Lazy<Assembly>) CompileAll()
    {
        DocumentationProgram[] programs = [.. DocumentationPage.All.SelectMany(OfPage)];
        CSharpParseOptions options = new(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Documentation",
            programs.Select((program, number) => CSharpSyntaxTree.ParseText(program.Source(number), options)),
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path).Split('.')[0] is "System" or "FastRecurrent")
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        Diagnostic[] problems = [.. compilation.GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning)];
        CSharpCompilation sound = compilation.RemoveSyntaxTrees(
            problems.Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => problem.Location.SourceTree!)
            .Distinct());
        return (programs, problems.ToLookup(problem => problem.Location.GetMappedLineSpan().Path), new Lazy<Assembly>(() => Load(sound)));
    }

    private static IEnumerable<DocumentationProgram> OfPage(DocumentationPage page)
    {
        bool isOfDocs = page.Name.StartsWith("docs/", StringComparison.Ordinal);
        FencedBlock[] together = [.. page.Blocks.Where(block => block.Language == "csharp")];
        IEnumerable<DocumentationProgram> alone =
            page.Blocks.Where(block => block.Language == "csharp standalone")
            .Select(block => new DocumentationProgram(page, [block], isRun: false));
        return together.Length == 0 ? alone : alone.Prepend(new DocumentationProgram(page, together, isOfDocs));
    }

    private static Assembly Load(CSharpCompilation compilation)
    {
        using MemoryStream bytes = new();
        var result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error)));
        bytes.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(bytes);
    }

    private string Source(int number)
    {
        StringBuilder usings = new(ImplicitUsings), code = new();
        foreach (FencedBlock block in _blocks)
        {
            for (int i = 0; i < block.Lines.Length; i++)
            {
                StringBuilder target = Using().IsMatch(block.Lines[i]) ? usings : code;
                target.Append($"\n#line {block.FirstLine + i} \"{Page.Name}\"\n{block.Lines[i]}");
            }
        }

        return $$"""
            {{usings}}
            namespace Page{{number}};
            internal static class Program
            {
                private static System.IO.StringWriter Console = null!;
            #pragma warning disable CS0169, CS0414, CS8321
                {{(IsRun ? "" : ReadersData)}}
                public static string Run()
                {
                    Console = new();
            {{code}}
            #line hidden
                    return Console.ToString();
                }
            }
            """;
    }

    [GeneratedRegex(@"^using [A-Za-z.=<> ]+;")]
    private static partial Regex Using();
}
