using System.Globalization;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Citations;

/// <summary>GCN without features (X = I) on the club, one labelled member a side, beside what the graph's spectrum alone tells.</summary>
internal static class KarateExperiment
{
    private const int HiddenSize = 16, Steps = 200, Seeds = 20;

    public static int Run(string? path, int seed, string drawing, CancellationToken cancellation)
    {
        KarateClub club = KarateClub.Load(path);
        int[] leaders = club.Leaders, predicted = Train(club, seed, cancellation);
        Console.WriteLine(
            $"{club.Count} members, {club.Graph.EdgeCount / 2} ties; told: "
            + $"{string.Join(", ", leaders.Select((leader, side) => $"member {leader + 1} is with {KarateClub.SideNames[side]}"))}");
        for (int side = 0; side < KarateClub.SideNames.Length; side++)
        {
            Console.WriteLine($"put with {KarateClub.SideNames[side]}: {Members(member => predicted[member] == side)}");
        }

        Console.WriteLine($"not where they went: {Members(member => predicted[member] != club.Sides[member])}");
        SpectralBasis<double> basis = SpectralBasis<double>.OfLaplacian(club.Graph);
        double[] agreements = [.. Enumerable.Range(seed, Seeds).Select(other => (double)Agreement(Train(club, other, cancellation)))];
        List<(string, string)> rows =
        [
            ("ours: GCN, leaders told", Of(Agreement(predicted))),
            ($"ours: GCN, mean of {Seeds} seeds (worst {agreements.Min()}, best {agreements.Max()})", Of(agreements.Average())),
            ("ours: sign of the Laplacian's second eigenvector", Of(Agreement(Bisect(basis, leaders)))),
        ];
        if (path is null)
        {
            rows.Add(("Zachary 1977: minimum cut between the leaders, ties weighted", Of(33)));
        }

        TrainingView.PrintComparison("members put where they went, leaders among them", [.. rows]);
        new GraphDrawing(club, predicted, ForceLayout.Place(club.Graph, basis)).Save(drawing);
        Console.WriteLine($"drawing: {drawing}");
        return 0;

        int Agreement(int[] sides) => sides.Zip(club.Sides).Count(pair => pair.First == pair.Second);
        string Of(double agreement) => string.Create(CultureInfo.InvariantCulture, $"{agreement:0.#} of {club.Count}");
        string Members(Func<int, bool> which) =>
            string.Join(" ", Enumerable.Range(0, club.Count).Where(which).Select(member => member + 1));
    }

    /// <summary>With two labels there is nothing to choose an epoch by: it takes the last.</summary>
    private static int[] Train(KarateClub club, int seed, CancellationToken cancellation)
    {
        SparseMatrix<float> matrix = SparseMatrix<float>.SymmetricNormalised(club.Graph);
        float[] identity = new float[club.Count * club.Count];
        for (int member = 0; member < club.Count; member++)
        {
            identity[member * (club.Count + 1)] = 1;
        }

        NodeNetwork network = new(
            new GcnLayer(matrix, club.Count, HiddenSize, Activation.Tanh),
            new GcnLayer(matrix, HiddenSize, KarateClub.SideNames.Length, Activation.Identity),
            identity, club.Sides, dropout: 0, decay: 5e-4, seed);
        Adam<float> adam = new(network.Parameters, 0.01);
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            network.Parameters.ZeroGradients();
            network.Train(club.Leaders, step);
            adam.Step();
            network.Pack();
        }

        return network.Predict();
    }

    private static int[] Bisect(SpectralBasis<double> basis, int[] leaders)
    {
        double[] second = [.. Enumerable.Range(0, basis.NodeCount).Select(member => basis.Eigenvectors[member * basis.NodeCount + 1])];
        return [.. second.Select(value => value > 0 == second[leaders[1]] > 0 ? 1 : 0)];
    }
}
