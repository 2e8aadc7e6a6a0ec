using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Bench.Rows;

namespace FastRecurrent.Bench.Report;

/// <summary>All that one run of the suite measured: everything that is written can be drawn from it again.</summary>
/// <param name="Version">Of this format: <see cref="CurrentVersion"/>.</param>
/// <param name="MeasuredAt">When the run began.</param>
/// <param name="Quick">Whether it was a short one, not to be quoted.</param>
/// <param name="Machine">Where.</param>
/// <param name="Roofs">What that machine can do at best.</param>
/// <param name="Rows">The main job's rows.</param>
/// <param name="Peers">Comparisons with rivals.</param>
/// <param name="PresentPeers">Rivals that took part, with their versions.</param>
/// <param name="AbsentPeers">Rivals that were not there.</param>
/// <param name="PeerFaults">Rivals that were left out of a comparison.</param>
/// <param name="Threads">What two threads gain; null on a machine with one core.</param>
/// <param name="Timer">The clock that latencies were measured with.</param>
/// <param name="Latencies">How long single steps took.</param>
public sealed record BenchmarkReport(
    int Version,
    DateTimeOffset MeasuredAt,
    bool Quick,
    Machine Machine,
    Roofs Roofs,
    IReadOnlyList<RowResult> Rows,
    IReadOnlyList<PeerResult> Peers,
    IReadOnlyList<string> PresentPeers,
    IReadOnlyList<AbsentPeer> AbsentPeers,
    IReadOnlyList<PeerFault> PeerFaults,
    ThreadsReport? Threads,
    TimerCost Timer,
    IReadOnlyList<LatencyResult> Latencies)
{
    /// <summary>The version that is written and read.</summary>
    public const int CurrentVersion = 4;

    /// <summary>Every goal of every comparison.</summary>
    public IEnumerable<GoalOutcome> Goals => Peers.SelectMany(result => result.Goals.Select(goal => new GoalOutcome(result, goal)));
}
