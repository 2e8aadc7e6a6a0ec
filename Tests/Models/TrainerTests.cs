using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>The training loop: it learns, stops, resumes to the same bits, and batches are what they should be.</summary>
public class TrainerTests
{
    private const int Examples = 60, Size = 4;

    [Fact]
    public void A_resumed_training_ends_with_the_same_bits()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            float[] whole = Train(6, null, out double wholeScore);
            Train(3, path, out _);
            float[] resumed = Train(6, path, out double resumedScore);
            Numbers.AssertSameBits<float>(whole, resumed, "weights");
            Assert.Equal(wholeScore, resumedScore);
            Assert.Equal([path], Directory.GetFiles(folder));

            File.WriteAllText(path, "no checkpoint");
            Assert.Throws<InvalidDataException>(() => Train(6, path, out _));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Training_improves_the_score_and_reports_progress()
    {
        List<TrainingProgress> reports = [];
        Train(20, null, out double score, progress: reports);
        TrainingProgress[] epochs = [.. reports.Where(report => report.Score is not null)];
        Assert.Equal(20, epochs.Length);
        Assert.True(epochs[^1].Loss < 0.5 * epochs[0].Loss, $"{epochs[0].Loss} → {epochs[^1].Loss}");
        Assert.Equal(epochs.Max(report => report.Score), score);
        Assert.Equal(1, reports[^1].Fraction);
    }

    [Fact]
    public void Training_stops_when_nothing_gets_better()
    {
        Linear<float> model = new(Size, 1);
        List<TrainingProgress> reports = [];
        Trainer<float> trainer = new(new Sgd<float>(model.Parameters, 0), model.Pack, new TrainerOptions { Epochs = 50, Patience = 3 });
        trainer.Fit([1, 1], (_, _) => 1, () => 0.5, new Collector(reports));
        Assert.Equal(4, reports.Count(report => report.Score is not null));
    }

    [Fact]
    public void A_training_whose_scores_were_no_numbers_goes_on_from_its_checkpoint()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            float[] whole = Train(6, null, out double wholeScore);
            float[] last = Train(3, null, out _), unscored = Train(3, path, out double score, isScored: false);
            Assert.Equal(double.NegativeInfinity, score);
            Numbers.AssertSameBits<float>(last, unscored, "weights without a best");
            Numbers.AssertSameBits<float>(unscored, Train(3, path, out score), "weights of a training that was at its end");
            Assert.Equal(double.NegativeInfinity, score);

            List<TrainingProgress> reports = [];
            float[] resumed = Train(6, path, out score, reports);
            Numbers.AssertSameBits<float>(whole, resumed, "weights");
            Assert.Equal(wholeScore, score);
            TrainingProgress fourth = reports.First(report => report.Score is not null);
            Assert.True(fourth is { Epoch: 4, IsBest: true });

