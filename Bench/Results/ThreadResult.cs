namespace FastRecurrent.Bench.Results;

/// <summary>What threads gain: every row on one thread and on several, in turns.</summary>
/// <param name="Workers">Threads, the caller's among them.</param>
/// <param name="Rows">The rows.</param>
public sealed record ThreadsReport(int Workers, IReadOnlyList<ThreadResult> Rows);

/// <summary>One piece of work on one thread and on several. Times are medians in seconds.</summary>
/// <param name="Section">The group of rows it belongs to.</param>
/// <param name="Name">What it is.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Alone">On one thread.</param>
/// <param name="Shared">On several.</param>
/// <param name="Part">What one of the threads has to do, on a thread without the others; null where it was not made apart.</param>
/// <param name="RoundTrip">Seconds that a cache line took from one thread's core to another's and back at that time.</param>
/// <param name="AllocatedBytes">Managed bytes that a shared call allocates.</param>
/// <param name="Rounds">Rounds in which all of it was timed.</param>
/// <param name="Counted">Those in which each thread had a core, which times are medians of; 0 if there was none: then of all.</param>
/// <param name="SameBits">Whether both gave the same.</param>
/// <param name="Goal">How many times as fast we want it to be, at least; null for no goal.</param>
public sealed record ThreadResult(
    string Section, string Name, string Shape, double Alone, double Shared, double? Part, double RoundTrip,
    double AllocatedBytes, int Rounds, int Counted, bool SameBits, double? Goal)
{
    /// <summary>How many times as fast several threads are.</summary>
    public double Ratio => Alone / Shared;

    /// <summary>How many times as fast they could be if no thread ever waited for another.</summary>
    public double? Bound => Alone / Part;

    /// <summary>Whether it has a goal and is below it.</summary>
    public bool IsMissed => Ratio < Goal;
}
