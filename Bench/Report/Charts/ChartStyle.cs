using FastRecurrent.Bench.Latency;

namespace FastRecurrent.Bench.Report.Charts;

/// <summary>Colours and strokes of all charts, light and dark; the colour of a contestant is the same in each.</summary>
internal sealed class ChartStyle
{
    /// <summary>The plain managed way, in charts.</summary>
    public const string Plain = "plain C#";

    /// <summary>The roof, in charts.</summary>
    public const string Roof = "roof of this machine";

    // Told apart by people of any colour vision, with marks of different shapes besides.
    public const string Css = """
        text{font:12px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#5c6770}
        .paper{fill:#fff}.head{font-weight:600;font-size:13px;fill:#1c2329}.title{font-weight:600;font-size:15px;fill:#1c2329}
        .missed{fill:#c92a2a;font-weight:600}
        .grid{stroke:#e4e8eb}.unit{stroke:#5c6770}.goal{stroke:#1c2329;stroke-width:2}
        .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:5 4}.mark,.bar{fill:currentColor}
        .s0{color:#0b62c4}.s1{color:#d9480f}.s2{color:#2b8a3e}.s3{color:#9c36b5}.s4{color:#a07800}
        .s5{color:#c2255c}.s6{color:#0c8599}.plain{color:#868e96}.roof{color:#1c2329}
        @media (prefers-color-scheme:dark){
        text{fill:#a3adb5}.paper{fill:#14181c}.head,.title{fill:#e9edf0}.missed{fill:#ff8787}
        .grid{stroke:#2b3238}.unit{stroke:#a3adb5}.goal{stroke:#e9edf0}
        .s0{color:#6cb2ff}.s1{color:#ff922b}.s2{color:#69db7c}.s3{color:#da77f2}.s4{color:#fcc419}
        .s5{color:#faa2c1}.s6{color:#3bc9db}.plain{color:#8b959d}.roof{color:#e9edf0}
        }
        """;

    private const int Colours = 7;
    private readonly List<string> _names = [TimedStep.Ours];

    /// <summary>Gives the contestants of a report their colours in the order they appear.</summary>
    public ChartStyle(BenchmarkReport report) =>
        _names.AddRange(report.Peers.SelectMany(result => result.Timings).Select(timing => timing.Peer)
            .Concat(report.Latencies.Select(result => result.Contestant)).Distinct().Where(name => name != TimedStep.Ours));

    /// <summary>The class of a contestant, of <see cref="Plain"/> or of <see cref="Roof"/>.</summary>
    public string ClassOf(string name) => name switch
    {
        Plain => "plain",
        Roof => "roof",
        _ => $"s{Math.Max(0, _names.IndexOf(name)) % Colours}",
    };

    /// <summary>The shape of its marks: a path around the origin.</summary>
    public string MarkOf(string name) => (Math.Max(0, _names.IndexOf(name)) % 4) switch
    {
        _ when name == Plain => "M-3,-3L3,3M-3,3L3,-3",
        0 => "M-3.5,0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0",
        1 => "M-3.2,-3.2h6.4v6.4h-6.4z",
        2 => "M0,-4.4L4.2,3.2H-4.2z",
        _ => "M0,-4.6L4.6,0L0,4.6L-4.6,0z",
    };
}
