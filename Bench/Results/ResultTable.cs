using Spectre.Console;

namespace FastRecurrent.Bench.Results;

/// <summary>A table of text, to be printed or written in any form.</summary>
/// <param name="Columns">Headings; one that begins with ">" stands above figures, which are set to the right.</param>
public sealed class ResultTable(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Headings, and whether what stands below is set to the right.</summary>
    public IReadOnlyList<(string Heading, bool Right)> Columns { get; } =
        [.. columns.Select(column => (column.TrimStart('>'), column.StartsWith('>')))];

    /// <summary>A text a column; a row of one text is a heading over the following.</summary>
    public IReadOnlyList<string[]> Rows => _rows;

    /// <summary>Adds a row: a text a column.</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, Columns.Count, nameof(cells));
        _rows.Add(cells);
    }

    /// <summary>Adds a heading over the rows that follow.</summary>
    public void AddSection(string heading) => _rows.Add([heading]);

    /// <summary>The table for the console.</summary>
    public Table ToConsole()
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach ((string heading, bool right) in Columns)
        {
            // On a narrow console words may be wrapped, figures and their units stay together.
            TableColumn column = new(Markup.Escape(heading));
            table.AddColumn(right ? column.NoWrap().RightAligned() : column);
        }

        foreach (string[] row in _rows)
        {
            if (row.Length == 1)
            {
                table.AddEmptyRow().AddRow(new Markup($"[bold]{Markup.Escape(row[0])}[/]"));
            }
            else
            {
                table.AddRow([.. row.Select(Markup.Escape)]);
            }
        }

        return table;
    }
}
