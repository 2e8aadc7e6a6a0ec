namespace FastRecurrent.Bench.Results;

/// <summary>How long single steps took: a distribution, not a mean. Times in seconds.</summary>
/// <param name="Contestant">Whose step: "FastRecurrent", "ONNX Runtime (IoBinding)".</param>
/// <param name="Work">What a step is: "LSTM step, H=128".</param>
/// <param name="Pace">"back to back" or "1 kHz".</param>
/// <param name="Noisy">Whether a second thread allocated hard meanwhile, so that garbage collections ran.</param>
/// <param name="Steps">Steps measured.</param>
/// <param name="P50">The median.</param>
/// <param name="P99">One step in a hundred took longer.</param>
/// <param name="P999">One step in a thousand took longer.</param>
/// <param name="Max">The longest of all.</param>
/// <param name="Collections">Garbage collections that ran meanwhile.</param>
/// <param name="AllocatedBytes">Managed bytes that the stepping thread allocated in all.</param>
/// <param name="Histogram">Counts of steps by logarithmic bins, for a chart; ascending, empty bins left out.</param>
public sealed record LatencyResult(
    string Contestant,
    string Work,
    string Pace,
    bool Noisy,
    long Steps,
    double P50,
    double P99,
    double P999,
    double Max,
    int Collections,
    long AllocatedBytes,
    IReadOnlyList<LatencyBin> Histogram);

/// <summary>A bin of a histogram.</summary>
/// <param name="UpTo">Its upper end in seconds, included.</param>
/// <param name="Count">Steps in it.</param>
public sealed record LatencyBin(double UpTo, long Count);
