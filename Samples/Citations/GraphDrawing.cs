using System.Globalization;
using System.Text;

namespace FastRecurrent.Samples.Citations;

/// <summary>The club as one self-contained SVG file: filled with the side that was predicted, outlined with the one taken.</summary>
internal sealed class GraphDrawing(KarateClub club, int[] predicted, (double X, double Y)[] places)
{
    private const double Width = 760, Height = 560, Margin = 40, Top = 72, Radius = 13;

    // Pale enough under dark figures, and apart for those who do not see red and green.
    private static readonly string[] _fills = ["#9ecbff", "#ffc680"], _outlines = ["#0b3d91", "#a63603"];

    /// <summary>Writes the file, under a temporary name first.</summary>
    public void Save(string path)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, Render());
        File.Move(temporary, path, overwrite: true);
    }

    private string Render()
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n<text x=\"{Margin - Radius}\" y=\"24\" font-size=\"15\" "
            + $"font-weight=\"bold\">Sides in a karate club, GCN from one labelled member a side</text>\n");
        for (int side = 0; side < KarateClub.SideNames.Length; side++)
        {
            double x = Margin + 130 * side;
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{x}\" cy=\"46\" r=\"7\" fill=\"{_fills[side]}\" stroke=\"{_outlines[side]}\" stroke-width=\"3\"/><text "
                + $"x=\"{x + 14}\" y=\"50\">{KarateClub.SideNames[side]}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Margin + 260}\" y=\"50\">filled: predicted; outline: taken; double: told to the network</text>\n");
        for (int v = 0; v < club.Count; v++)
        {
            foreach (int u in club.Graph[v])
            {
                if (u < v)
                {
                    svg.Append(CultureInfo.InvariantCulture,
                        $"<line x1=\"{X(u):F1}\" y1=\"{Y(u):F1}\" x2=\"{X(v):F1}\" y2=\"{Y(v):F1}\" stroke=\"#bbb\"/>\n");
                }
            }
        }

        int[] leaders = club.Leaders;
        for (int v = 0; v < club.Count; v++)
        {
            string outline = _outlines[club.Sides[v]];
            if (leaders.Contains(v))
            {
                svg.Append(CultureInfo.InvariantCulture,
                    $"<circle cx=\"{X(v):F1}\" cy=\"{Y(v):F1}\" r=\"{Radius + 5}\" fill=\"white\" stroke=\"{outline}\" "
                    + $"stroke-width=\"2\"/>\n");
            }

            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{X(v):F1}\" cy=\"{Y(v):F1}\" r=\"{Radius}\" fill=\"{_fills[predicted[v]]}\" stroke=\"{outline}\" "
                + $"stroke-width=\"3\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(v):F1}\" y=\"{Y(v) + 4:F1}\" text-anchor=\"middle\">{v + 1}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private double X(int v) => Margin + places[v].X * (Width - 2 * Margin);

    private double Y(int v) => Top + Margin / 2 + places[v].Y * (Height - Top - 1.5 * Margin);
}
