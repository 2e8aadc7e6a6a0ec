namespace FastRecurrent.Bench.Soak;

/// <summary>What a long run of steps cost.</summary>
/// <param name="Name">What stepped.</param>
/// <param name="Steps">How often.</param>
/// <param name="First">Median time of a step in the first tenth, seconds.</param>
/// <param name="Last">Median time of a step in the last tenth, seconds.</param>
/// <param name="AllocatedBytes">Bytes that the stepping thread allocated.</param>
/// <param name="Collections">Garbage collections meanwhile.</param>
/// <param name="Growth">Bytes by which the process's private memory grew.</param>
internal sealed record LongRunResult(string Name, long Steps, double First, double Last, long AllocatedBytes, int Collections, long Growth)
{
    // What the runtime itself may take meanwhile, compiling; a leak of half a byte a step would be more in ten million steps.
    private const long AllowedGrowth = 4 << 20;

    // A machine's own pace drifts by 1.7 for seconds, and short runs say nothing of it.
    private const double AllowedSlowdown = 2;
    private const long StepsToJudge = 1_000_000;

    /// <summary>Nothing allocated, nothing collected, memory constant.</summary>
    public bool IsClean => AllocatedBytes == 0 && Collections == 0 && Growth <= AllowedGrowth;

    /// <summary>Not slower in the end than in the beginning.</summary>
    public bool IsSteady => Steps < StepsToJudge || Last <= AllowedSlowdown * First;
}
