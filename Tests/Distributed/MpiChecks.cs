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
    private const int Examples = 37, Words = 50, Classes = 3;

    public static int Run()
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
        SequenceClassifier<double> model = CreateModel(1);
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

    private static void TrainingIsThatOfOneProcess(Communicator communicator, int batchSize, Func<ParameterSet<double>, Optimiser<double>> createOptimiser)
    {
        TrainerOptions options = new() { Epochs = 3, BatchSize = batchSize, ClipNorm = 1 };
        SequenceClassifier<double> alone = CreateModel(1), shared = CreateModel(1 + communicator.Rank); // which takes over rank 0's
        Trainer<double> trainer = new(createOptimiser(alone.Parameters), alone.Pack, options);
        double expected = trainer.Fit(Lengths, Batch(alone), () => -Loss(alone));
        double reached = Fit(communicator, shared, createOptimiser(shared.Parameters), options);
        AssertSameEverywhere(communicator, Weights(shared));
        double tolerance = communicator.Size == 1 ? 0 : 1e-12;
        Assert.InRange(Math.Abs(reached - expected), 0, tolerance);
        Assert.All(Weights(alone).Zip(Weights(shared)), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
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
            SequenceClassifier<double> model = CreateModel(1);
            TrainerOptions options = new() { Epochs = epochs, BatchSize = 8, CheckpointPath = checkpoint };
            Fit(communicator, model, new Adam<double>(model.Parameters, 0.02), options);
            return Weights(model);
        }
    }

    private static void AllStopAfterTheSameBatch(Communicator communicator)
    {
        SequenceClassifier<double> model = CreateModel(1);
        Func<int[], long, double> batch = Batch(model);
        DistributedTrainer<double> trainer = new(communicator, new Sgd<double>(model.Parameters, 0.1), model.Pack, new TrainerOptions { Epochs = 100, BatchSize = 8 });
        using CancellationTokenSource source = new();
        int calls = 0;
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(
            Lengths,
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
        Assert.Equal(3, calls);
        AssertSameEverywhere(communicator, Weights(model));
    }

    private static void DifferentTrainingsAreNoticed(Communicator communicator)
    {
        if (communicator.Size > 1)
        {
            SequenceClassifier<double> model = CreateModel(1);
            Assert.Throws<InvalidOperationException>(() => Fit(
                communicator, model, new Sgd<double>(model.Parameters, 0.1), new TrainerOptions { Epochs = 1, Seed = communicator.Rank }));
        }
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

    private static int[][] Sequences { get; } = [.. Enumerable.Range(0, Examples).Select(i =>
    {
        Random random = new(i);
        return Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(Words)).ToArray();
    })];

    private static int[] Lengths { get; } = [.. Sequences.Select(sequence => sequence.Length)];

    private static SequenceClassifier<double> CreateModel(int seed)
    {
        SequenceClassifier<double> model = new(Words, new Gru<double>(new GruOptions { InputSize = 4, HiddenSize = 5 }), Classes, SequencePooling.LastState);
        model.Initialise(seed);
        return model;
    }

    private static double Fit(Communicator communicator, SequenceClassifier<double> model, Optimiser<double> optimiser, TrainerOptions options) =>
        new DistributedTrainer<double>(communicator, optimiser, model.Pack, options).Fit(Lengths, Batch(model), () => -Loss(model));

    private static double Loss(SequenceClassifier<double> model) => Batch(model)([.. Enumerable.Range(0, Examples)], 0);

    /// <summary>Mean loss of whether the first word is in the first, second or last third of the vocabulary.</summary>
    private static Func<int[], long, double> Batch(SequenceClassifier<double> model)
    {
        SequenceModelTape<double> tape = model.CreateTape(6, Examples);
        return (examples, _) =>
        {
            int[] ids = [.. examples.SelectMany(example => Sequences[example])], lengths = [.. examples.Select(example => Lengths[example])];
            int[] targets = [.. examples.Select(example => Sequences[example][0] * Classes / Words)];
            double[] logits = new double[examples.Length * Classes];
            model.Forward(ids, lengths, logits, tape);
            double loss = FastRecurrent.Models.Loss.CrossEntropy<double>(logits, targets, logits);
            model.Backward(ids, lengths, logits, tape);
            return loss;
        };
    }

    private static double[] Weights(SequenceClassifier<double> model) => [.. model.Parameters.SelectMany(item => item.Value.Value.ToArray())];

    private static void AssertSameEverywhere(Communicator communicator, double[] values)
    {
        double[] first = [.. values];
        communicator.Broadcast(first.AsSpan());
        Assert.Equal(MemoryMarshal.AsBytes<double>(first), MemoryMarshal.AsBytes<double>(values));
    }
}
