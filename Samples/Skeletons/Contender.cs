using FastRecurrent.Cells;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>What the networks that are compared have in common. A batch is flat: [B, T, joints, coordinates].</summary>
internal abstract class Contender
{
    public const int BatchSize = 16;

    public abstract ParameterSet<float> Parameters { get; }

    public abstract void Pack();

    /// <summary>Adds the gradients of a batch and returns its mean loss.</summary>
    public abstract double Train(float[] x, int[] actions, int seed);

    /// <summary>How many of a batch are told rightly.</summary>
    public abstract int CountRight(float[] x, int[] actions);

    public double Accuracy(Recording[] recordings) => recordings.Chunk(BatchSize)
        .Sum(batch => CountRight([.. batch.SelectMany(recording => recording.Frames).SelectMany(frame => frame)], ActionsOf(batch))) / (
            double)recordings.Length;

    public static int[] ActionsOf(Recording[] batch) => [.. batch.Select(recording => recording.Action)];
}
