using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Rows;

/// <summary>One line of the main job's table: what is timed, how much work it is, and the plain way beside it.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">What it is.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Work">Operations and bytes of one call.</param>
/// <param name="Create">Makes ours and, where there is one, the plain managed version, ready to be timed.</param>
public sealed record BenchmarkRow(string Section, string Name, string Shape, Work Work, Func<(Candidate Ours, Candidate? Plain)> Create);

/// <summary>A measured row.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">What it is.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Work">Operations and bytes of one call.</param>
/// <param name="Ours">The time of one call.</param>
/// <param name="Plain">That of the plain managed version, timed in turns with ours, where there is one.</param>
public sealed record RowResult(string Section, string Name, string Shape, Work Work, Timing Ours, Timing? Plain)
{
    /// <summary>How many times faster than the plain way.</summary>
    public double? Speedup => Plain?.Median / Ours.Median;
}
