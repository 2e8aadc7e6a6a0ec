using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Results;

/// <summary>One piece of work that this library and others did in turns, on the same weights and inputs.</summary>
/// <param name="Section">The group of rows it belongs to: "LSTM step", "GEMM".</param>
/// <param name="Work">What was done: "LSTM step".</param>
/// <param name="Shape">Its sizes as a reader wants them: "H=128", "T=100 B=32 H=256".</param>
/// <param name="Size">The one size that a chart puts on its horizontal axis.</param>
/// <param name="Cost">What one run must compute, read and wait for.</param>
/// <param name="Timings">Ours first, then the rivals that were there.</param>
/// <param name="Goals">What we set out to reach.</param>
public sealed record PeerResult(string Section, string Work, string Shape, int Size, Work Cost, IReadOnlyList<PeerTiming> Timings,
    IReadOnlyList<PeerGoal> Goals)
{
    /// <summary>What ours takes for nothing but its matrix products, timed in turns; null where they were not timed apart.</summary>
    public PeerTiming? Products { get; init; }
}

/// <summary>The times of one contestant; seconds a run, over rounds taken in turns with the others.</summary>
/// <param name="Peer">Its name: "FastRecurrent", "ONNX Runtime (IoBinding)".</param>
/// <param name="LowerQuartile">A quarter of the rounds were faster.</param>
/// <param name="Median">The median round.</param>
/// <param name="UpperQuartile">A quarter of the rounds were slower.</param>
/// <param name="LargestDifference">The largest difference of its outputs from ours, compared before anything was timed; 0 for ours.</param>
/// <param name="AllocatedBytes">Managed bytes allocated a run.</param>
public sealed record PeerTiming(string Peer, double LowerQuartile, double Median, double UpperQuartile, double LargestDifference,
    double AllocatedBytes);

/// <summary>A goal: at least so many times as fast as a rival.</summary>
/// <param name="Peer">The rival's name as in <see cref="PeerTiming.Peer"/>.</param>
/// <param name="AtLeast">The rival's time over ours.</param>
public sealed record PeerGoal(string Peer, double AtLeast);

/// <summary>A rival that was not there.</summary>
/// <param name="Peer">Its name.</param>
/// <param name="Reason">Why, and how to get it.</param>
public sealed record AbsentPeer(string Peer, string Reason);

/// <summary>A rival that could not take part in a row: it refused, or what it computed is not what ours did.</summary>
/// <param name="Work">As in <see cref="PeerResult.Work"/>.</param>
/// <param name="Shape">As in <see cref="PeerResult.Shape"/>.</param>
/// <param name="Peer">As in <see cref="PeerTiming.Peer"/>.</param>
/// <param name="Message">What happened.</param>
public sealed record PeerFault(string Work, string Shape, string Peer, string Message);
