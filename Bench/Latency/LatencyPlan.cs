namespace FastRecurrent.Bench.Latency;

/// <summary>How many steps are measured.</summary>
/// <param name="Steps">Back to back.</param>
/// <param name="PacedSteps">At 1 kHz, a second a thousand.</param>
public sealed record LatencyPlan(int Steps, int PacedSteps)
{
    /// <summary>Steps a second of the paced part.</summary>
    public const int Rate = 1000;

    /// <summary>A million back to back, 20 s at 1 kHz.</summary>
    public static LatencyPlan Default { get; } = new(1_000_000, 20 * Rate);

    /// <summary>To see that all works.</summary>
    public static LatencyPlan Quick { get; } = new(20_000, Rate);

    /// <summary>A million of both: half an hour and more.</summary>
    public static LatencyPlan Full { get; } = Default with { PacedSteps = Default.Steps };

    /// <summary>About how long it takes: the paced part quiet and noisy, and a little for what is back to back,
    /// for each of <paramref name="works"/>.</summary>
    public TimeSpan Duration(int works) => TimeSpan.FromSeconds(2 * ((double)PacedSteps / Rate + works * (5e-6 * Steps + 0.5)));
}