            Train(7, path, out score, isScored: false);
            Assert.Equal(wholeScore, score);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_best_parameters_of_a_checkpoint_load_as_any_others()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            float[] best = Train(3, path, out double score);
            Linear<float> model = new(Size, 1);
            using (SafeTensorsFile file = SafeTensorsFile.Open(path))
            {
                model.Parameters.Load(file, "best.");
                Numbers.AssertSameBits<float>(best, [.. model.Parameters.SelectMany(item => item.Value.Value.ToArray())], "best");

                // As it was written before: without the shapes.
                SafeTensorsWriter flat = new();
                foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.Name != "optimiser.steps"))
                {
                    float[] values = new float[tensor.ElementCount];
                    file.CopyTo<float>(tensor.Name, values);
                    flat.Add<float>(tensor.Name,
                        tensor.Name.StartsWith("best.", StringComparison.Ordinal) ? [values.Length] : tensor.Shape, values);
                }

                long[] steps = new long[1];
                file.CopyTo("optimiser.steps", steps);
                flat.Add("optimiser.steps", [1], steps);
                foreach (string key in new[] { "epoch", "epochs-since-best", "best-score" })
                {
                    flat.SetMetadata(key, file.Metadata[key]);
                }

                File.Delete(path);
                flat.Save(path);
            }

            Numbers.AssertSameBits<float>(best, Train(3, path, out double again), "from a flat best");
            Assert.Equal(score, again);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_optimiser_is_refused_and_changes_nothing()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            Linear<float> source = new(Size, 1), target = new(Size, 1);
            source.Initialise(1);
            target.Initialise(2);
            float[] before = [.. target.Parameters["weight"].Value];
            new Trainer<float>(new Momentum<float>(source.Parameters, 0.1), source.Pack,
                new TrainerOptions { Epochs = 1, CheckpointPath = path })
                .Fit([1, 1], (_, _) => 1, () => 1);
            Nesterov<float> other = new(target.Parameters, 0.1);
            Trainer<float> trainer = new(other, target.Pack, new TrainerOptions { Epochs = 1 });
            string message = Assert.Throws<InvalidDataException>(() => trainer.LoadCheckpoint(path)).Message;
            Assert.Contains("Momentum", message);
            Assert.Contains("Nesterov", message);
            Numbers.AssertSameBits<float>(before, target.Parameters["weight"].Value, "weight");
            Assert.Equal(0, other.Steps);
            Assert.Equal(double.NegativeInfinity, trainer.BestScore);
            new Trainer<float>(new Momentum<float>(target.Parameters, 0.1), target.Pack, new TrainerOptions { Epochs = 1 })
                .LoadCheckpoint(path);
            Numbers.AssertSameBits<float>(source.Parameters["weight"].Value, target.Parameters["weight"].Value, "weight");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("-3", "0", "1", 1, "epoch -3")]
    [InlineData("1", "-5", "1", 1, "-5 epochs since")]
    [InlineData("1", "0", "NaN", 1, "score NaN")]
    [InlineData("1", "0", "1", -1, "holds -1")]
    public void A_checkpoint_of_numbers_that_cannot_be_is_refused_and_changes_nothing(
        string epoch, string since, string best, long steps, string message)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            Parameter<double> weight = new("w", 1);
            ParameterSet<double> set = new(weight);
            Adam<double> adam = new(set, 0.5);
            new SafeTensorsWriter().SetMetadata("epoch", epoch).SetMetadata("epochs-since-best", since).SetMetadata("best-score", best)
                .SetMetadata("optimiser.kind", "Adam").Add<double>("model.w", [1], [3]).Add<double>("best.w", [1], [4])
                .Add("optimiser.steps", [1], [steps]).Add<double>("optimiser.0.w", [1], [0.5]).Add<double>("optimiser.1.w", [1], [0.5])
                .Save(path);
            Trainer<double> trainer = new(adam, () => { }, new TrainerOptions { Epochs = 3 });
            string refusal = Assert.Throws<InvalidDataException>(() => trainer.LoadCheckpoint(path)).Message;
            Assert.Contains(message, refusal);
            Assert.Equal(0, weight.Value[0]);
            Assert.Equal(0, adam.Steps);
            Assert.Equal(double.NegativeInfinity, trainer.BestScore);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_noticed_before_training()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            ParameterSet<double> set = new(new Parameter<double>("w", 1));
            foreach (string path in new[] { folder, Path.Combine(folder, "none", "checkpoint.safetensors") })
            {
                Trainer<double> trainer = new(
                    new Adam<double>(set, 0.5), () => { }, new TrainerOptions { Epochs = 1, CheckpointPath = path });
                Assert.ThrowsAny<IOException>(() => trainer.Fit([1], (_, _) => throw new NotSupportedException(), () => 0));
            }

            Trainer<double> works = new(new Adam<double>(set, 0.5), () => { },
                new TrainerOptions { Epochs = 1, CheckpointPath = Path.Combine(folder, "checkpoint.safetensors") });
            Assert.Throws<NotSupportedException>(() => works.Fit([1], (_, _) => throw new NotSupportedException(), () => 0));
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_optimisers_state_that_does_not_fit_changes_nothing()
    {
        Linear<float> layer = new(2, 1);
        Adam<float> adam = new(layer.Parameters, 0.1);
        layer.Parameters["bias"].Gradient[0] = 1;
        adam.Step();
        SafeTensorsWriter before = new();
        adam.Save(before);
        foreach (Action<SafeTensorsWriter> spoil in new Action<SafeTensorsWriter>[]
        {
            writer => writer.Add("steps", [1], [7L]).Add<float>("1.bias", [1], [3f]).Add("1.weight", [2], [1L, 2L]),
            writer => writer.Add("steps", [2], [7L, 8L]).Add<float>("1.bias", [1], [3f]).Add<float>("1.weight", [2], [1f, 2f]),
            writer => writer.Add<float>("steps", [1], [7f]).Add<float>("1.bias", [1], [3f]).Add<float>("1.weight", [2], [1f, 2f]),
            writer => writer.SetMetadata("kind", "AdamW")
                .Add("steps", [1], [7L]).Add<float>("1.bias", [1], [3f]).Add<float>("1.weight", [2], [1f, 2f]),
        })
        {
            SafeTensorsWriter spoilt = new();
            spoil(spoilt.Add<float>("0.bias", [1], [3f]).Add<float>("0.weight", [2], [3f, 3f]));
            Assert.Throws<InvalidDataException>(() => adam.Load(SafeTensorsFile.Read(SafeTensorsTests.Bytes(spoilt))));
            SafeTensorsWriter after = new();
            adam.Save(after);
            Assert.Equal(SafeTensorsTests.Bytes(before), SafeTensorsTests.Bytes(after));
        }
    }

    [Fact]
    public void A_schedule_counts_the_steps_of_its_own_training_and_leaves_the_rate_as_it_was()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            int calls = 0;
            Parameter<double> weight = new("w", 1);
            Momentum<double> optimiser = new(new ParameterSet<double>(weight), 0.5);
            double[] expected = [.. Enumerable.Range(0, 6).Select(step => 0.5 * LearningRateSchedule.Cosine(step, 6))];
            Assert.Equal(expected, Fit(3, null));
            Assert.Equal(0.5, optimiser.LearningRate);
            Assert.Equal(expected, Fit(3, null)); // a second training with the same optimiser

            // Set before training begins, after the trainer is made.
            Trainer<double> late = new(optimiser, () => { }, Options(3, null));
            optimiser.LearningRate = 0.25;
            List<double> rates = [];
            late.Fit([1, 1], Batch, () => 0, new Rates(() => rates.Add(optimiser.LearningRate)));
            Assert.Equal(expected.Select(rate => rate / 2), rates.Chunk(3).SelectMany(epoch => epoch[..2])); // the third is the epoch's end
            Assert.Equal(0.25, optimiser.LearningRate);

            // Stopped by an exception, and resumed in the midst of the schedule.
            optimiser = new(new ParameterSet<double>(weight), 0.5);
            weight.Value[0] = 1;
            Trainer<double> broken = new(optimiser, () => { }, Options(3, path));
            Assert.Throws<InvalidOperationException>(() => broken.Fit(
                [1, 1], (examples, step) => calls++ == 3 ? throw new InvalidOperationException() : Batch(examples, step), () => calls));
            Assert.Equal(0.5, optimiser.LearningRate);
            Assert.Equal(expected[2..], Fit(3, path));
            double resumed = weight.Value[0];
            optimiser = new(new ParameterSet<double>(weight), 0.5);
            weight.Value[0] = 1;
            Fit(3, null);
            Assert.Equal(weight.Value[0], resumed);

            double[] Fit(int epochs, string? checkpoint)
            {
                List<double> rates = [];
                double score = 0;
                new Trainer<double>(optimiser, () => { }, Options(epochs, checkpoint))
                    .Fit([1, 1], Batch, () => calls + ++score, new Rates(() => rates.Add(optimiser.LearningRate)));
                return [.. rates.Chunk(3).SelectMany(epoch => epoch[..2])];
            }

            double Batch(int[] examples, long step)
            {
                weight.Gradient[0] = step + 1;
                return 1;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static TrainerOptions Options(int epochs, string? checkpoint) =>
            new()
            {
                Epochs = epochs,
                BatchSize = 1,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total),
                CheckpointPath = checkpoint,
            };
    }

    [Fact]
    public void An_epoch_whose_score_threw_is_begun_again()
    {
        Parameter<double> weight = new("w", 1);
        int steps = 0, scores = 0;
        Trainer<double> trainer = new(
            new Sgd<double>(new ParameterSet<double>(weight), 0.5), () => { }, new TrainerOptions { Epochs = 1, BatchSize = 1 });
        Assert.Throws<InvalidOperationException>(() => Fit());
        Assert.Equal(5, Fit());
        Assert.Equal((4, 2), (steps, scores));

        double Fit() => trainer.Fit([1, 1], (_, _) => steps++, () => scores++ == 0 ? throw new InvalidOperationException() : 5);
    }

    [Fact]
    public void Options_are_checked_when_the_trainer_is_made()
    {
        Linear<float> model = new(Size, 1);
        TrainerOptions options = new() { Epochs = 1 };
        foreach ((string name, TrainerOptions wrong) in new[]
        {
            ("Epochs", options with { Epochs = 0 }), ("Epochs", options with { Epochs = -1 }),
            ("BatchSize", options with { BatchSize = 0 }),
            ("ClipNorm", options with { ClipNorm = 0 }), ("ClipNorm", options with { ClipNorm = -1 }),
            ("ClipNorm", options with { ClipNorm = double.NaN }),
            ("ClipNorm", options with { ClipNorm = -double.NaN }), ("Patience", options with { Patience = 0 }),
            ("Patience", options with { Patience = -1 }),
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(name,
                () => new Trainer<float>(new Sgd<float>(model.Parameters, 0), model.Pack, wrong));
        }

        // As large as any number: no sum of it overflows.
        new Trainer<float>(new Sgd<float>(model.Parameters, 0), model.Pack, options with { BatchSize = int.MaxValue })
            .Fit([1, 1], (_, _) => 1, () => 1);
    }

    [Fact]
    public void A_cancelled_training_stops()
    {
        Linear<float> model = new(Size, 1);
        Trainer<float> trainer = new(new Sgd<float>(model.Parameters, 0), model.Pack, new TrainerOptions { Epochs = 1 });
        Assert.Throws<OperationCanceledException>(
            () => trainer.Fit([1], (_, _) => 1, () => 0, null, new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(
            () => trainer.Fit([], (_, _) => 1, () => 0, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Batches_hold_every_example_once_and_similar_lengths_together()
    {
        Random random = new(1);
        int[] lengths = [.. Enumerable.Range(0, 1000).Select(_ => random.Next(1, 100))];
        int[][] batches = Batches.Shuffle(lengths, 16, 1);
        Assert.Equal(Enumerable.Range(0, 1000), batches.SelectMany(batch => batch).Order());
        Assert.All(batches, batch => Assert.Equal(batch.OrderByDescending(example => lengths[example]), batch));
        Assert.InRange(batches.Average(batch => lengths[batch[0]] - lengths[batch[^1]]), 0, 10);
        Assert.Equal(batches, Batches.Shuffle(lengths, 16, 1));
        Assert.NotEqual(batches, Batches.Shuffle(lengths, 16, 2));
    }

    [Fact]
    public void Schedules()
    {
        Assert.Equal([1, 1, 0.5, 0.5, 0.25], Enumerable.Range(0, 5).Select(step => LearningRateSchedule.StepDecay(step, 2, 0.5)));
        Assert.Equal(1, LearningRateSchedule.Cosine(0, 10, 0.1));
        Assert.Equal(0.55, LearningRateSchedule.Cosine(5, 10, 0.1), 1e-12);
        Assert.Equal(0.1, LearningRateSchedule.Cosine(20, 10, 0.1), 1e-12);
        Assert.Equal([0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 5).Select(step => LearningRateSchedule.WarmUp(step, 4)));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        ParameterSet<float> set = new Linear<float>(2, 1).Parameters;
        double[] noParts = [-0.1, 1, double.NaN], noSizes = [0, -1, double.NaN, double.PositiveInfinity],
            noRates = [-1, double.NaN, -double.NaN];
        Refused("beta1", noParts, value => new Adam<float>(set, beta1: value));
        Refused("beta2", noParts, value => new Adam<float>(set, beta2: value));
        Refused("epsilon", noSizes, value => new Adam<float>(set, epsilon: value));
        Refused("beta1", noParts, value => new AdamW<float>(set, beta1: value));
        Refused("beta2", noParts, value => new AdamW<float>(set, beta2: value));
        Refused("epsilon", noSizes, value => new AdamW<float>(set, epsilon: value));
        Refused("momentum", noParts, value => new Momentum<float>(set, 1, value));
        Refused("momentum", noParts, value => new Nesterov<float>(set, 1, value));
        Refused("learningRate", noRates, value => new Sgd<float>(set, value));
        Refused("weightDecay", noRates, value => new Sgd<float>(set, 1, value));
        Refused("threshold", [-1, double.NaN, -double.NaN], value => Gradients.ClipByNorm(set, value));
        Refused("threshold", [-1, double.NaN, -double.NaN], value => Gradients.ClipByValue(set, value));
        Refused("deviation", noRates, value => new Embedding<float>(2, 2).Initialise(1, value));
        Refused("factor", [-0.1, 1.1, double.NaN], value => LearningRateSchedule.StepDecay(1, 1, value));
        Refused("final", [-0.1, 1.1, double.NaN], value => LearningRateSchedule.Cosine(1, 1, value));
        Refused("step", [-1], value => LearningRateSchedule.StepDecay((long)value, 1, 0.5));
        Refused("step", [-1], value => LearningRateSchedule.Cosine((long)value, 1));
        Refused("step", [-1], value => LearningRateSchedule.WarmUp((long)value, 1));
        Refused("interval", [0], value => LearningRateSchedule.StepDecay(1, (long)value, 0.5));
        Refused("total", [0], value => LearningRateSchedule.Cosine(1, (long)value));
        Refused("steps", [-1], value => LearningRateSchedule.WarmUp(1, (long)value));
        Refused("batchSize", [0, -1], value => Batches.Shuffle([1], (int)value, 1));

        static void Refused(string name, double[] values, Action<double> call) =>
            Assert.All(values, value => Assert.Throws<ArgumentOutOfRangeException>(name, () => call(value)));
    }

    [Fact]
    public void Initialisers()
    {
        Parameter<double> square = new("u", 3 * 5, 5), tall = new("w", 7, 3), bias = new("b", 3);
        Initialiser.Orthogonal(square, new Random(1), gates: 3);
        for (int gate = 0; gate < 3; gate++)
        {
            for (int i = 0; i < 25; i++)
            {
                double dot = NeuralPrimitives.Dot<double>(square.Value.Slice(gate * 25 + i / 5 * 5, 5),
                    square.Value.Slice(gate * 25 + i % 5 * 5, 5));
                Assert.Equal(i / 5 == i % 5 ? 1 : 0, dot, 1e-14);
            }
        }

        Initialiser.Orthogonal(tall, new Random(1));
        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(i / 3 == i % 3
                ? 1
                : 0, Enumerable.Range(0, 7).Sum(row => tall.Value[row * 3 + i / 3] * tall.Value[row * 3 + i % 3]), 1e-14);
        }

        Initialiser.Xavier(tall, new Random(1));
        Assert.All(tall.Value.ToArray(), value => Assert.InRange(Math.Abs(value), 0, Math.Sqrt(0.6)));
        Assert.Throws<ArgumentException>(() => Initialiser.Xavier(bias, new Random(1)));
        Assert.Throws<ArgumentException>(() => Initialiser.Orthogonal(square, new Random(1), gates: 4));

        Lstm<double> lstm = new(new LstmOptions { InputSize = 2, HiddenSize = 3, Bidirectional = true });
        lstm.Initialise(1);
        Initialiser.ForgetBias(lstm);
        Assert.Equal([1, 1, 1], lstm.Parameters["bias_ih_l0_reverse"].Value[3..6].ToArray());
        Assert.Equal([0, 0, 0], lstm.Parameters["bias_hh_l0"].Value[3..6].ToArray());
    }

    /// <summary>A seed gives the same values for ever: files and figures rest on it.</summary>
    [Fact]
    public void Draws_keep_their_bits()
    {
        Embedding<double> embedding = new(3, 2);
        embedding.Initialise(5, 0.3);
        Random random = new(5);
        double[] normal = new double[6], uniform = new double[6];
        for (int i = 0; i < normal.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            normal[i] = 0.3 * radius * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        Numbers.AssertSameBits<double>(normal, embedding.Parameters["weight"].Value, "normal");
        Parameter<double> weight = new("w", 2, 3), row = new("u", 1, 2);
        Initialiser.Xavier(weight, new Random(6));
        random = new Random(6);
        for (int i = 0; i < uniform.Length; i++)
        {
            uniform[i] = (2 * random.NextDouble() - 1) * Math.Sqrt(6.0 / 5);
        }

        Numbers.AssertSameBits<double>(uniform, weight.Value, "Xavier");
        new ParameterSet<double>(weight).InitialiseUniform(new Random(6), Math.Sqrt(6.0 / 5));
        Numbers.AssertSameBits<double>(uniform, weight.Value, "uniform");

        // Two orthogonal numbers: the direction of two normal ones, which are made of length 1 twice.
        Initialiser.Orthogonal(row, new Random(7));
        random = new Random(7);
        double x = Normal(), y = Normal(), norm = Math.Sqrt(x * x + y * y);
        (x, y) = (x / norm, y / norm);
        norm = Math.Sqrt(x * x + y * y);
        Numbers.AssertSameBits<double>([x / norm, y / norm], row.Value, "orthogonal");

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    /// <summary>Linear regression with Adam.</summary>
    private static float[] Train(int epochs, string? checkpoint, out double score, List<TrainingProgress>? progress = null,
        bool isScored = true)
    {
        float[] x = Numbers.Random<float>(1, Examples * Size), y = new float[Examples], workspace = new float[100_000];
        for (int i = 0; i < Examples; i++)
        {
            y[i] = x[i * Size] - 2 * x[i * Size + 1] + 0.5f;
        }

        Linear<float> model = new(Size, 1);
        model.Initialise(1);
        Trainer<float> trainer = new(
            new Adam<float>(model.Parameters, 0.05), model.Pack,
            new TrainerOptions { Epochs = epochs, BatchSize = 8, ClipNorm = 5, CheckpointPath = checkpoint });
        score = trainer.Fit(Enumerable.Repeat(1, Examples).ToArray(), Batch, () => isScored ? -Error() : double.NaN,
            progress is null ? null : new Collector(progress));
        return [.. model.Parameters.SelectMany(item => item.Value.Value.ToArray())];

        double Batch(int[] examples, long step)
        {
            float[] input = [.. examples.SelectMany(example => x.AsSpan(example * Size, Size).ToArray())],
                output = new float[examples.Length];
            float[] targets = [.. examples.Select(example => y[example])], gradient = new float[examples.Length];
            model.Forward(input, output);
            double loss = Loss.MeanSquaredError<float>(output, targets, gradient, 1);
            model.Backward(input, gradient, [], workspace);
            return loss;
        }

        double Error()
        {
            float[] output = new float[Examples];
            model.Forward(x, output);
            return Loss.MeanSquaredError<float>(output, y, new float[Examples], 1);
        }
    }

    private sealed class Rates(Action report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report();
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
