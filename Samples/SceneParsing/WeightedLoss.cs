using FastRecurrent.Models;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Cross-entropy in which rare classes count for more and void for nothing.</summary>
internal sealed class WeightedLoss
{
    private readonly float[] _weights = new float[Scene.Classes + 1];

    /// <param name="training">Gives the frequencies.</param>
    /// <param name="balance">0 weighs all alike, 1 by the inverse of the frequency; between, its power.</param>
    public WeightedLoss(IEnumerable<SceneGraph> training, double balance)
    {
        int[] targets = [.. training.SelectMany(scene => scene.Majority).Where(target => target < Scene.Classes)];
        foreach (IGrouping<int, int> label in targets.GroupBy(target => target))
        {
            _weights[label.Key] = (float)Math.Pow((double)targets.Length / label.Count(), balance);
        }
    }

    /// <summary>The weighted mean; the logits become its gradient.</summary>
    public double Differentiate(Span<float> logits, int[] targets)
    {
        // A row of void has the weight 0; the class that stands in for it is of no account.
        Loss.CrossEntropy<float>(logits, [.. targets.Select(target => target % Scene.Classes)], logits, Reduction.Sum);
        float all = Math.Max(targets.Sum(target => _weights[target]), float.Epsilon);
        double loss = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            Span<float> gradient = logits.Slice(row * Scene.Classes, Scene.Classes);
            float weight = _weights[targets[row]] / all, probability = 1 + gradient[targets[row] % Scene.Classes];
            loss -= weight * Math.Log(Math.Max(probability, 1e-7));
            foreach (ref float value in gradient)
            {
                value *= weight;
            }
        }

        return loss;
    }
}
