namespace FastRecurrent.Tests.Api;

/// <summary>The public members of every library, held against the listings in this folder: no change of them goes unseen.</summary>
public class PublicApiTests
{
    private const string Accept = "dotnet test -c Release Tests --filter PublicApi -e ACCEPT_API=1";

    [Theory]
    [InlineData("FastRecurrent.Kernels")]
    [InlineData("FastRecurrent.Cells")]
    [InlineData("FastRecurrent.Graph")]
    [InlineData("FastRecurrent.Models")]
    public void EqualsItsListing(string assembly)
    {
        string listing = Path.Combine(Repository(), "Tests", "Api", assembly + ".txt");
        string[] actual = [.. PublicApi.Describe(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"))];
        if (Environment.GetEnvironmentVariable("ACCEPT_API") == "1")
        {
            File.WriteAllText(listing, string.Join('\n', actual) + "\n");
            return;
        }

        string[] expected = File.Exists(listing) ? File.ReadAllLines(listing) : [];
        if (!expected.SequenceEqual(actual))
        {
            string[] before = [.. WithType(expected)], now = [.. WithType(actual)];
            string[] changes = [.. before.Except(now).Select(line => "- " + line), .. now.Except(before).Select(line => "+ " + line)];
            Assert.Fail(
                $"The public members of {assembly} are not those listed in Tests/Api/{assembly}.txt:\n{string.Join('\n', changes)}\n"
                + $"If that is meant, write the listings anew: {Accept}");
        }
    }

    // The same member in two types is two changes.
    private static IEnumerable<string> WithType(IEnumerable<string> lines)
    {
        string type = "";
        foreach (string line in lines)
        {
            bool isMember = line.StartsWith(' ');
            type = isMember ? type : line;
            yield return isMember ? $"{line.Trim()}   in {type}" : line;
        }
    }

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FastRecurrent.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new DirectoryNotFoundException(
                $"No FastRecurrent.sln above {AppContext.BaseDirectory}: the listings are in the folder beside it.");
    }
}
