using System.Net;
using System.Text;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Report.Charts;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Report;

/// <summary>A report as one page that needs nothing else: styles and pictures inside, light and dark.</summary>
internal static class HtmlReport
{
    private const string Css = """
        :root{color-scheme:light dark;--paper:#fff;--ink:#1c2329;--soft:#5c6770;--faint:#e4e8eb;--bad:#c92a2a;--band:#f5f7f8}
        @media (prefers-color-scheme:dark){:root{--paper:#14181c;--ink:#e9edf0;--soft:#a3adb5;--faint:#2b3238;--bad:#ff8787;--band:#1b2126}}
        body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif;
        margin:0 auto;max-width:1060px;padding:24px 20px 60px}
        h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px;border-bottom:1px solid var(--faint);padding-bottom:4px}
        p,li{max-width:95ch}.note{color:var(--soft);font-size:13px}.warning{color:var(--bad);font-weight:600}
        svg{display:block;width:100%;min-width:720px;height:auto;margin:18px 0}
        .scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;width:100%}
        th,td{padding:3px 7px;text-align:left;white-space:nowrap;border-bottom:1px solid var(--faint)}th{color:var(--soft);font-weight:600}
        @media (max-width:700px){th:has(+.wrap){white-space:normal}}
        .right{text-align:right}td.section{background:var(--band);font-weight:600;padding-top:8px}td.wrap{white-space:normal}
        """;

    public static string Write(BenchmarkReport report)
    {
        StringBuilder page = new();
        page.Append(
            $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
            + $"content=\"width=device-width, initial-scale=1\">\n<title>{ReportText.Title}</title>\n");
        page.Append($"<style>\n{Css}\n{ChartStyle.Css}\n</style>\n</head>\n<body>\n<h1>{ReportText.Title}</h1>\n");
        page.Append($"<p class=\"note\">Measured by <code>{ReportText.Command}</code>.</p>\n");
        if (report.Quick)
        {
            page.Append("<p class=\"warning\">A quick run: figures not to be quoted.</p>\n");
        }

        AppendMachine(page, report);
        AppendFigure(page, StepFigure.Draw(report, standalone: false));
        AppendPeers(page, report);
        AppendThreads(page, report);

        page.Append("<h2>Every cell against the roof</h2>\n");
        Append(page, RowTable.Create(report.Rows, report.Roofs), string.Join(' ', RowTable.Notes));
        AppendFigure(page, RatioFigure.DrawPlain(report));

        page.Append("<h2>Latency of single steps</h2>\n");
        if (report.Latencies.Count > 0)
        {
            AppendFigure(page, LatencyFigure.Draw(report));
        }

        Append(page, LatencyCommand.CreateTable(report.Latencies), ReportText.LatencyNote(report));
        return page.Append("</body>\n</html>\n").ToString();
    }

    // On a phone a figure is moved, not made too small to read.
    private static void AppendFigure(StringBuilder page, string svg) => page.Append($"<div class=\"scroll\">{svg}</div>\n");

    private static void AppendMachine(StringBuilder page, BenchmarkReport report)
    {
        page.Append("<table>\n");
        foreach ((string name, string value) in ReportText.Machine(report))
        {
            page.Append($"<tr><th>{name}</th><td class=\"wrap\">{Encode(value)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void AppendPeers(StringBuilder page, BenchmarkReport report)
    {
        page.Append($"<h2>Against rivals</h2>\n<p>{Encode(ReportText.GoalSummary(report))}</p>\n<ul>\n");
        AppendMissed(page, ReportText.MissedGoals(report));

        foreach (string fault in ReportText.Faults(report))
        {
            page.Append($"<li>{Encode(fault)}</li>\n");
        }

        foreach (AbsentPeer absent in report.AbsentPeers)
        {
            page.Append($"<li>Absent: {Encode(absent.Peer)}: {Encode(absent.Reason)}</li>\n");
        }

        page.Append("</ul>\n");
        foreach (string figure in RatioFigure.DrawPeers(report))
        {
            AppendFigure(page, figure);
        }

        if (report.Peers.Count > 0)
        {
            Append(page, ReportText.Peers(report), ReportText.PeersNote);
        }
    }

    private static void AppendThreads(StringBuilder page, BenchmarkReport report)
    {
        if (report.Threads is { } threads)
        {
            page.Append($"<h2>Several threads</h2>\n<p>{Encode(ReportText.ThreadSummary(threads))}</p>\n<ul>\n");
            AppendMissed(page, ThreadsCommand.Missed(threads));
            page.Append("</ul>\n");
            Append(page, ThreadsCommand.CreateTable(threads), ThreadsCommand.Describe(threads));
        }
    }

    private static void AppendMissed(StringBuilder page, IEnumerable<string> sentences)
    {
        foreach (string missed in sentences)
        {
            page.Append($"<li><span class=\"warning\">Missed.</span> {Encode(missed)}</li>\n");
        }
    }

    private static void Append(StringBuilder page, ResultTable table, string note)
    {
        page.Append("<div class=\"scroll\"><table>\n<tr>");
        foreach ((string heading, bool right) in table.Columns)
        {
            page.Append($"<th{Right(right)}>{Encode(heading)}</th>");
        }

        page.Append("</tr>\n");
        foreach (string[] row in table.Rows)
        {
            page.Append("<tr>");
            if (row.Length == 1)
            {
                page.Append($"<td class=\"section\" colspan=\"{table.Columns.Count}\">{Encode(row[0])}</td>");
            }
            else
            {
                page.AppendJoin("", row.Select((cell, i) => $"<td{Right(table.Columns[i].Right)}>{Encode(cell)}</td>"));
            }

            page.Append("</tr>\n");
        }

        page.Append($"</table></div>\n<p class=\"note\">{Encode(note)}</p>\n");
    }

    private static string Right(bool right) => right ? " class=\"right\"" : "";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
