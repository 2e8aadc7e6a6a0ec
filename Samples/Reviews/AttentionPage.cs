using System.Globalization;
using System.Net;
using System.Text;

namespace FastRecurrent.Samples.Reviews;

/// <summary>One self-contained page that shades the words and sentences of reviews by what the network attended to.</summary>
internal static class AttentionPage
{
    // Shades are translucent over the reader's own background, so that one page suits light and dark.
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>What the reviews' classifier attended to</title>
        <style>
        :root { color-scheme: light dark; }
        body { background: Canvas; color: CanvasText; font: 16px/1.6 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
        h2 { font-size: 1.05em; margin: 2em 0 0.5em; }
        p { margin: 0; }
        .sentence { display: flex; gap: 0.6em; }
        .share { flex: 0 0 4em; display: flex; justify-content: flex-end; height: 1em; margin-top: 0.3em; }
        .share i { background: rgb(215 40 50); min-width: 1px; }
        .wrong { color: light-dark(rgb(176 16 32), rgb(255 128 136)); }
        .key, .sentence p span { background: rgb(45 120 245 / var(--a)); border-radius: 3px; }
        </style>
        </head>
        <body>
        <h1>What the network attended to</h1>
        <p><span class="key" style="--a: 0.6">Blue</span> is the attention to a word within its sentence times the
        root of the sentence's share in the review (Yang et al. 2016), so that words of sentences that hardly count stay
        faint; the darkest of each review is the same shade. The red bar at the left is the sentence's share;
        the longest of each review has the full width.</p>

        """;

    /// <summary>Writes the file, under a temporary name first.</summary>
    public static void Save(string path, string introduction, IReadOnlyList<Reading> readings)
    {
        StringBuilder html = new(Head);
        html.Append(CultureInfo.InvariantCulture, $"<p>{WebUtility.HtmlEncode(introduction)}</p>\n");
        foreach (Reading reading in readings)
        {
            Append(html, reading);
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, html.Append("</body>\n</html>\n").ToString());
        File.Move(temporary, path, overwrite: true);
    }

    private static void Append(StringBuilder html, Reading reading)
    {
        string predicted = Review.ClassNames[reading.Class], verdict = reading.IsRight ? "right" : "wrong";
        double probability = reading.Class == 1 ? reading.Positive : 1 - reading.Positive;
        html.Append("<section>\n").Append(
            CultureInfo.InvariantCulture,
            $"<h2>{WebUtility.HtmlEncode(reading.Review.Name)}: predicted {predicted} ({probability:P0}), truly "
            + $"{Review.ClassNames[reading.Review.Class]} — <span class=\"{verdict}\">{verdict}</span></h2>\n");
        string[][] sentences = reading.Review.Sentences;
        double[] weights =
            [.. sentences.SelectMany((sentence, s) => Enumerable.Repeat(Math.Sqrt(reading.SentenceAttention[s]), sentence.Length))
            .Zip(reading.WordAttention, (share, attention) => share * attention)];
        double largest = weights.DefaultIfEmpty(1).Max(), largestShare = reading.SentenceAttention.DefaultIfEmpty(1).Max();
        for (int s = 0, word = 0; s < sentences.Length; s++)
        {
            double share = reading.SentenceAttention[s];
            html.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"sentence\"><span class=\"share\" title=\"{share:P1}\"><i style=\"width: "
                + $"{100 * share / largestShare:F0}%\"></i></span><p>");
            foreach (string text in sentences[s])
            {
                double shade = 0.6 * weights[word++] / largest;
                string encoded = WebUtility.HtmlEncode(text);

                // A shade too faint to be seen would only make the page longer.
                html.Append(shade < 0.015
                    ? $"{encoded} "
                    : string.Create(CultureInfo.InvariantCulture, $"<span style=\"--a:{shade:F2}\">{encoded}</span> "));
            }

            html.Append("</p></div>\n");
        }

        html.Append("</section>\n");
    }
}
