using System.Text.Json;

namespace FastRecurrent.Bench.Report;

/// <summary>A report as JSON, and back.</summary>
public static class ReportFile
{
    /// <summary>JSON, the same report each time the same text.</summary>
    public static string Write(BenchmarkReport report) => JsonSerializer.Serialize(report, ReportJson.Default.BenchmarkReport) + "\n";

    /// <summary>The report that some JSON holds.</summary>
    /// <exception cref="InvalidDataException">It is no report of this version.</exception>
    public static BenchmarkReport Read(string json)
    {
        BenchmarkReport report;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            RequireVersion(document.RootElement);
            if (HasNullItem(document.RootElement))
            {
                throw new InvalidDataException("Not a report: a list has null in it.");
            }

            report = JsonSerializer.Deserialize(json, ReportJson.Default.BenchmarkReport)
                ?? throw new InvalidDataException("The report is null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"Not a report: {exception.Message}", exception);
        }

        if (report.Roofs.Bandwidths.Count == 0)
        {
            throw new InvalidDataException("The report has no bandwidths.");
        }

        if (report.Peers.FirstOrDefault(result => result.Timings.Count == 0) is { } empty)
        {
            throw new InvalidDataException($"The comparison {empty.Work} {empty.Shape} has no timings.");
        }

        return report;
    }

    // Before anything else is looked for: another version's report would only seem broken.
    private static void RequireVersion(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("version", out JsonElement version))
        {
            throw new InvalidDataException("Not a report: it has no version.");
        }

        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != BenchmarkReport.CurrentVersion)
        {
            throw new InvalidDataException($"The report has version {version}; this program reads {BenchmarkReport.CurrentVersion}.");
        }
    }

    // What is null in a list, no annotation forbids.
    private static bool HasNullItem(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Null || HasNullItem(item)),
        JsonValueKind.Object => element.EnumerateObject().Any(property => HasNullItem(property.Value)),
        _ => false,
    };
}
