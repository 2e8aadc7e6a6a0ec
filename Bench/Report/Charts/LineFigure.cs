namespace FastRecurrent.Bench.Report.Charts;

/// <summary>A line of a panel.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Style">Its class of colour.</param>
/// <param name="Dashed">Whether it is dashed.</param>
/// <param name="Mark">The shape at each point; none where empty.</param>
/// <param name="Points">Along x.</param>
internal sealed record ChartLine(string Name, string Style, bool Dashed, string Mark, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Those that a logarithmic axis has a place for.</summary>
    public IEnumerable<(double X, double Y)> Drawable => Points.Where(point => IsDrawable(point.X) && IsDrawable(point.Y));

    private static bool IsDrawable(double value) => double.IsFinite(value) && value > 0;
}

/// <summary>Lines over two axes; the first comes first in the legend, and lies on top.</summary>
internal sealed record ChartPanel(string Title, string Subtitle, Axis X, Axis Y, IReadOnlyList<ChartLine> Lines);

/// <summary>Panels side by side under one legend.</summary>
internal static class LineFigure
{
    private const double Width = 960, Left = 74, Right = 14, Top = 44, Bottom = 50, LegendRow = 20;

    public static string Draw(string title, IReadOnlyList<ChartPanel> panels, int columns, double panelHeight, bool standalone)
    {
        Svg svg = new(Width);
        svg.Text(14, 24, title, style: "title");
        double y = DrawLegend(svg, panels, 46), cell = Width / columns;
        for (int i = 0; i < panels.Count; i++)
        {
            DrawPanel(svg, panels[i], i % columns * cell, y + i / columns * panelHeight, cell, panelHeight);
        }

        return svg.Render(y + (panels.Count + columns - 1) / columns * panelHeight, title, standalone);
    }

    private static double DrawLegend(Svg svg, IReadOnlyList<ChartPanel> panels, double y)
    {
        double x = 14;
        foreach (ChartLine line in panels.SelectMany(panel => panel.Lines).DistinctBy(line => line.Name))
        {
            double width = 34 + Svg.TextWidth(line.Name) + 18;
            if (x + width > svg.Width && x > 14)
            {
                (x, y) = (14, y + LegendRow);
            }

            svg.Line(x, y - 4, x + 28, y - 4, LineStyle(line));
            if (line.Mark != "")
            {
                svg.Mark(x + 14, y - 4, line.Mark, $"mark {line.Style}");
            }

            svg.Text(x + 34, y, line.Name);
            x += width;
        }

        return y + 12;
    }

    private static void DrawPanel(Svg svg, ChartPanel panel, double x, double y, double width, double height)
    {
        double left = x + Left, right = x + width - Right, top = y + Top, bottom = y + height - Bottom;
        svg.Text(left, y + 20, panel.Title, style: "head");
        svg.Text(left, y + 36, panel.Subtitle);
        foreach ((double value, _) in panel.X.Ticks)
        {
            double place = panel.X.Place(value, left, right);
            svg.Line(place, top, place, bottom, "grid");
        }

        foreach ((double value, string label) in panel.Y.Ticks)
        {
            double place = panel.Y.Place(value, bottom, top);
            svg.Line(left, place, right, place, "grid");
            svg.Text(left - 7, place + 4, label, "end");
        }

        foreach ((double value, string label) in panel.X.LabelledTicks(right - left))
        {
            svg.Text(panel.X.Place(value, left, right), bottom + 17, label, "middle");
        }

        svg.Text((left + right) / 2, bottom + 36, panel.X.Title, "middle");
        svg.VerticalText(x + 16, (top + bottom) / 2, panel.Y.Title);
        foreach (ChartLine line in panel.Lines.Reverse()) // the first lies on top
        {
            (double X, double Y)[] points =
                [.. line.Drawable.Select(point => (panel.X.Place(point.X, left, right), panel.Y.Place(point.Y, bottom, top)))];
            svg.Polyline(points, LineStyle(line));
            foreach ((double px, double py) in line.Mark == "" ? [] : points)
            {
                svg.Mark(px, py, line.Mark, $"mark {line.Style}");
            }
        }
    }

    private static string LineStyle(ChartLine line) => $"line {line.Style}{(line.Dashed ? " dashed" : "")}";
}
