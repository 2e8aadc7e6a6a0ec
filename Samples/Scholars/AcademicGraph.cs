using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Samples.Scholars;

/// <summary>Papers with their words, authors, subjects and, of some, the class.</summary>
internal sealed record AcademicGraph
{
    public required string Name { get; init; }

    /// <summary>[papers, words].</summary>
    public required float[] Words { get; init; }

    public required int[] Classes { get; init; }

    /// <summary>Row: a paper; columns: its authors.</summary>
    public required CsrPattern Authors { get; init; }

    /// <summary>Row: a paper; columns: its subjects.</summary>
    public required CsrPattern Subjects { get; init; }

    public required int[] Training { get; init; }

    /// <summary>Papers by which the epoch is chosen.</summary>
    public required int[] Validation { get; init; }

    public required int[] Test { get; init; }

    public int PaperCount => Classes.Length;

    public int WordCount => Words.Length / PaperCount;

    public int ClassCount => Classes.Max() + 1;

    public static AcademicGraph Load(string? path, int labels) => path is null ? PlantedGraph.Create() : HeCoFolder.Load(path, labels);

    /// <summary>Paper–author–paper, with every paper its own neighbour. An author has few papers: the neighbours can be listed.</summary>
    public MetaPath ByAuthors() => Listed(Authors);

    /// <summary>Paper–subject–paper. Each paper shares its subject with hundreds:
    /// the path goes through the subjects unless it must be listed.</summary>
    public MetaPath BySubjects(bool listed) => listed ? Listed(Subjects) : new MetaPath(Subjects);

    /// <summary>A row of columns for each of the numbers in front.</summary>
    public static CsrPattern PatternOf(int rows, IEnumerable<(int Row, int Column)> pairs)
    {
        ILookup<int, int> columns = pairs.Distinct().ToLookup(pair => pair.Row, pair => pair.Column);
        int[][] all = [.. Enumerable.Range(0, rows).Select(row => columns[row].Order().ToArray())];
        return new CsrPattern(OffsetsOf(all), [.. all.SelectMany(row => row)], columns.SelectMany(row => row).DefaultIfEmpty(-1).Max() + 1);
    }

    private static MetaPath Listed(CsrPattern middles)
    {
        CsrPattern members = middles.Transpose(out _);
        int[][] neighbours = [.. Enumerable.Range(0, middles.Rows).Select(paper =>
        {
            SortedSet<int> own = [paper];
            foreach (int middle in middles[paper])
            {
                own.UnionWith(members[middle].ToArray());
            }

            return own.ToArray();
        })];
        return new MetaPath(new CsrGraph(OffsetsOf(neighbours), [.. neighbours.SelectMany(row => row)]));
    }

    private static int[] OffsetsOf(int[][] rows)
    {
        int[] offsets = new int[rows.Length + 1];
        for (int row = 0; row < rows.Length; row++)
        {
            offsets[row + 1] = offsets[row] + rows[row].Length;
        }

        return offsets;
    }
}
