using FastRecurrent.Models;

namespace FastRecurrent.Samples.Common;

/// <summary>One training of many under one bar; keeps its scores for the chart.</summary>
/// <param name="whole">The bar of all trainings.</param>
/// <param name="before">Trainings that are done.</param>
/// <param name="all">Trainings in all, of as many epochs each.</param>
public sealed class PartOfProgress(IProgress<TrainingProgress> whole, int before, int all) : IProgress<TrainingProgress>
{
    /// <summary>The scores of this training by epoch.</summary>
    public List<(double Epoch, double Score)> Scores { get; } = [];

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.Score is { } score)
        {
            Scores.Add((value.Epoch, score));
        }

        whole.Report(value with { Epoch = before * value.Epochs + value.Epoch, Epochs = all * value.Epochs });
    }
}
