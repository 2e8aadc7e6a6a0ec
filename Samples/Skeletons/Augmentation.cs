namespace FastRecurrent.Samples.Skeletons;

/// <summary>Every recording is seen a little differently each time it is trained on.</summary>
internal static class Augmentation
{
    private const double Noise = 0.01;

    /// <summary>The recording seen from a little to the side, of a person a little taller or smaller,
    /// whose joints are placed less exactly.</summary>
    public static IEnumerable<float> Vary(float[][] frames, Random random)
    {
        double angle = (random.NextDouble() - 0.5) * 0.6, scale = 0.9 + 0.2 * random.NextDouble(), cos = scale * Math.Cos(angle),
            sin = scale * Math.Sin(angle);
        foreach (float[] frame in frames)
        {
            for (int joint = 0; joint < frame.Length; joint += 3)
            {
                yield return (float)(cos * frame[joint] + sin * frame[joint + 2] + Jitter());
                yield return (float)(scale * frame[joint + 1] + Jitter());
                yield return (float)(cos * frame[joint + 2] - sin * frame[joint] + Jitter());
            }
        }

        // Uniform, with the standard deviation named above in metres.
        double Jitter() => Noise * Math.Sqrt(3) * (2 * random.NextDouble() - 1);
    }
}
