using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FastRecurrent.Bench;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Report;
using FastRecurrent.Bench.Report.Charts;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Tests.Bench;

/// <summary>What a report says and how it is written, of a made-up run.</summary>
[Collection("progress bars, of which a console shows one at a time")]
public sealed class ReportTests : IDisposable
{
    private const string Rival = "Rival & Sons";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public void Json_read_and_written_again_is_the_same()
    {
        string json = ReportFile.Write(MadeUp());
        Assert.Equal(json, ReportFile.Write(ReportFile.Read(json)));
    }

    [Fact]
    public void What_is_no_report_is_refused()
    {
        string json = ReportFile.Write(MadeUp());
        foreach (string bad in new[]
        {
            "", "null", "[]", "{}", json[..(json.Length / 2)],
            json.Replace($"\"version\": {BenchmarkReport.CurrentVersion}", "\"version\": 999"),
            json.Replace("\"cores\": 2", "\"cores\": \"two\""),
            json.Replace("\"timer\"", "\"clock\""), json.Replace("\"processor\": \"AMD\"", "\"processor\": null"),
            json.Replace("\"rows\": [", "\"rows\": [ null,"),
            json.Replace("\"timings\": [", "\"timings\": [ null,"),
            ReportFile.Write(MadeUp() with { Roofs = new Roofs(1, 1, 1, 1, []) }),
            ReportFile.Write(MadeUp() with { Peers = [new PeerResult("a", "b", "c", 1, default, [], [])] }),
        })
        {
            Assert.Throws<InvalidDataException>(() => ReportFile.Read(bad));
        }
    }

    [Fact]
    public void A_report_of_an_older_version_is_refused_by_its_version_not_by_what_it_lacks()
    {
        JsonObject report = JsonNode.Parse(ReportFile.Write(MadeUp()))!.AsObject();
        report["version"] = BenchmarkReport.CurrentVersion - 1;
        Assert.True(report.Remove("presentPeers") && report.Remove("peerFaults"));
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() => ReportFile.Read(report.ToJsonString()));
        Assert.Equal($"The report has version {BenchmarkReport.CurrentVersion - 1}; this program reads {BenchmarkReport.CurrentVersion}.",
            refused.Message);

