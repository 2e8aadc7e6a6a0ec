using System.Globalization;
using System.Text;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>The probability of speech drawn over the sound it was told from, as one self-contained SVG file.</summary>
internal static class Waveform
{
    private const double Width = 1000, Height = 260, Left = 50, Right = 15, Top = 34, Bottom = 34;

    /// <summary>Writes the file, under a temporary name first.</summary>
    public static void Save(string path, string title, float[] samples, float[] probabilities)
    {
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" "
            + $"font-size=\"12\">\n<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"20\" font-size=\"14\" "
            + $"font-weight=\"bold\">{title.Replace("&", "&amp;").Replace("<", "&lt;")}</text>\n");
        double seconds = (double)samples.Length / SileroStream.SampleRate, middle = (Top + Height - Bottom) / 2,
            half = (Height - Top - Bottom) / 2;

        // One vertical stroke a column: the range of its samples.
        float loudest = Math.Max(1e-3f, samples.Max(Math.Abs));
        StringBuilder sound = new();
        int columns = (int)(Width - Left - Right);
        for (int column = 0; column < columns; column++)
        {
            int from = (int)((long)column * samples.Length / columns),
                to = Math.Max(from + 1, (int)((long)(column + 1) * samples.Length / columns));
            ReadOnlySpan<float> part = samples.AsSpan(from, Math.Min(to, samples.Length) - from);
            float low = 0, high = 0;
            foreach (float sample in part)
            {
                (low, high) = (Math.Min(low, sample), Math.Max(high, sample));
            }

            sound.Append(CultureInfo.InvariantCulture,
                $"M{Left + column:F0} {middle - high / loudest * half:F1}V{middle - low / loudest * half + 0.5:F1}");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{sound}\" stroke=\"#9ab\" stroke-width=\"1\"/>\n");
        double frame = (Width - Left - Right) * SileroStream.FrameSize / Math.Max(1, samples.Length);
        string points =
            string.Join(" ",
                probabilities.Select((p, i) =>
                    string.Create(CultureInfo.InvariantCulture, $"{Left + (i + 0.5) * frame:F1},{Height - Bottom - p * 2 * half:F1}")));
        svg.Append(CultureInfo.InvariantCulture,
            $"<polyline points=\"{points}\" fill=\"none\" stroke=\"#d1242f\" stroke-width=\"1.5\"/>\n");
        for (int i = 0; i <= 4; i++)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Left - 6}\" y=\"{Height - Bottom - i * half / 2 + 4:F1}\" text-anchor=\"end\">{i / 4.0:0.##}</text>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Left + i * (Width - Left - Right) / 4:F1}\" y=\"{Height - 12}\" text-anchor=\"middle\">{seconds * i / 4:F1} "
                + $"s</text>\n");
        }

        svg.Append("</svg>\n");
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, svg.ToString());
        File.Move(temporary, path, overwrite: true);
    }
}
