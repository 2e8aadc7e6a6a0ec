using System.Globalization;
using System.Text;

namespace FastRecurrent.Samples.Common;

/// <summary>Lines over a common x axis, as one self-contained SVG file.</summary>
public sealed class LineChart(string title, string xLabel, string yLabel)
{
    private const double Width = 760, Height = 420, Left = 70, Right = 20, Top = 44, Bottom = 52;
    private static readonly string[] _colours = ["#1f6feb", "#d1242f", "#1a7f37", "#8250df", "#9a6700"];

    private readonly List<(string Name, (double X, double Y)[] Points)> _lines = [];

    /// <summary>Adds a line; points that are no numbers are left out.</summary>
    public LineChart Add(string name, IEnumerable<(double X, double Y)> points)
    {
        _lines.Add((name, [.. points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))]));
        return this;
    }

    /// <summary>Writes the file, under a temporary name first.</summary>
    public void Save(string path)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, Render());
        File.Move(temporary, path, overwrite: true);
    }

    private string Render()
    {
        (double X, double Y)[] all = [.. _lines.SelectMany(line => line.Points)];
        (double x0, double x1) = RangeOf(all.Select(point => point.X));
        (double y0, double y1) = RangeOf(all.Select(point => point.Y));
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"24\" font-size=\"15\" "
            + $"font-weight=\"bold\">{Escape(title)}</text>\n");
        for (int i = 0; i <= 4; i++)
        {
            double x = x0 + (x1 - x0) * i / 4, y = y0 + (y1 - y0) * i / 4;
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\" stroke=\"#ddd\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{y:G3}</text>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:G4}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{Escape(xLabel)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" "
            + $"text-anchor=\"middle\">{Escape(yLabel)}</text>\n");
        for (int i = 0; i < _lines.Count; i++)
        {
            string colour = _colours[i % _colours.Length];
            string points = string.Join(" ",
                _lines[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1},{Y(point.Y):F1}")));
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Width - Right - 4}\" y=\"{Top + 14 + 16 * i}\" text-anchor=\"end\" fill=\"{colour}\" stroke=\"white\" "
                + $"stroke-width=\"4\" paint-order=\"stroke\">{Escape(_lines[i].Name)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(double x) => Left + (x - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (y - y0) / (y1 - y0) * (Height - Top - Bottom);
    }

    private static (double Low, double High) RangeOf(IEnumerable<double> values)
    {
        double low = values.DefaultIfEmpty(0).Min(), high = values.DefaultIfEmpty(1).Max();
        return high > low ? (low, high) : (low - 0.5, high + 0.5);
    }

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;");
}
