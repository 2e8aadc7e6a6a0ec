using System.Text;
using System.Text.RegularExpressions;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>Changes to JSON token by token, so that most results are JSON still: other numbers, other types,
/// members twice, deep nesting.</summary>
internal static partial class JsonMutator
{
    private static readonly string[] _numbers = ["-0", "01", "0.5", "1e3", "1e999", "9223372036854775808", "18446744073709551616"];

    private static readonly string[] _values = ["null", "true", "{}", "[]", "\"\"", "\"F32\"", "\"I64\"", "\"__metadata__\"", "\"\\ud800\"",
        "\"\\u0000\"", ",", ":"];

    private static readonly int[] _depths = [1, 2, 62, 63, 64, 65, 1000];

    /// <summary>One random change.</summary>
    public static string Mutate(Random random, string json)
    {
        List<string> tokens = [.. Token().Matches(json).Select(match => match.Value)];
        if (tokens.Count == 0)
        {
            return "{}";
        }

        int at = random.Next(tokens.Count), length = random.Next(Math.Min(tokens.Count - at, 24)) + 1;
        switch (random.Next(7))
        {
            case 0:
                int[] numbers = [.. Enumerable.Range(0, tokens.Count).Where(i => char.IsDigit(tokens[i][^1]))];
                tokens[numbers.Length > 0 ? numbers[random.Next(numbers.Length)] : at] =
                    random.Next(4) == 0 ? _numbers[random.Next(_numbers.Length)] : $"{ByteMutator.Edge(random)}";
                break;
            case 1: tokens[at] = _values[random.Next(_values.Length)]; break;
            case 2: tokens[at] = tokens[random.Next(tokens.Count)]; break;
            case 3: tokens.RemoveRange(at, length); break;
            case 4: tokens.InsertRange(at, tokens.GetRange(at, length)); break;
            case 5: tokens.InsertRange(random.Next(tokens.Count), tokens.GetRange(at, length)); break;
            default: Nest(random, tokens, at); break;
        }

        return string.Concat(tokens);
    }

    /// <summary>A token within as many arrays or objects, sometimes without their ends.</summary>
    private static void Nest(Random random, List<string> tokens, int at)
    {
        int depth = _depths[random.Next(_depths.Length)];
        (string open, string close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        StringBuilder text = new StringBuilder().Insert(0, open, depth).Append(tokens[at]);
        tokens[at] = random.Next(4) == 0 ? text.ToString() : text.Insert(text.Length, close, depth).ToString();
    }

    [GeneratedRegex("""\"(?:[^\"\\]|\\.)*\"|[-+.\w]+|\S""")]
    private static partial Regex Token();
}