        report["version"] = BenchmarkReport.CurrentVersion;
        Assert.Contains("presentPeers", Assert.Throws<InvalidDataException>(() => ReportFile.Read(report.ToJsonString())).Message);
        foreach (JsonNode? bad in new JsonNode?[] { null, "3", 3.5, 1e20, new JsonArray() })
        {
            report["version"] = bad;
            Assert.Contains("version", Assert.Throws<InvalidDataException>(() => ReportFile.Read(report.ToJsonString())).Message);
        }
    }

    [Fact]
    public void Rivals_are_named_with_their_versions_and_those_left_out_with_the_reason()
    {
        BenchmarkReport report = MadeUp();
        string markdown = MarkdownReport.Write(report), html = HtmlReport.Write(report);
        Assert.Contains($"\n- Rivals: {Rival} 1.2; PyTorch 2.3, in a process of its own\n", markdown);
        Assert.Contains("<th>Rivals</th><td class=\"wrap\">Rival &amp; Sons 1.2; PyTorch 2.3, in a process of its own</td>", html);
        Assert.Contains("\n- PyTorch was left out of LSTM step H=512: its output 'y' \\| differs by &lt;i>2&lt;/i>.\n", markdown);
        Assert.Contains(
            "<li>PyTorch was left out of LSTM step H=512: its output &#39;y&#39; | differs by &lt;i&gt;2&lt;/i&gt;.</li>", html);

        BenchmarkReport alone = report with { PresentPeers = [], PeerFaults = [] };
        Assert.Contains("\n- Rivals: none\n", MarkdownReport.Write(alone));
        Assert.DoesNotContain("left out", MarkdownReport.Write(alone) + HtmlReport.Write(alone));
    }

    [Fact]
    public void Missed_goals_are_named_with_their_share_of_the_roof()
    {
        BenchmarkReport report = MadeUp();
        Assert.Equal("Goals against rivals: 1 reached, 2 missed, 1 not measured.", ReportText.GoalSummary(report));
        string[] missed = [.. ReportText.MissedGoals(report)];
        Assert.Equal(
            [
                $"LSTM step H=128: 1.50× as fast as {Rival}, the goal is 2.3×. Ours takes 2.00 µs. The arithmetic takes this machine "
                    + $"1.00 µs at best, 50 % of that. "
                    + "At the roof it would be 3.00×: there is room.",
                $"LSTM step H=256: 1.10× as fast as {Rival}, the goal is 1.25×. Ours takes 10.0 µs. Reading 2 MB from where 2 MB fit "
                    + $"takes this machine 9.00 µs at best, "
                    + "90 % of that. Even at the roof it would be 1.22×: on this machine the goal is out of reach.",
            ],
            missed);
        string markdown = MarkdownReport.Write(report), html = HtmlReport.Write(report);
        foreach (string sentence in missed)
        {
            Assert.Contains(sentence, markdown);
            Assert.Contains(System.Net.WebUtility.HtmlEncode(sentence), html);
        }

        Assert.Contains("Rivals were not measured", MarkdownReport.Write(report with { Peers = [] }));
    }

    [Fact]
    public void Missed_goals_of_threads_are_named_with_what_a_thread_takes_by_itself()
    {
        BenchmarkReport report = MadeUp();
        string markdown = MarkdownReport.Write(report), html = HtmlReport.Write(report);
        string[] sentences =
        [
            "Goals of 2 threads: 1 reached, 2 missed.",
            "One step, LSTM H=256: 2 threads are 2.00× as fast as one, the goal is 2.5×. A thread's part takes 6.50 µs by itself, all of "
                + "it 17.0 µs: 2.62× at most. The rest is waiting for the other thread: a cache line alone took 300 ns there and back.",
            "Training, LSTM | GRU B=32: 2 threads are 1.60× as fast as one, the goal is 1.8×. In none of 11 rounds did each of them "
                + "have a core. A thread's part takes 5.00 ms by itself, all of it 8.00 ms: 1.60× at most, so that on this "
                + "machine the goal is out of reach.",
        ];
        foreach (string sentence in sentences)
        {
            Assert.Contains(sentence.Replace("|", "\\|"), markdown);
            Assert.Contains(System.Net.WebUtility.HtmlEncode(sentence), html);
        }

        Assert.Contains(
            "| LSTM | H=128 | 3.00 µs | 1.50 µs | 2.00× | 1.5× reached | 1.40 µs | 2.14× | 100 ns | 9 of 12 | 0 B | yes |", markdown);
        Assert.DoesNotContain("threads", MarkdownReport.Write(report with { Threads = null }), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_step_that_waits_for_its_own_operations_says_so()
    {
        BenchmarkReport report = MadeUp();
        PeerResult result = report.Peers[0] with { Cost = new Work(1, 1, 1, Steps: 1, Depth: 980) };
        Assert.Contains(
            "980 multiply-adds, a sigmoid and a tanh, each waiting for the one before, take this machine 1.00 µs at best, 50 % of that.",
            new GoalOutcome(result, result.Goals[0]).Explain(report.Roofs));
        result = result with { Cost = new Work(1, 1, 1, Steps: 10, Depth: 80) };
        Assert.Contains("10 times 80 multiply-adds", new GoalOutcome(result, result.Goals[0]).Explain(report.Roofs));
    }

    [Theory]
    [InlineData(1.6e-6, "80 % of ours, at 625 GFLOP/s: even if nothing else took any time it would be 1.88×.")]
    [InlineData(1.2e-6, "60 % of ours, at 833 GFLOP/s: activations, states and copies take the rest; without them it would be 2.50×.")]
    public void A_missed_goal_says_what_the_matrix_products_take_of_it(double seconds, string expected)
    {
        BenchmarkReport report = MadeUp();
        PeerTiming products = new("products alone", seconds, seconds, seconds, 0, 0);
        report = report with { Peers = [report.Peers[0] with { Products = products }] };
        Assert.Contains(expected, ReportText.MissedGoals(report).Single());
        Assert.Contains("| of it, matrix products |", MarkdownReport.Write(report));
        Assert.Equal(products, ReportFile.Read(ReportFile.Write(report)).Peers[0].Products);
    }

    [Fact]
    public void A_ratio_just_below_its_goal_does_not_look_like_it()
    {
        Assert.Equal("1.046×", GoalOutcome.Measured(1.046, 1.05));
        Assert.Equal("1.05×", GoalOutcome.Measured(1.052, 1.05));
        Assert.Equal("19.1×", GoalOutcome.Measured(19.12, null));
    }

    [Fact]
    public void The_page_needs_nothing_else_and_its_pictures_are_well_formed()
    {
        string html = HtmlReport.Write(MadeUp());
        Assert.All(Regex.Matches(html, "(.{8})https?:"), match => Assert.Equal(" xmlns=\"", match.Groups[1].Value));
        Assert.DoesNotMatch("(?i)src=|href=|@import|url\\(|<script|<link", html);
        Assert.Contains("prefers-color-scheme:dark", html);
        Assert.Contains("Rival &amp; Sons", html);
        Assert.Contains("&lt;b&gt;", html);
        MatchCollection pictures = Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline);
        Assert.Equal(4, pictures.Count); // steps, one section of rivals, plain, latency
        Assert.All(pictures, picture => XDocument.Parse(picture.Value));
        Assert.Equal(4, Regex.Count(html, "<div class=\"scroll\"><svg")); // on a phone they are moved, not made unreadable
    }

    [Fact]
    public void A_picture_has_every_line_and_no_point_that_is_no_number()
    {
        BenchmarkReport report = MadeUp();
        RowResult broken = report.Rows[0] with
        {
            Shape = "H=64",
            Ours = new Timing(0, 0, 0, 0, 0),
            Plain = new Timing(double.PositiveInfinity, 0, 0, 0, 0),
        };
        string svg = StepFigure.Draw(report with { Rows = [.. report.Rows, broken] }, standalone: true);
        Assert.DoesNotMatch("NaN|∞|Infinity", svg);
        XElement root = XDocument.Parse(svg).Root!;
        string[] texts = [.. root.Descendants(root.Name.Namespace + "text").Select(text => text.Value)];
        Assert.Superset(
            new HashSet<string> { TimedStep.Ours, Rival, ChartStyle.Plain, ChartStyle.Roof, "LSTM", "GRU", "128", "256", "1 µs", "10 µs" },
            texts.ToHashSet());
        Assert.DoesNotMatch("NaN|∞|Infinity", RatioFigure.DrawPlain(report with { Rows = [broken] }));
        Assert.DoesNotMatch("NaN|∞|Infinity", HtmlReport.Write(report with { Rows = [], Peers = [], Latencies = [] }));
    }

    [Fact]
    public void The_share_of_steps_above_a_time_falls_from_all_to_one()
    {
        LatencyResult latency = MadeUp().Latencies[0];
        IReadOnlyList<(double Time, double Share)> points = LatencyFigure.Exceedance(latency);
        Assert.Equal(1, points[0].Share);
        Assert.Equal([(1e-6, 0.1), (2e-6, 0.01)], points.Skip(1).Take(2));
        Assert.Equal((latency.Max, 0.01), points[^1]);
    }

    [Fact]
    public void A_report_is_drawn_again_from_its_json()
    {
        IReadOnlyList<string> paths = ReportWriter.Write(MadeUp(), _folder);
        Assert.Equal(["report.json", "report.md", "report.html", "steps.svg"], paths.Select(Path.GetFileName));
        string again = Path.Combine(_folder, "again");
        Assert.Equal(0, ReportCommand.Run(again, paths[0], quick: false, full: false, default));
        foreach (string path in paths)
        {
            Assert.Equal(File.ReadAllText(path), File.ReadAllText(Path.Combine(again, Path.GetFileName(path))));
        }

        Assert.Equal(1, ReportCommand.Run(again, Path.Combine(_folder, "absent.json"), quick: false, full: false, default));
        Assert.Equal(1, ReportCommand.Run(again, "", quick: false, full: false, default));
        Assert.Equal(1, ReportCommand.Run(again, paths[1], quick: false, full: false, default));
        Assert.Equal(1, ReportCommand.Run(paths[0], null, quick: false, full: false, default));
    }

    [Fact]
    public void A_cancelled_or_failed_report_leaves_nothing_half_written()
    {
        Assert.Throws<OperationCanceledException>(() => ReportWriter.Write(MadeUp(), _folder, new CancellationToken(canceled: true)));
        Assert.False(Directory.Exists(_folder));
        Assert.Throws<OperationCanceledException>(
            () => ReportCommand.Run(_folder, null, quick: true, full: false, new CancellationToken(canceled: true)));
        Assert.False(Directory.Exists(_folder));

        Directory.CreateDirectory(Path.Combine(_folder, "report.html")); // a folder where a file should go
        Assert.ThrowsAny<Exception>(() => ReportWriter.Write(MadeUp(), _folder));
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
        Assert.All(Directory.GetFiles(_folder, "*.json"), path => ReportFile.Read(File.ReadAllText(path)));
    }

    /// <summary>A machine of 1 TFLOP/s that reads 233 GB/s; two steps measured against a rival,
    /// goals reached and missed in both ways.</summary>
    private static BenchmarkReport MadeUp()
    {
        const double Megabytes = 2 << 20;
        Roofs roofs = new(1e12, 5e11, 1e-9, 2e-8, [new Bandwidth(1 << 20, 1e13), new Bandwidth(4 << 20, Megabytes / 9e-6)]);
        return new BenchmarkReport(
            BenchmarkReport.CurrentVersion,
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Quick: false,
            new Machine("AMD", 2, "L1d 48 KB", 512, ".NET 10", "workstation", "Linux"),
            roofs,
            [
                Row("LSTM", "H=128", 1e6, 2.1e-6),
                Row("LSTM", "H=256", 4e6, 11e-6),
                Row("GRU", "H=128", 1e6, 1.9e-6),
            ],
            [
                Peer("H=128", 128, 1e6, 5e5, 2e-6, 3e-6, new PeerGoal(Rival, 2.3), new PeerGoal("nobody", 5)),
                Peer("H=256", 256, 4e6, Megabytes, 10e-6, 11e-6, new PeerGoal(Rival, 1.25)),
                Peer("H=512", 512, 16e6, 4 * Megabytes, 50e-6, 60e-6, new PeerGoal(Rival, 1)),
            ],
            [$"{Rival} 1.2", "PyTorch 2.3, in a process of its own"],
            [new AbsentPeer("nobody", "was <b>not</b> there | at all")],
            [new PeerFault("LSTM step", "H=512", "PyTorch", "its output 'y' | differs by <i>2</i>.")],
            new ThreadsReport(
                2,
                [
                    new ThreadResult("One step", "LSTM", "H=128", 3e-6, 1.5e-6, 1.4e-6, 1e-7, 0, 12, 9, true, 1.5),
                    new ThreadResult("One step", "LSTM", "H=256", 17e-6, 8.5e-6, 6.5e-6, 3e-7, 0, 12, 9, true, 2.5),
                    new ThreadResult("Training", "LSTM | GRU", "B=32", 8e-3, 5e-3, 5e-3, 1e-7, 0, 11, 0, true, 1.8),
                    new ThreadResult("Graphs", "GCN", "1000 nodes", 3e-3, 2e-3, null, 1e-7, 0, 12, 12, true, null),
                ]),
            new TimerCost(1e-9, 20e-9, 25e-9),
            [
                new LatencyResult(
                    TimedStep.Ours, "LSTM step, H=128", LatencyMeasurement.BackToBack, false, 100, 0.9e-6, 2e-6, 3e-6, 3e-6, 0, 0,
                    [new LatencyBin(1e-6, 90), new LatencyBin(2e-6, 9), new LatencyBin(3.1e-6, 1)]),
            ]);

        static RowResult Row(string name, string shape, double flops, double median) => new(
            SequenceRows.StepSection, name, shape, new Work(flops, flops / 2, (long)flops / 2),
            new Timing(median, median, median, median, 0), new Timing(3 * median, 3 * median, 3 * median, 3 * median, 0));

        static PeerResult Peer(string shape, int size, double flops, double bytes, double ours, double rival,
            params PeerGoal[] goals) => new(
            "LSTM step", "LSTM step", shape, size, new Work(flops, bytes, (long)bytes),
            [new PeerTiming(TimedStep.Ours, ours, ours, ours, 0, 0), new PeerTiming(Rival, rival, rival, rival, 1e-7, 0)], goals);
    }
}
