using FastRecurrent.Models;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Pixels by true and predicted class; void is left out.</summary>
internal sealed class ConfusionMatrix
{
    private readonly long[,] _pixels = new long[Scene.Classes, Scene.Classes];

    public double PixelAccuracy
    {
        get
        {
            long right = 0, all = 0;
            for (int i = 0; i < _pixels.Length; i++)
            {
                (int truth, int predicted) = Math.DivRem(i, Scene.Classes);
                right += truth == predicted ? _pixels[truth, predicted] : 0;
                all += _pixels[truth, predicted];
            }

            return (double)right / Math.Max(1, all);
        }
    }

    /// <summary>Over the classes that occur.</summary>
    public double MeanIntersectionOverUnion =>
        Enumerable.Range(0, Scene.Classes).Select(IntersectionOverUnion).Where(double.IsFinite).Average();

    /// <summary>Of pixels that are or are taken for a class, the share of those that are both;
    /// no number for a class that does not occur.</summary>
    public double IntersectionOverUnion(int label)
    {
        long union = -_pixels[label, label];
        for (int other = 0; other < Scene.Classes; other++)
        {
            union += _pixels[label, other] + _pixels[other, label];
        }

        return (double)_pixels[label, label] / union;
    }

    /// <summary>Gives every pixel the label of its superpixel.</summary>
    public static ConfusionMatrix Of(IEnumerable<(SceneGraph Scene, int[] Labels)> parses)
    {
        ConfusionMatrix matrix = new();
        foreach ((SceneGraph scene, int[] labels) in parses)
        {
            for (int node = 0; node < scene.Nodes; node++)
            {
                for (int truth = 0; labels[node] < Scene.Classes && truth < Scene.Classes; truth++)
                {
                    matrix._pixels[truth, labels[node]] += scene.PixelCounts[node, truth];
                }
            }
        }

        return matrix;
    }

    /// <summary>The best label of each row.</summary>
    /// <param name="scores">[nodes, classes].</param>
    public static int[] Labels(float[] scores) => [.. scores.Chunk(Scene.Classes).Select(row => Prediction.ArgMax<float>(row))];
}
