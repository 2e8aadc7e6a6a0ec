using System.Globalization;
using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Citations;

/// <summary>
/// Zachary's karate club ("An information flow model for conflict and fission in small groups", 1977): who met whom outside the club, and
/// which side each took when it split.
/// </summary>
internal sealed record KarateClub(CsrGraph Graph, int[] Sides)
{
    public static readonly string[] SideNames = ["Mr. Hi", "the officers"];

    // "a: b …" stands for the ties of member a with later ones, counted from 0; the paper counts from 1.
    private const string Ties = """
        0: 1 2 3 4 5 6 7 8 10 11 12 13 17 19 21 31
        1: 2 3 7 13 17 19 21 30
        2: 3 7 8 9 13 27 28 32
        3: 7 12 13
        4: 6 10
        5: 6 10 16
        6: 16
        8: 30 32 33
        9: 33
        13: 33
        14: 32 33
        15: 32 33
        18: 32 33
        19: 33
        20: 32 33
        22: 32 33
        23: 25 27 29 32 33
        24: 25 27 31
        25: 31
        26: 29 33
        27: 33
        28: 31 33
        29: 32 33
        30: 32 33
        31: 32 33
        32: 33
        """;

    private const string TrueSides = "0000000001000011001010111111111111";

    public int Count => Sides.Length;

    /// <summary>Of each side the member with most ties: the instructor and the president in Zachary's club.
    /// The only ones whose side is told.</summary>
    public int[] Leaders =>
        [.. SideNames.Select((_, side) => Enumerable.Range(0, Count).Where(member => Sides[member] == side).MaxBy(Graph.InDegree))];

    public static KarateClub Load(string? path)
    {
        if (path is null)
        {
            return Create([.. TrueSides.Select(side => side - '0')], Ties.Split('\n').SelectMany(line =>
            {
                int[] members = Numbers(line.Replace(":", ""));
                return members[1..].Select(other => (members[0], other));
            }));
        }

        int[][] sides = [.. File.ReadLines(Path.Combine(path, "club.txt")).Select(Numbers).Where(line => line.Length > 0)
            .OrderBy(line => line[0])];
        return Create(
            [.. sides.Select(line => line[1])],
            File.ReadLines(Path.Combine(path, "edges.txt")).Select(Numbers).Where(line => line.Length > 1)
            .Select(line => (line[0], line[1])));
    }

    private static KarateClub Create(int[] sides, IEnumerable<(int, int)> ties) => sides.Distinct().Order().SequenceEqual([0, 1])
        ? new KarateClub(Papers.GraphOf(sides.Length, ties), sides)
        : throw new InvalidDataException("Members take one of two sides, 0 or 1.");

    private static int[] Numbers(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
