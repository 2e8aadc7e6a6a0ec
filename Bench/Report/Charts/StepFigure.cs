using System.Globalization;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>The time of a streaming step against H, LSTM and GRU: everyone's, and the least that the machine allows.</summary>
internal static class StepFigure
{
    public static string Draw(BenchmarkReport report, bool standalone)
    {
        ChartStyle style = new(report);
        (string Cell, List<ChartLine> Lines)[] cells = [.. new[] { "LSTM", "GRU" }.Select(cell => (cell, Lines(report, style, cell)))];
        (double X, double Y)[] points = [.. cells.SelectMany(cell => cell.Lines).SelectMany(line => line.Drawable)];
        Axis x = Axis.OfSizes("H", points.Select(point => point.X)), y = Axis.OfTimes("median time", points.Select(point => point.Y));
        return LineFigure.Draw(
            "One streaming step, float, one thread",
            [.. cells.Select(cell => new ChartPanel(cell.Cell, "input size = hidden size", x, y, cell.Lines))], columns: 2,
            panelHeight: 390, standalone);
    }

    private static List<ChartLine> Lines(BenchmarkReport report, ChartStyle style, string cell)
    {
        (int Size, RowResult Row)[] rows = [.. report.Rows.Where(row => row.Section == SequenceRows.StepSection && row.Name == cell)
            .Select(row => (SizeOf(row.Shape), row))];
        PeerResult[] peers = [.. report.Peers.Where(result => result.Work == $"{cell} step").OrderBy(result => result.Size)];
        List<ChartLine> lines = [];
        // Where ours was timed in turns with rivals, that is the time to be seen beside theirs.
        Add(TimedStep.Ours, peers.Length > 0
            ? peers.Select(result => ((double)result.Size, result.Timings[0].Median))
            : rows.Select(row => ((double)row.Size, row.Row.Ours.Median)));
        foreach (IGrouping<string, (double Size, double Median)> peer in peers
            .SelectMany(result => result.Timings.Select(timing => (timing.Peer, (double)result.Size, timing.Median)))
            .GroupBy(item => item.Peer, item => (item.Item2, item.Median)))
        {
            if (peer.Key != TimedStep.Ours)
            {
                Add(peer.Key, peer);
            }
        }

        Add(ChartStyle.Plain, rows.Where(row => row.Row.Plain is not null).Select(row => ((double)row.Size, row.Row.Plain!.Median)));
        lines.Add(new ChartLine(
            ChartStyle.Roof, style.ClassOf(ChartStyle.Roof), Dashed: true, "",
            peers.Length > 0
                ? [.. peers.Select(result => ((double)result.Size, report.Roofs.Bound(result.Cost).Seconds))]
                : [.. rows.Select(row => ((double)row.Size, report.Roofs.Bound(row.Row.Work).Seconds))]));
        return lines;

        void Add(string name, IEnumerable<(double Size, double Median)> points)
        {
            if (points.Any())
            {
                lines.Add(new ChartLine(name, style.ClassOf(name), Dashed: false, style.MarkOf(name),
                    [.. points.Select(point => (point.Size, point.Median))]));
            }
        }
    }

    /// <summary>"H=128" is 128.</summary>
    private static int SizeOf(string shape) =>
        shape.StartsWith("H=", StringComparison.Ordinal) && int.TryParse(shape[2..], CultureInfo.InvariantCulture, out int size) ? size : 0;
}
