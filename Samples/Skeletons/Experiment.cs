using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>Trains each contender from several seeds. Subjects with odd numbers train, those with even numbers test.</summary>
internal sealed class Experiment(int epochs, int graphEpochs, int seeds)
{
    private const int PointsOfCurve = 20, Drawn = 4;

    public int Run(string? path, int hiddenSize, bool tune, string curve, string? attention, CancellationToken cancellation)
    {
        (Recording[] training, Recording[] test) = Split(Recordings.Load(path), tune);
        int classes = training.Concat(test).Max(recording => recording.Action) + 1;
        Console.WriteLine(
            $"{training.Length} recordings of subjects {SubjectsOf(training)} to train on, {test.Length} of {SubjectsOf(test)} to test, "
            + $"{classes} actions");
        LstmPart[] parts = [.. Enumerable.Repeat(new LstmPart(Body.JointsInAPart * 3, hiddenSize / Body.Parts), Body.Parts)];
        AgcNetworkOptions graph =
            new()
            {
                CoordinateSize = 3,
                PositionSize = 16,
                FeatureSize = 32,
                HiddenSize = 32,
                Classes = classes,
                Layers = 2,
                AttentionSize = 16
            };
        (string, int, Func<int, Contender>)[] contenders =
        [
            ("plain LSTM", epochs,
                seed => new LstmContender(new Lstm<float>(new LstmOptions { InputSize = Body.FrameSize, HiddenSize = hiddenSize }),
                classes, seed)),
            ("part-aware LSTM", epochs, seed => new LstmContender(new PartLstm<float>(parts), classes, seed)),
            ("AGC-LSTM", graphEpochs, seed => new AgcContender(graph, seed)),
        ];
        List<(string, string)> rows = [];
        LineChart chart = new($"Actions from skeletons, unseen subjects, mean of {seeds}", "share of the training", "accuracy");
        foreach ((string name, int passes, Func<int, Contender> create) in contenders)
        {
            Contender[] networks = [.. Enumerable.Range(1, seeds).Select(create)];
            Console.WriteLine(networks[0]);
            (double Share, double Accuracy)[][] courses =
                [.. networks.Select((network, i) => Train(network, training, test, passes, i + 1, cancellation))];
            chart.Add(name, courses[0].Select((point, i) => (point.Share, courses.Average(course => course[i].Accuracy))));
            rows.Add(
                (name, $"{Percent(courses.Average(course => course[^1].Accuracy))} (of {seeds}: "
                + $"{string.Join(", ", courses.Select(course => Percent(course[^1].Accuracy)))})"));
            if (attention is not null && networks[0] is AgcContender network)
            {
                Draw(attention, network, test, classes);
            }
        }

        if (path is not null)
        {
            rows.Add(("hand-made features in a Lie group (Vemulapalli et al. 2014)", "89.5 %"));
        }

        TrainingView.PrintComparison("accuracy on unseen subjects", [.. rows]);
        chart.Save(curve);
        Console.WriteLine($"learning curves: {curve}");
        return 0;
    }

    /// <summary>The first recording of some actions.</summary>
    private static void Draw(string path, AgcContender network, Recording[] test, int classes)
    {
        IEnumerable<Recording> drawn = test.OrderBy(recording => recording.Action).DistinctBy(recording => recording.Action)
            .Where(recording => recording.Action % (classes / Math.Min(classes, Drawn)) == 0);
        AttentionFigure.Save(path, [.. drawn.Select(network.Attend)]);
        Console.WriteLine($"attention: {path}");
    }

    private static (Recording[] Training, Recording[] Test) Split(Recording[] all, bool tune)
    {
        Func<int, bool> trains = tune ? subject => subject is 1 or 3 or 5 : subject => subject % 2 == 1, tests = tune ? subject =>
            subject is 7 or 9 : subject => subject % 2 == 0;
        return ([.. all.Where(recording => trains(recording.Subject))], [.. all.Where(recording => tests(recording.Subject))]);
    }

    /// <summary>Accuracy in the course of training. The last parameters are the result whatever came before: no epoch is chosen.</summary>
    private static (double Share, double Accuracy)[] Train(Contender contender, Recording[] training, Recording[] test, int epochs,
        int seed, CancellationToken cancellation)
    {
        List<(double, double)> course = [];
        Trainer<float> trainer = new(
            new AdamW<float>(contender.Parameters, 3e-3, weightDecay: 0.02),
            contender.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = Contender.BatchSize,
                Seed = seed,
                ClipNorm = 1,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.01),
            });
        int epoch = 0;
        new TrainingView("epoch").Show(progress => trainer.Fit(
            [.. training.Select(recording => recording.Frames.Length)],
            (examples, step) =>
            {
                Random random = new(unchecked(seed * 1_000_003 + (int)step));
                Recording[] batch = [.. examples.Select(example => training[example])];
                return contender.Train([.. batch.SelectMany(recording => Augmentation.Vary(recording.Frames, random))],
                    Contender.ActionsOf(batch), unchecked((int)step));
            },
            () =>
            {
                if (++epoch * PointsOfCurve / epochs > (epoch - 1) * PointsOfCurve / epochs)
                {
                    course.Add(((double)epoch / epochs, contender.Accuracy(test)));
                }

                return epoch;
            },
            progress, cancellation));
        return [.. course];
    }

    private static string SubjectsOf(Recording[] recordings) =>
        string.Join(", ", recordings.Select(recording => recording.Subject).Distinct().Order());

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
