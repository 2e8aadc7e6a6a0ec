using System.Globalization;
using System.Text;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>What a network made of a recording.</summary>
/// <param name="Recording">The recording.</param>
/// <param name="Predicted">The action it was taken for.</param>
/// <param name="Alpha">For each joint the mean of α over the steps of the last layer.</param>
internal sealed record Attended(Recording Recording, int Predicted, float[] Alpha);

/// <summary>
/// A skeleton a panel, in the middle of what it does. Joints grow with the mean of α in the last layer, from the panel's least to its
/// greatest: the heading says how little may lie between them.
/// </summary>
internal static class AttentionFigure
{
    private const int Width = 230, Height = 430, HipHeight = 225;
    private const double PixelsAMetre = 180, SmallestRadius = 3, LargestRadius = 15;

    private static readonly string[] _actions =
    [
        "high arm wave", "horizontal arm wave", "hammer", "hand catch", "forward punch", "high throw", "draw x", "draw tick", "draw circle",
        "hand clap",
        "two hand wave", "side-boxing", "bend", "forward kick", "side kick", "jogging", "tennis swing", "tennis serve", "golf swing",
        "pick up and throw",
    ];

    /// <summary>Writes the file, under a temporary name first.</summary>
    public static void Save(string path, IReadOnlyList<Attended> panels)
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width * panels.Count} {Height}\" font-family=\"sans-serif\" "
            + $"font-size=\"12\" text-anchor=\"middle\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width * panels.Count}\" height=\"{Height}\" fill=\"white\"/>\n");
        for (int panel = 0; panel < panels.Count; panel++)
        {
            (Recording recording, int predicted, float[] alpha) = panels[panel];
            svg.Append(CultureInfo.InvariantCulture,
                $"<g transform=\"translate({Width * panel} 0)\">\n<text x=\"{Width / 2}\" y=\"20\" "
                + $"font-weight=\"bold\">{NameOf(recording.Action)}</text>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Width / 2}\" "
                + $"y=\"36\">{(predicted == recording.Action ? "told rightly" : $"taken for {NameOf(predicted)}")}; α {alpha.Min():F2} "
                + $"to {alpha.Max():F2}</text>\n");
            Draw(svg, recording.Frames[Recordings.Steps / 2], alpha);
            svg.Append("</g>\n");
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, svg.Append("</svg>\n").ToString());
        File.Move(temporary, path, overwrite: true);
    }

    private static void Draw(StringBuilder svg, float[] frame, float[] alpha)
    {
        (double X, double Y)[] places = [.. Enumerable.Range(0, Body.Joints).Select(joint =>
            (Width / 2 + PixelsAMetre * frame[3 * joint], HipHeight - PixelsAMetre * frame[3 * joint + 1]))];
        for (int joint = 0; joint < Body.Joints; joint++)
        {
            if (Body.Parents[joint] is >= 0 and int parent)
            {
                svg.Append(CultureInfo.InvariantCulture,
                    $"<line x1=\"{places[joint].X:F1}\" y1=\"{places[joint].Y:F1}\" x2=\"{places[parent].X:F1}\" "
                    + $"y2=\"{places[parent].Y:F1}\" stroke=\"#999\" stroke-width=\"2\"/>\n");
            }
        }

        float least = alpha.Min(), range = Math.Max(alpha.Max() - least, float.Epsilon);
        for (int joint = 0; joint < Body.Joints; joint++)
        {
            double radius = SmallestRadius + (LargestRadius - SmallestRadius) * (alpha[joint] - least) / range;
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{places[joint].X:F1}\" cy=\"{places[joint].Y:F1}\" r=\"{radius:F1}\" fill=\"#1f6feb\" "
                + $"fill-opacity=\"0.6\"><title>α = {alpha[joint]:F3}</title></circle>\n");
        }
    }

    private static string NameOf(int action) => action < _actions.Length ? _actions[action] : $"action {action + 1}";
}
