namespace FastRecurrent.Models;

/// <summary>Text from a file, as it may stand in a message: short, and without line breaks or other control characters.</summary>
internal static class Quoting
{
    /// <summary>As many names as a message lists.</summary>
    public const int NearNames = 8;

    private const int Longest = 100;

    public static string Clip(string text) =>
        Plain(text.Length <= Longest ? text : $"{text.AsSpan(0, Longest)}… ({text.Length} characters)");

    /// <summary>A message of another library, which may quote a file in its midst at any length: its ends.</summary>
    public static string Ends(string message) =>
        Plain(message.Length <= 2 * Longest
            ? message
            : $"{message.AsSpan(0, Longest / 2)} … {message.AsSpan(message.Length - 3 * Longest / 2)}");

    /// <summary>What to say to someone who asks for a name that is not there: those that are most like it.</summary>
    public static string Nearest(string name, IReadOnlyCollection<string> names)
    {
        string[] near = [.. names.OrderByDescending(other => Likeness(other, name)).Take(NearNames)];
        return near.Length == 0
            ? "it has none"
            : $"{(near.Length < names.Count ? $"the nearest of its {names.Count} are" : "it has")} {string.Join(", ", near.Select(Clip))}";
    }

    private static string Plain(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;

    /// <summary>Characters that two names share at their ends: a wrong prefix, a wrong layer and a wrong letter all leave much.</summary>
    private static int Likeness(string a, string b)
    {
        int shorter = Math.Min(a.Length, b.Length), start = a.AsSpan().CommonPrefixLength(b), end = 0;
        while (end < shorter - start && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }

        return start + end;
    }
}
