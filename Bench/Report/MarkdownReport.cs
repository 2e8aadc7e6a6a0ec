using System.Text;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Report;

/// <summary>A report as Markdown, with the figure beside it.</summary>
internal static class MarkdownReport
{
    public static string Write(BenchmarkReport report)
    {
        StringBuilder text = new();
        text.Append($"# {ReportText.Title}\n\n");
        foreach ((string name, string value) in ReportText.Machine(report))
        {
            text.Append($"- {name}: {Escape(value)}\n");
        }

        text.Append(
            $"\nMeasured by `{ReportText.Command}`.\n\n![time of a step against H](steps.svg)\n\n## Against "
            + $"rivals\n\n{ReportText.GoalSummary(report)}\n\n");
        AppendMissed(text, ReportText.MissedGoals(report));

        foreach (string fault in ReportText.Faults(report))
        {
            text.Append($"- {Escape(fault)}\n");
        }

        foreach (AbsentPeer absent in report.AbsentPeers)
        {
            text.Append($"- Absent: {Escape(absent.Peer)}: {Escape(absent.Reason)}\n");
        }

        if (report.Peers.Count > 0)
        {
            Append(text, ReportText.Peers(report), ReportText.PeersNote);
        }

        if (report.Threads is { } threads)
        {
            text.Append($"\n## Several threads\n\n{ReportText.ThreadSummary(threads)}\n\n");
            AppendMissed(text, ThreadsCommand.Missed(threads));
            Append(text, ThreadsCommand.CreateTable(threads), ThreadsCommand.Describe(threads));
        }

        text.Append("\n## Every cell against the roof\n");
        Append(text, RowTable.Create(report.Rows, report.Roofs), string.Join(' ', RowTable.Notes));
        text.Append("\n## Latency of single steps\n");
        Append(text, LatencyCommand.CreateTable(report.Latencies), ReportText.LatencyNote(report));
        return text.ToString();
    }

    private static void AppendMissed(StringBuilder text, IEnumerable<string> sentences)
    {
        foreach (string missed in sentences)
        {
            text.Append($"- **Missed:** {Escape(missed)}\n");
        }
    }

    private static void Append(StringBuilder text, ResultTable table, string note)
    {
        text.Append($"\n| {string.Join(" | ", table.Columns.Select(column => column.Heading))} |\n");
        text.Append($"|{string.Join('|', table.Columns.Select(column => column.Right ? "--:" : "---"))}|\n");
        foreach (string[] row in table.Rows)
        {
            text.Append(row.Length == 1
                ? $"| **{Escape(row[0])}** {string.Concat(Enumerable.Repeat("| ", table.Columns.Count - 1))}|\n"
                : $"| {string.Join(" | ", row.Select(Escape))} |\n");
        }

        text.Append($"\n{note}\n");
    }

    private static string Escape(string text) => text.Replace("|", "\\|").Replace("<", "&lt;").ReplaceLineEndings(" ");
}
