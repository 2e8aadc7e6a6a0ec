using System.Globalization;
using System.Text;

namespace FastRecurrent.Samples.Common;

/// <summary>Lines over a common x axis, as one self-contained SVG file.</summary>
public sealed class LineChart(string title, string xLabel, string yLabel)
{
    private const double Width = 760, Height = 420, Left = 70, Right = 20, Title = 24, Bottom = 52, Row = 16;
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
        (double X, double Y)[] names = PlaceNames();
        double top = names.Select(name => name.Y).DefaultIfEmpty(Title).Max() + Row;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Left}\" y=\"{Title}\" font-size=\"15\" "
            + $"font-weight=\"bold\">{Escape(title)}</text>\n");
        foreach (double y in RoundNumbers(y0, y1))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\" stroke=\"#ddd\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{y:G6}</text>\n");
        }

        foreach (double x in RoundNumbers(x0, x1))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{X(x):F1}\" x2=\"{X(x):F1}\" y1=\"{top:F1}\" y2=\"{Height - Bottom}\" stroke=\"#ddd\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:G6}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{Escape(xLabel)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(16 {(top + Height - Bottom) / 2:F1}) rotate(-90)\" "
            + $"text-anchor=\"middle\">{Escape(yLabel)}</text>\n");
        for (int i = 0; i < _lines.Count; i++)
        {
            string colour = _colours[i % _colours.Length];
            string points = string.Join(" ",
                _lines[i].Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1},{Y(point.Y):F1}")));
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{names[i].X:F1}\" y=\"{names[i].Y:F1}\" fill=\"{colour}\">{Escape(_lines[i].Name)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(double x) => Left + (x - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (y - y0) / (y1 - y0) * (Height - top - Bottom);
    }

    /// <summary>The lines' names side by side under the title, in as many rows as they need.</summary>
    private (double X, double Y)[] PlaceNames()
    {
        double x = Left, y = Title + Row;
        return [.. _lines.Select(line =>
        {
            double width = 7.4 * line.Name.Length; // of 12 px in a wide font
            if (x > Left && x + width > Width - Right)
            {
                (x, y) = (Left, y + Row);
            }

            (double X, double Y) place = (x, y);
            x += width + 18;
            return place;
        })];
    }

    /// <summary>Multiples of 1, 2 or 5 times a power of ten: as many as there can be, up to eight.</summary>
    private static IEnumerable<double> RoundNumbers(double low, double high)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(high - low)) - 1);
        double step = new double[] { 1, 2, 5, 10, 20, 50 }.Select(factor => factor * power).First(step => (high - low) / step <= 7);
        for (double n = Math.Ceiling(low / step - 1e-9); n <= high / step + 1e-9; n++)
        {
            yield return 0 + n * step; // 0, not −0
        }
    }

    private static (double Low, double High) RangeOf(IEnumerable<double> values)
    {
        double low = values.DefaultIfEmpty(0).Min(), high = values.DefaultIfEmpty(1).Max();
        return high > low ? (low, high) : (low - 0.5, high + 0.5);
    }

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;");
}
