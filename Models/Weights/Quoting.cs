namespace FastRecurrent.Models;

/// <summary>Text from a file, as it may stand in a message: short, and without line breaks or other control characters.</summary>
internal static class Quoting
{
    private const int Longest = 100;

    public static string Clip(string text)
    {
        string clipped = text.Length <= Longest ? text : $"{text.AsSpan(0, Longest)}… ({text.Length} characters)";
        return clipped.Any(char.IsControl) ? string.Concat(clipped.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : clipped;
    }
}
