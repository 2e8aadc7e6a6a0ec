using FastRecurrent.Graph;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>A scene as superpixels that touch.</summary>
internal sealed class SceneGraph
{
    private SceneGraph(Scene scene, int superpixels)
    {
        Scene = scene;
        (float, float, float)[] lab = CieLab.Of(scene.Picture);
        Superpixels = Slic.Segment(lab, scene.Picture.Width, superpixels, out int nodes);
        Graph = ConfidenceOrder.Adjacency(Superpixels, scene.Picture.Width, nodes);
        Features = SuperpixelFeatures.Of(lab, scene.Picture.Width, Superpixels, Graph);
        PixelCounts = new int[nodes, Scene.Classes];
        for (int pixel = 0; pixel < Superpixels.Length; pixel++)
        {
            if (scene.Truth.Values[pixel] < Scene.Classes)
            {
                PixelCounts[Superpixels[pixel], scene.Truth.Values[pixel]]++;
            }
        }

        Majority = [.. Enumerable.Range(0, nodes).Select(MajorityOf)];
    }

    public Scene Scene { get; }

    /// <summary>The superpixel of each pixel.</summary>
    public int[] Superpixels { get; }

    public CsrGraph Graph { get; }

    public int Nodes => Graph.NodeCount;

    /// <summary>[nodes, features].</summary>
    public float[] Features { get; }

    /// <summary>[nodes, classes], pixels of each class; those of void are left out.</summary>
    public int[,] PixelCounts { get; }

    /// <summary>[nodes], the commonest class; <see cref="Scene.Void"/> where there is none.</summary>
    public int[] Majority { get; }

    public static SceneGraph[] Of(IEnumerable<Scene> scenes, int superpixels, CancellationToken cancellation) =>
        [.. scenes.AsParallel().AsOrdered().WithCancellation(cancellation).Select(scene => new SceneGraph(scene, superpixels))];

    /// <summary>Brings every feature to a mean of 0 and a deviation of 1 over the training split.</summary>
    public static void Standardise(SceneGraph[] training, IEnumerable<SceneGraph> all)
    {
        const int Size = SuperpixelFeatures.Count;
        double[] sums = new double[Size], squares = new double[Size];
        foreach (SceneGraph scene in training)
        {
            for (int i = 0; i < scene.Features.Length; i++)
            {
                sums[i % Size] += scene.Features[i];
                squares[i % Size] += (double)scene.Features[i] * scene.Features[i];
            }
        }

        double nodes = training.Sum(scene => scene.Nodes);
        double[] deviations =
            [.. sums.Zip(squares, (sum, square) => Math.Sqrt(Math.Max(1e-12, square / nodes - sum / nodes * (sum / nodes))))];
        foreach (SceneGraph scene in all)
        {
            for (int i = 0; i < scene.Features.Length; i++)
            {
                scene.Features[i] = (float)((scene.Features[i] - sums[i % Size] / nodes) / deviations[i % Size]);
            }
        }
    }

    private int MajorityOf(int node)
    {
        int best = 0;
        for (int label = 1; label < Scene.Classes; label++)
        {
            best = PixelCounts[node, label] > PixelCounts[node, best] ? label : best;
        }

        return PixelCounts[node, best] > 0 ? best : Scene.Void;
    }
}
