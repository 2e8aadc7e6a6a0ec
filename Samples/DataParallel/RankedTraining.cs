using System.Diagnostics;
using System.Globalization;
using FastRecurrent.Distributed;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Names;

namespace FastRecurrent.Samples.DataParallel;

/// <summary>One rank's part: its share of every minibatch. Rank 0 scores, reports and writes.</summary>
internal static class RankedTraining
{
    /// <summary>Open MPI's mpirun tells its children so.</summary>
    public static bool IsUnderMpirun => Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null;

    public static int Run(
        string? path, int epochs, int hiddenSize, int batchSize, int seed, string? checkpoint, string? output,
        CancellationToken cancellation)
    {
        using Communicator communicator = Communicator.Initialise();
        try
        {
            Console.WriteLine($"{communicator}: process {Environment.ProcessId} on {Environment.MachineName}");
            NameData data = NameData.Load(path, seed);
            NameClassifier model = new(data, hiddenSize, batchSize, seed);
            TrainerOptions options = NameClassifier.Options(epochs, batchSize, seed) with { CheckpointPath = checkpoint };
            DistributedTrainer<float> trainer = new(communicator, model.CreateOptimiser(), model.Pack, options);
            bool isFirst = communicator.Rank == 0;
            EpochLines lines = new();
            Stopwatch watch = Stopwatch.StartNew();
            trainer.Fit(
                [.. data.Training.Select(example => example.Ids.Length)], model.TrainBatch, () => model.Accuracy(data.Validation),
                isFirst ? lines : null, cancellation);
            watch.Stop();
            Console.WriteLine($"{communicator}: weights {WeightsDigest.Of(model.Parameters)}");
            communicator.Barrier(); // so that the figures come last
            if (isFirst)
            {
                if (output is not null)
                {
                    model.Parameters.Save(output);
                }

                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{communicator.Size} rank{(communicator.Size == 1 ? " " : "s")}: loss {lines.Loss:F4}, held out "
                    + $"{model.Accuracy(data.HeldOut):P1}, {lines.Epochs * data.Training.Length / watch.Elapsed.TotalSeconds:N0} names/s"));
            }

            return 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Console.Error.WriteLine($"{communicator}: {exception}");
            communicator.Abort(1); // the others wait for this rank
            throw;
        }
    }

    /// <summary>A line an epoch.</summary>
    private sealed class EpochLines : IProgress<TrainingProgress>
    {
        public int Epochs { get; private set; }

        public double Loss { get; private set; }

        public void Report(TrainingProgress value)
        {
            if (value.Score is { } score)
            {
                Epochs++;
                Loss = value.Loss;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"epoch {value.Epoch}: loss {value.Loss:F4}, accuracy {score:P1}{(value.IsBest ? " *" : "")}"));
            }
        }
    }
}
