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
            if (HasNullItem(document.RootElement))
            {
                throw new InvalidDataException("Not a report: a list has null in it.");
            }

            report = JsonSerializer.Deserialize(json, ReportJson.Default.BenchmarkReport) ?? throw new InvalidDataException("The report is null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"Not a report: {exception.Message}", exception);
        }

        if (report.Version != BenchmarkReport.CurrentVersion)
        {
            throw new InvalidDataException($"The report has version {report.Version}; this program reads {BenchmarkReport.CurrentVersion}.");
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

    // What is null in a list, no annotation forbids.
    private static bool HasNullItem(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Null || HasNullItem(item)),
        JsonValueKind.Object => element.EnumerateObject().Any(property => HasNullItem(property.Value)),
        _ => false,
    };
}
