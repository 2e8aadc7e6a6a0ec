using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Superpixels → confidence map → Graph LSTM in the order of confidence, beside one in random order.</summary>
internal sealed class Experiment(int superpixels, int epochs, int hiddenSize, int layers, double balance, int seed)
{
    public int Run(string? path, string curve, string parse, CancellationToken cancellation)
    {
        SceneData data = SceneData.Load(path);
        SceneGraph[] training = SceneGraph.Of([.. data.Training, .. data.Training.Select(scene => scene.Mirror())], superpixels,
            cancellation);
        SceneGraph[] validation = SceneGraph.Of(data.Validation, superpixels, cancellation),
            test = SceneGraph.Of(data.Test, superpixels, cancellation);
        SceneGraph[] all = [.. training, .. validation, .. test];
        SceneGraph.Standardise(training, all);
        Console.WriteLine(
            $"{data.Training.Length} scenes to train on, and as many mirrored, {validation.Length} to choose by, {test.Length} held out, "
            + $"of {all.Average(scene => scene.Nodes):F0} superpixels on average");

        WeightedLoss loss = new(training, balance);
        ConfidenceMap map = new(all.Max(scene => scene.Nodes), seed);
        Console.WriteLine(map.Model);
        map.Train(training, validation, loss, epochs, seed, cancellation);

        OrderedScene[] Confident(SceneGraph[] scenes) =>
            [.. scenes.Select(scene => new OrderedScene(scene, ConfidenceOrder.ByBestLabel(map.Confidences(scene), scene.Nodes)))];
        GraphParser parser = new(all, hiddenSize, layers, seed);
        Console.WriteLine(parser);
        TrainingView view = Train(parser, Confident(training), Confident(validation), loss, cancellation);
        view.PrintEpochs();
        view.SaveCurve(curve, "Semantic parsing of street scenes, Graph LSTM in the order of confidence");
        (SceneGraph Scene, int[] Labels)[] parses = [.. parser.Parse(Confident(test))];
        SaveParse(parse, map, parses);

        GraphParser unordered = new(all, hiddenSize, layers, seed);
        Random random = new(seed);
        Train(unordered, AtRandom(training, random), AtRandom(validation, random), loss, cancellation);
        Report(
            path is not null,
            ("confidence map: perceptron on single superpixels", map.Parse(test)),
            ("Graph LSTM, order of confidence", ConfusionMatrix.Of(parses)),
            ("Graph LSTM, random order", ConfusionMatrix.Of(unordered.Parse(AtRandom(test, random)))),
            ("upper bound: commonest class of each superpixel", ConfusionMatrix.Of(test.Select(scene => (scene, scene.Majority)))));
        return 0;
    }

    private TrainingView Train(
        GraphParser parser, OrderedScene[] training, OrderedScene[] validation, WeightedLoss loss, CancellationToken cancellation)
    {
        Trainer<float> trainer = new(
            new AdamW<float>(parser.Parameters, 3e-3, weightDecay: 0.05),
            parser.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = GraphParser.BatchSize,
                Seed = seed,
                ClipNorm = 1,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("mIoU");
        view.Show(progress => trainer.Fit(
            [.. training.Select(scene => scene.Scene.Nodes)],
            (examples, step) => parser.Train([.. examples.Select(example => training[example])], loss, unchecked((int)step)),
            () => ConfusionMatrix.Of(parser.Parse(validation)).MeanIntersectionOverUnion,
            progress, cancellation));
        return view;
    }

    private static OrderedScene[] AtRandom(SceneGraph[] scenes, Random random) => [.. scenes.Select(scene =>
    {
        int[] order = [.. Enumerable.Range(0, scene.Nodes)];
        random.Shuffle(order);
        return new OrderedScene(scene, order);
    })];

    /// <summary>The scene of median accuracy: neither the best nor the worst would show what to expect.</summary>
    private static void SaveParse(string path, ConfidenceMap map, (SceneGraph Scene, int[] Labels)[] parses)
    {
        (SceneGraph scene, int[] labels) = parses.OrderBy(parse => ConfusionMatrix.Of([parse]).PixelAccuracy).ElementAt(parses.Length / 2);
        ParsePicture.Save(path, scene, ConfusionMatrix.Labels(map.Confidences(scene)), labels);
        Console.WriteLine($"picture, truth, confidence map and Graph LSTM of {scene.Scene.Name}: {path}");
    }

    private static void Report(bool isCamVid, params (string Who, ConfusionMatrix Matrix)[] parses)
    {
        List<(string, string)> rows = [.. parses.Select(parse => (parse.Who, string.Create(
            CultureInfo.InvariantCulture, $"{parse.Matrix.MeanIntersectionOverUnion:P1}, {parse.Matrix.PixelAccuracy:P1}")))];
        if (isCamVid)
        {
            rows.Add(("not comparable: SegNet (Badrinarayanan et al. 2017), 480 × 360 pixels, trained on some 3,500 pictures",
                "60.1 %, 90.4 %"));
        }

        TrainingView.PrintComparison("mIoU, pixel accuracy", [.. rows]);
        int[] labels =
            [.. Enumerable.Range(0, Scene.Classes).Where(label => double.IsFinite(parses[0].Matrix.IntersectionOverUnion(label)))];
        TrainingView.PrintComparison(
            "IoU in % of " + string.Join(", ", labels.Select(label => Scene.ClassNames[label])),
            [.. parses.Select(parse => (parse.Who, string.Join(
                ", ", labels.Select(label => (100 * parse.Matrix.IntersectionOverUnion(label))
                .ToString("F0", CultureInfo.InvariantCulture)))))]);
    }
}
