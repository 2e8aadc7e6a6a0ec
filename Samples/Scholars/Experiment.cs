using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Scholars;

/// <summary>The HAN over both meta-paths, over each alone, and a perceptron without any, all trained alike.</summary>
internal sealed class Experiment(int runs, int epochs, int patience, int seed)
{
    private static readonly string[] _pathNames = ["paper–author–paper", "paper–subject–paper"];

    public int Run(string? path, int labels, bool listed, string curve, string betaCurve, CancellationToken cancellation)
    {
        AcademicGraph graph = AcademicGraph.Load(path, labels);
        Console.WriteLine(
            $"{graph.Name}: {graph.PaperCount:N0} papers, {graph.Authors.Columns:N0} authors, {graph.Subjects.Columns} subjects, "
            + $"{graph.WordCount:N0} words, {graph.ClassCount} classes; {graph.Training.Length} labelled, {graph.Validation.Length:N0} "
            + $"to choose by, {graph.Test.Length:N0} held out");
        MetaPath[] paths = [graph.ByAuthors(), graph.BySubjects(listed)];
        for (int i = 0; i < paths.Length; i++)
        {
            Console.WriteLine($"{_pathNames[i]}: {paths[i]}");
        }

        (string Name, Func<int, IPaperClassifier> Create)[] models =
        [
            ("HAN", runSeed => new HanClassifier(graph, paths, runSeed)),
            ($"HAN, {_pathNames[0]} alone", runSeed => new HanClassifier(graph, [paths[0]], runSeed)),
            ($"HAN, {_pathNames[1]} alone", runSeed => new HanClassifier(graph, [paths[1]], runSeed)),
            ("perceptron on the words alone", runSeed => new MlpClassifier(graph, runSeed)),
        ];
        List<(string, string)> rows = [];
        List<float[]> betas = [];
        new TrainingView("loss").Show(progress =>
        {
            for (int model = 0; model < models.Length; model++)
            {
                F1[] scores = new F1[runs];
                for (int run = 0; run < runs; run++)
                {
                    IPaperClassifier classifier = models[model].Create(seed + run);
                    NodeTraining training = new(graph, classifier);
                    training.Run(
                        new TrainerOptions { Epochs = epochs, BatchSize = 1, Seed = seed + run, Patience = patience },
                        new PartOfProgress(progress, model * runs + run, models.Length * runs), cancellation);
                    scores[run] = training.Evaluate(graph.Test).F1;
                    if (model == 0)
                    {
                        betas.Add(((HanClassifier)classifier).Beta.ToArray());
                        if (run == 0)
                        {
                            SaveCurves(graph, training.Epochs, curve, betaCurve);
                        }
                    }
                }

                rows.Add(($"ours: {models[model].Name}",
                    $"{Percent(scores.Select(score => score.Micro))} / {Percent(scores.Select(score => score.Macro))}"));
            }

            return 0;
        });
        TrainingView.PrintComparison($"β, {MeasureOf("")}",
            [.. _pathNames.Select((name, i) => (name, Figure(betas.Select(beta => (double)beta[i]), "F2")))]);
        TrainingView.PrintComparison(MeasureOf("held-out micro-F1 / macro-F1, "), [.. rows, .. path is null ? [] : Published.Rows]);
        Console.WriteLine($"learning curve: {curve}, β: {betaCurve}");
        return 0;
    }

    private static void SaveCurves(AcademicGraph graph, List<Epoch> epochs, string curve, string betaCurve)
    {
        new LineChart($"HAN, {graph.Name}, first run", "epoch", "loss, micro-F1")
            .Add("loss of the labelled", Line(epoch => epoch.Loss))
            .Add("validation loss", Line(epoch => epoch.ValidationLoss))
            .Add("validation micro-F1", Line(epoch => epoch.Validation.Micro))
            .Save(curve);
        LineChart beta = new($"Weights of the meta-paths, {graph.Name}, first run", "epoch", "β");
        for (int i = 0; i < _pathNames.Length; i++)
        {
            int path = i;
            beta.Add(_pathNames[path], Line(epoch => epoch.Beta[path]));
        }

        beta.Save(betaCurve);

        IEnumerable<(double, double)> Line(Func<Epoch, double> value) => epochs.Select((epoch, i) => (i + 1.0, value(epoch)));
    }

    private string MeasureOf(string what) => what + (runs > 1 ? $"mean ± deviation of {runs} runs" : "one run");

    private static string Percent(IEnumerable<double> shares) => $"{Figure(shares.Select(share => 100 * share), "F1")} %";

    private static string Figure(IEnumerable<double> values, string format)
    {
        double[] all = [.. values];
        double mean = all.Average(), deviation = Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, all.Length - 1));
        string figure = mean.ToString(format, CultureInfo.InvariantCulture);
        return all.Length > 1 ? $"{figure} ± {deviation.ToString(format, CultureInfo.InvariantCulture)}" : figure;
    }
}
