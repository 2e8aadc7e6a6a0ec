using System.Globalization;
using System.Net;
using System.Text;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>Writes an SVG picture, element by element. Styles come by class, see <see cref="ChartStyle.Css"/>.</summary>
internal sealed class Svg(double width)
{
    private readonly StringBuilder _elements = new();

    public double Width => width;

    public static double TextWidth(string text) => 7.4 * text.Length; // of the 12 px used: wide enough for DejaVu Sans, too

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        Append($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>");

    public void Rectangle(double x, double y, double rectangleWidth, double height, string style) =>
        Append($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{rectangleWidth:0.#}\" height=\"{height:0.#}\" class=\"{style}\"/>");

    public void Polyline(IEnumerable<(double X, double Y)> points, string style) =>
        Append($"<polyline points=\"{string.Join(' ', points.Select(Place))}\" class=\"{style}\"/>");

    /// <param name="path">Closed paths and arcs are filled, others are lines.</param>
    public void Mark(double x, double y, string path, string style)
    {
        bool isFilled = path.EndsWith('z') || path.Contains('a', StringComparison.Ordinal);
        string stroke = isFilled ? "" : " stroke=\"currentColor\" stroke-width=\"2\"";
        Append($"<path transform=\"translate({x:0.#} {y:0.#})\" d=\"{path}\" class=\"{style}\"{stroke}/>");
    }

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, string anchor = "start", string style = "") =>
        Append($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" class=\"{style}\">{WebUtility.HtmlEncode(text)}</text>");

    /// <summary>Text from bottom to top, its middle at a point.</summary>
    public void VerticalText(double x, double y, string text) =>
        Append($"<text transform=\"translate({x:0.#} {y:0.#}) rotate(-90)\" text-anchor=\"middle\">{WebUtility.HtmlEncode(text)}</text>");

    /// <summary>The picture.</summary>
    /// <param name="height">Of all that was drawn.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    /// <param name="standalone">Whether it is a file of its own, which brings its styles along.</param>
    public string Render(double height, string description, bool standalone)
    {
        string style = standalone ? $"<style>{ChartStyle.Css}</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" role=\"img\" "
            + $"aria-label=\"{WebUtility.HtmlEncode(description)}\">\n"
            + $"<title>{WebUtility.HtmlEncode(description)}</title>\n{style}{_elements}</svg>\n");
    }

    private static string Place((double X, double Y) point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}");

    private void Append(FormattableString element) => _elements.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
