using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using FastRecurrent.Cells;
using FastRecurrent.Distributed;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Distributed;

/// <summary>What holds in every rank, run by all of them together under mpirun: all make the same calls in the same order.</summary>
internal static class MpiChecks
{
    private const int Words = WordTask.Words;

    /// <summary>All checks, the last of them with a checkpoint that <see cref="KilledTraining"/> left.</summary>
    public static int Run(string checkpoint)
    {
        using Communicator communicator = Communicator.Initialise();
        try
        {
            SumsAreInTheOrderOfTheRanks<float>(communicator);
            SumsAreInTheOrderOfTheRanks<double>(communicator);
            SumsAllocateNothing(communicator);
            BroadcastsReachAll(communicator);
            ExceptionsOfTheRuntimeStillWork();
            foreach (int batchSize in (int[])[8, 2])
            {
                TrainingIsThatOfOneProcess(communicator, batchSize, parameters => new Sgd<double>(parameters, 0.5));
                TrainingIsThatOfOneProcess(communicator, batchSize, parameters => new Adam<double>(parameters, 0.02));
            }

            AnEmbeddingThatOneRankLooksAtIsStillSummed(communicator);
            OnlyTheFirstRankNeedsTheCheckpoint(communicator);
            AllStopAfterTheSameBatch(communicator);
            DifferentTrainingsAreNoticed(communicator);
            AKilledTrainingGoesOnToTheSameBits(communicator, checkpoint);
            ErrorsSpeak(communicator);
            Console.WriteLine($"{communicator}: all checks hold");
            return 0;
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine($"{communicator}: {exception}");
            communicator.Abort(1);
            throw;
        }
    }

    /// <summary>In a process that finds no MPI, this is what a caller is told, however often it asks.</summary>
    public static int RunWithoutLibrary()
    {
        for (int i = 0; i < 2; i++)
        {
            Assert.Contains("is not installed", Assert.Throws<DllNotFoundException>(Communicator.Initialise).Message);
        }

        return 0;
    }

    private static void AKilledTrainingGoesOnToTheSameBits(Communicator communicator, string checkpoint)
    {
        if (communicator.Rank == 0)
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(checkpoint);
            Assert.Equal(KilledTraining.WholeEpochs, int.Parse(file.Metadata["epoch"], CultureInfo.InvariantCulture));
        }

