using System.Text;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>Trees in labelled parentheses.</summary>
internal static class TreeFuzz
{
    private static readonly string[] _pieces = ["(", ")", " ", "(1 a)", "((", "))", "()", "( )", "\u00a0", "\t\r\n", "\0", "(1 a b)",
        "(1 (2 a) b)", ")(", "0"];

    private static readonly int[] _depths = [10, 1000, 20_000];

    public static FuzzTarget Create() => new(
        "labelled trees",
        [.. new[] { "(3 (2 It) (4 (2 's) (3 fine)))", "(0 a)", "(2 (1 (0 x) (0 y)) (1 (0 z)) (1 (1 (1 w))))", "  ( 1   word )\n" }.Select(
            Encoding.Latin1.GetBytes)],
        Mutate,
        Read,
        Memory: 1 << 12);

    private static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        int at = random.Next(file.Length + 1), depth = _depths[random.Next(random.Next(8) == 0 ? _depths.Length : 1)];
        return random.Next(6) switch
        {
            0 or 1 => [.. file[..at], .. Encoding.Latin1.GetBytes(_pieces[random.Next(_pieces.Length)]), .. file[at..]],
            2 => Encoding.Latin1.GetBytes(new StringBuilder().Insert(0, "(1 ", depth).Append(Encoding.Latin1.GetString(file))
                .Append(')', depth - random.Next(16) / 15).ToString()),
            3 => [.. file[..at], .. other, .. file[at..]],
            _ => ByteMutator.Mutate(random, file, other),
        };
    }

    /// <summary>A tree that is read can be scheduled and run.</summary>
    private static Action? Read(byte[] bytes)
    {
        LabelledTree? tree = null;
        return FuzzTarget.Allow<InvalidDataException>(() => tree = LabelledTree.Parse(Encoding.Latin1.GetString(bytes)))
            ? () =>
            {
                _ = tree!.ToString();
                GraphFuzz.Use(tree.ToGraph());
            }
        : null;
    }
}
