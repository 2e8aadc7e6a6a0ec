using System.Xml.Linq;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Tests.Samples;

/// <summary>The samples' plots: what stands at their axes.</summary>
public class LineChartTests
{
    [Theory]
    [InlineData(1, 200, "50 100 150 200")]
    [InlineData(1, 12, "2 4 6 8 10 12")]
    [InlineData(1700, 2008, "1700 1750 1800 1850 1900 1950 2000")]
    [InlineData(0, 12_000, "0 2000 4000 6000 8000 10000 12000")]
    [InlineData(0.25, 0.71, "0.3 0.4 0.5 0.6 0.7")]
    [InlineData(-0.001, 0.0012, "-0.001 -0.0005 0 0.0005 0.001")]
    [InlineData(-0.04, 0.55, " 0 0.1 0.2 0.3 0.4 0.5")]
    [InlineData(3, 3, "2.6 2.8 3 3.2 3.4")]
    public void Grid_lines_are_at_round_numbers(double low, double high, string labels)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.svg");
        try
        {
            new LineChart("title", "x", "y").Add("a < b", [(low, 0), (high, 1)]).Add("none", [(double.NaN, 1)]).Save(path);
            XElement root = XDocument.Load(path).Root!;
            string[] texts = [.. root.Descendants(root.Name.Namespace + "text").Select(text => text.Value)];
            Assert.Contains(labels, string.Join(' ', texts));
            Assert.Contains("a < b", texts);
            Assert.DoesNotContain("NaN", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
