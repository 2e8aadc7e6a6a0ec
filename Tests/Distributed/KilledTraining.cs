using System.Diagnostics;
using FastRecurrent.Distributed;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Distributed;

/// <summary>A training with dropout, clipping and a schedule whose last rank dies as by <c>kill -9</c> in the middle of an epoch.</summary>
internal static class KilledTraining
{
    /// <summary>Epochs that are over by then.</summary>
    public const int WholeEpochs = 3;

    private const int Epochs = 8, BatchesAnEpoch = 5;

    /// <summary>Never returns: mpirun ends the other ranks.</summary>
    public static int Run(string checkpoint)
    {
        using Communicator communicator = Communicator.Initialise();
        Train(communicator, checkpoint, killedAt: WholeEpochs * BatchesAnEpoch + 2);
        return 0;
    }

    /// <summary>Trains to the end, or from a checkpoint.</summary>
    public static double[] Train(Communicator communicator, string? checkpoint, int killedAt = int.MaxValue)
    {
        SequenceClassifier<double> model = WordTask.CreateModel(1);
        Func<int[], long, double> batch = WordTask.Batch(model, dropout: 0.3);
        TrainerOptions options = new()
        {
            Epochs = Epochs,
            BatchSize = 8,
            ClipNorm = 1,
            Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.1),
            CheckpointPath = checkpoint,
        };
        DistributedTrainer<double> trainer = new(communicator, new AdamW<double>(model.Parameters, 0.02), model.Pack, options);
        int calls = 0;
        trainer.Fit(
            WordTask.Lengths,
            (examples, step) =>
            {
                if (++calls == killedAt && communicator.Rank == communicator.Size - 1)
                {
                    Process.GetCurrentProcess().Kill();
                }

                return batch(examples, step);
            },
            () => -WordTask.Loss(model));
        return WordTask.Weights(model);
    }
}