        double[] resumed = KilledTraining.Train(communicator, checkpoint), whole = KilledTraining.Train(communicator, checkpoint: null);
        Numbers.AssertSameBits<double>(whole, resumed, "resumed");
        AssertSameEverywhere(communicator, resumed);
    }

    private static void SumsAreInTheOrderOfTheRanks<T>(Communicator communicator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (int length in (int[])[0, 1, 2, 5, 1000, (1 << 20) + 3]) // the last takes more than one block
        {
            T[] sum = ValuesOf<T>(0, length), values = ValuesOf<T>(communicator.Rank, length);
            for (int rank = 1; rank < communicator.Size; rank++)
            {
                T[] next = ValuesOf<T>(rank, length);
                for (int i = 0; i < length; i++)
                {
                    sum[i] += next[i];
                }
            }

            communicator.AllReduceSum<T>(values);
            Numbers.AssertSameBits<T>(sum, values, $"sum of {length}");
        }
    }

    /// <summary>Of magnitudes so different that another order rounds otherwise.</summary>
    private static T[] ValuesOf<T>(int rank, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(rank + 1);
        T[] values = new T[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = T.CreateTruncating((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 7)));
        }

        return values;
    }

    private static void SumsAllocateNothing(Communicator communicator)
    {
        SequenceClassifier<double> model = WordTask.CreateModel(1);
        model.Parameters.ZeroGradients();
        GradientReduction<double> reduction = new(communicator, model.Parameters);
        Assert.Equal(0, Numbers.AllocatedBytes(() => reduction.AllReduce(0.5)));
    }

    private static void BroadcastsReachAll(Communicator communicator)
    {
        for (int root = 0; root < communicator.Size; root++)
        {
            int[] values = [communicator.Rank, communicator.Rank + 1];
            communicator.Broadcast(values.AsSpan(), root);
            Assert.Equal([root, root + 1], values);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => communicator.Broadcast(default(Span<int>), communicator.Size));
        Assert.Throws<InvalidOperationException>(Communicator.Initialise);
        communicator.Barrier();
    }

    /// <summary>MPI has signal handlers of its own; the runtime needs the one of a bad address.</summary>
    private static void ExceptionsOfTheRuntimeStillWork()
    {
        string? nothing = Environment.GetEnvironmentVariable("no such variable");
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
    }

    private static void TrainingIsThatOfOneProcess(Communicator communicator, int batchSize,
        Func<ParameterSet<double>, Optimiser<double>> createOptimiser)
    {
        TrainerOptions options = new() { Epochs = 3, BatchSize = batchSize, ClipNorm = 1 };
        // The shared one takes over rank 0's first weights.
        SequenceClassifier<double> alone = WordTask.CreateModel(1), shared = WordTask.CreateModel(1 + communicator.Rank);
        Trainer<double> trainer = new(createOptimiser(alone.Parameters), alone.Pack, options);
        double expected = trainer.Fit(WordTask.Lengths, WordTask.Batch(alone), () => -WordTask.Loss(alone));
        double reached = WordTask.Fit(communicator, shared, createOptimiser(shared.Parameters), options);
        AssertSameEverywhere(communicator, WordTask.Weights(shared));
        double tolerance = communicator.Size == 1 ? 0 : 1e-12;
        Assert.InRange(Math.Abs(reached - expected), 0, tolerance);
        Assert.All(WordTask.Weights(alone).Zip(WordTask.Weights(shared)),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
    }

    private static void AnEmbeddingThatOneRankLooksAtIsStillSummed(Communicator communicator)
    {
        Embedding<double> embedding = new(Words, 2);
        GradientReduction<double> reduction = new(communicator, embedding.Parameters);
        Sgd<double> sgd = new(embedding.Parameters, 1);
        for (int step = 0; step < 2; step++)
        {
            embedding.Parameters.ZeroGradients();
            embedding.Backward([communicator.Rank, Words - 1], [1, 2, 3, 4]);
            if (communicator.Rank == communicator.Size - 1)
            {
                Assert.Equal(4, embedding.Parameters["weight"].Gradient[^1]);
            }

            reduction.AllReduce(1);
            sgd.Step();
        }

        double[] expected = new double[Words * 2];
        for (int rank = 0; rank < communicator.Size; rank++)
        {
            (expected[2 * rank], expected[2 * rank + 1]) = (-2, -4);
        }

        (expected[^2], expected[^1]) = (-6 * communicator.Size, -8 * communicator.Size);
        Assert.Equal(expected, embedding.Parameters["weight"].Value.ToArray());
    }

    private static void OnlyTheFirstRankNeedsTheCheckpoint(Communicator communicator)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            double[] whole = Train(4, null);
            Train(2, path);
            Assert.Equal(communicator.Rank == 0 ? [path] : [], Directory.GetFiles(folder));
            Numbers.AssertSameBits<double>(whole, Train(4, path), "resumed");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        double[] Train(int epochs, string? checkpoint)
        {
            SequenceClassifier<double> model = WordTask.CreateModel(1);
            TrainerOptions options = new() { Epochs = epochs, BatchSize = 8, CheckpointPath = checkpoint };
            WordTask.Fit(communicator, model, new Adam<double>(model.Parameters, 0.02), options);
            return WordTask.Weights(model);
        }
    }

    private static void AllStopAfterTheSameBatch(Communicator communicator)
    {
        SequenceClassifier<double> model = WordTask.CreateModel(1);
        Func<int[], long, double> batch = WordTask.Batch(model);
        DistributedTrainer<double> trainer = new(communicator, new Sgd<double>(model.Parameters, 0.1), model.Pack,
            new TrainerOptions { Epochs = 100, BatchSize = 8 });
        using CancellationTokenSource source = new();
        int calls = 0;
        OperationCanceledException stopped = Assert.Throws<OperationCanceledException>(() => trainer.Fit(
            WordTask.Lengths,
            (examples, step) =>
            {
                if (++calls == 3 && communicator.Rank == communicator.Size - 1)
                {
                    source.Cancel();
                }

                return batch(examples, step);
            },
            () => 0,
            cancellation: source.Token));
        Assert.Equal(source.Token, stopped.CancellationToken);
        Assert.Equal(3, calls);
        AssertSameEverywhere(communicator, WordTask.Weights(model));
    }

    private static void DifferentTrainingsAreNoticed(Communicator communicator)
    {
        if (communicator.Size > 1)
        {
            bool isFirst = communicator.Rank == 0;
            Refused(communicator, parameters => new Sgd<double>(parameters, 0.1), communicator.Rank);
            Refused(communicator, parameters => new Sgd<double>(parameters, isFirst ? 0.1 : 0.2));
            Refused(communicator, parameters => new Sgd<double>(parameters, 0.1, isFirst ? 0 : 0.1));
            Refused(communicator, parameters => isFirst ? new Momentum<double>(parameters, 0.1) : new Nesterov<double>(parameters, 0.1));
            Refused(communicator, parameters => new Adam<double>(parameters, 0.1, beta1: isFirst ? 0.9 : 0.5));
            Parameter<double>[] shapes = isFirst ? [new("a", 3), new("b", 5)] : [new("a", 5), new("b", 3)];
            DistributedTrainer<double> other = new(
                communicator, new Sgd<double>(new ParameterSet<double>(shapes), 0.1), () => { }, new TrainerOptions { Epochs = 1 });
            Assert.Throws<InvalidOperationException>(() => other.Fit([1], (_, _) => 1, () => 0));
            Assert.Throws<ArgumentNullException>("score", () => other.Fit([1], (_, _) => 1, null!));
            Refused(communicator, parameters =>
            {
                Adam<double> adam = new(parameters, 0.1);
                if (isFirst)
                {
                    adam.Step(); // as one that has been loaded in one rank alone
                }

                return adam;
            });
        }
    }

    private static void Refused(Communicator communicator, Func<ParameterSet<double>, Optimiser<double>> create, int seed = 1)
    {
        SequenceClassifier<double> model = WordTask.CreateModel(1);
        Assert.Throws<InvalidOperationException>(
            () => WordTask.Fit(communicator, model, create(model.Parameters), new TrainerOptions { Epochs = 1, Seed = seed }));
    }

    private static void ErrorsSpeak(Communicator communicator)
    {
        if (communicator.Size == 2)
        {
            byte[] values = new byte[communicator.Rank == 0 ? 8 : 4];
            MpiException? exception = (MpiException?)Record.Exception(() => communicator.Broadcast(values.AsSpan()));
            Assert.True(communicator.Rank == 0 || exception!.Message.Contains("trunc", StringComparison.Ordinal), exception?.Message);
        }
    }

    private static void AssertSameEverywhere(Communicator communicator, double[] values)
    {
        double[] first = [.. values];
        communicator.Broadcast(first.AsSpan());
        Assert.Equal(MemoryMarshal.AsBytes<double>(first), MemoryMarshal.AsBytes<double>(values));
    }
}
