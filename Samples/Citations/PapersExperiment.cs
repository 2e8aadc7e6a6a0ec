using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Citations;

/// <summary>Two-layer networks with the settings of Kipf and Welling 2017, one a kind of layer.</summary>
internal sealed class PapersExperiment(int runs, int epochs, int seed)
{
    private const int HiddenSize = 16;
    private const double LearningRate = 0.01, DropoutRate = 0.5, Decay = 5e-4;

    private delegate INodeLayer LayerMaker(int inputSize, int outputSize, Activation activation);

    public int Run(string? path, string curve, CancellationToken cancellation)
    {
        Papers papers = Papers.Load(path);
        Split example = papers.Split(seed);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{papers.Name}: {papers.Count:N0} papers, {papers.Graph.EdgeCount / 2:N0} links, {papers.WordCount:N0} words, "
            + $"{papers.ClassCount} subjects; {example.Training.Length} labelled, {example.Validation.Length} to choose by, "
            + $"{example.Test.Length:N0} held out; {papers.SplitName}"));
        SparseMatrix<float> normalised = SparseMatrix<float>.SymmetricNormalised(papers.Graph);
        SparseMatrix<float> unlinked = SparseMatrix<float>.SymmetricNormalised(Papers.GraphOf(papers.Count, []));
        SparseMatrix<float> laplacian = SparseMatrix<float>.ScaledLaplacian(papers.Graph);
        LayerMaker gcn = (inputs, outputs, f) => new GcnLayer(normalised, inputs, outputs, f);
        LayerMaker chebyshev = (inputs, outputs, f) => new ChebyshevLayer(laplacian, inputs, outputs, f);
        LayerMaker ggnn = (inputs, outputs, _) => new GgnnLayer(papers.Graph, unlinked, inputs, outputs);
        LayerMaker linear = (inputs, outputs, f) => new GcnLayer(unlinked, inputs, outputs, f);
        (string Name, LayerMaker First, LayerMaker Second)[] models =
        [
            ("GCN", gcn, gcn),
            ($"Chebyshev, K = {ChebyshevLayer.Order}", chebyshev, chebyshev),
            ("GGNN", ggnn, linear),
            ("MLP on the words alone", linear, linear),
        ];
        LineChart chart = new($"Subjects of papers, {papers.Name}, first run", "epoch", "validation accuracy");
        List<(string, string)> rows = [];
        new TrainingView("accuracy").Show(progress =>
        {
            int done = 0;
            foreach ((string name, LayerMaker first, LayerMaker second) in models)
            {
                double[] accuracies = new double[runs];
                for (int run = 0; run < runs; run++, done++)
                {
                    PartOfProgress part = new(progress, done, models.Length * runs);
                    accuracies[run] = Train(papers, first, second, seed + run, part, cancellation);
                    if (run == 0)
                    {
                        chart.Add(name, part.Scores);
                    }
                }

                rows.Add(($"ours: {name}", Figure(accuracies)));
            }

            return 0;
        });
        rows.Add(("always the commonest subject",
            Figure([example.Test.GroupBy(paper => papers.Classes[paper]).Max(group => group.Count()) / (double)example.Test.Length])));
        TrainingView.PrintComparison(runs > 1 ? $"held-out accuracy, mean and deviation of {runs}" : "held-out accuracy",
            [.. rows, .. papers.Published]);
        chart.Save(curve);
        Console.WriteLine($"learning curves: {curve}");
        return 0;
    }

    /// <summary>The whole graph is one example, so that an epoch is a step.</summary>
    private double Train(
        Papers papers, LayerMaker first, LayerMaker second, int seed, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        Split split = papers.Split(seed);
        NodeNetwork network = new(
            first(papers.WordCount, HiddenSize, Activation.Relu), second(HiddenSize, papers.ClassCount, Activation.Identity),
            papers.Words, papers.Classes, DropoutRate, Decay, seed);
        Trainer<float> trainer = new(
            new Adam<float>(network.Parameters, LearningRate), network.Pack,
            new TrainerOptions { Epochs = epochs, BatchSize = 1, Seed = seed });
        trainer.Fit(
            [1], (_, step) => network.Train(split.Training, step), () => network.Accuracy(split.Validation), progress, cancellation);
        return network.Accuracy(split.Test);
    }

    private static string Figure(double[] shares)
    {
        double mean = shares.Average(),
            deviation = Math.Sqrt(shares.Sum(share => (share - mean) * (share - mean)) / Math.Max(1, shares.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{100 * mean:F1}")
            + (shares.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $" ± {100 * deviation:F1} %") : " %");
    }
}
