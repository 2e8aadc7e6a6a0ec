using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Threads;

/// <summary>
/// How well levels are told: F1 of the question whether a comment has level j or more, for j = 1 … 7, and F1 of each level by itself.
/// </summary>
/// <remarks>
/// A comment has level j or more if the probabilities of those levels add up to a threshold. With a half, high levels, which are rare,
/// would hardly ever be told; so each question has its own, the best on comments that the figures do not count.
/// </remarks>
internal sealed class LevelScores
{
    private readonly List<int> _levels = [];
    private readonly List<float[]> _reached = [];
    private readonly int[] _hits = new int[KarmaLevels.Count], _told = new int[KarmaLevels.Count], _true = new int[KarmaLevels.Count];

    /// <summary>Adds what is told of the comments of a batch.</summary>
    /// <param name="batch">The posts in it count nowhere.</param>
    /// <param name="logits">[N, levels]; overwritten with probabilities.</param>
    public void Add(ThreadBatch batch, Span<float> logits)
    {
        for (int node = 0; node < batch.Levels.Length; node++)
        {
            if (batch.Counts[node] == 0)
            {
                continue;
            }

            Span<float> row = logits.Slice(node * KarmaLevels.Count, KarmaLevels.Count);
            int told = Prediction.ArgMax<float>(row), level = batch.Levels[node];
            NeuralPrimitives.Softmax<float>(row, row);
            float[] reached = row.ToArray();
            for (int j = KarmaLevels.Count - 2; j >= 0; j--)
            {
                reached[j] += reached[j + 1];
            }

            _levels.Add(level);
            _reached.Add(reached);
            _told[told]++;
            _true[level]++;
            _hits[level] += told == level ? 1 : 0;
        }
    }

    /// <summary>The thresholds with the best F1 on these comments; index 0 is not used.</summary>
    public float[] BestThresholds() => [0, .. Enumerable.Range(1, KarmaLevels.Count - 1).Select(BestThreshold)];

    /// <summary>F1 of each question that has a yes among the comments, with its j.</summary>
    public (int Level, double F1)[] OfQuestions(float[] thresholds) =>
        [.. Enumerable.Range(1, KarmaLevels.Count - 1).Where(j => _levels.Any(level => level >= j)).Select(j => (j, F1(
            Enumerable.Range(0, _levels.Count).Count(i => _levels[i] >= j && _reached[i][j] >= thresholds[j]),
            _reached.Count(reached => reached[j] >= thresholds[j]),
            _levels.Count(level => level >= j))))];

    /// <summary>The mean F1 of all questions.</summary>
    public double MeanF1(float[] thresholds) => OfQuestions(thresholds).Select(question => question.F1).DefaultIfEmpty().Average();

    /// <summary>The mean F1 of the questions if all were answered yes.</summary>
    public double AlwaysYes() => MeanF1(new float[KarmaLevels.Count]);

    /// <summary>The mean F1 of the levels that there are, when the most probable one is told.</summary>
    public double MacroF1() => Enumerable.Range(0, KarmaLevels.Count).Where(level => _true[level] > 0)
        .Average(level => F1(_hits[level], _told[level], _true[level]));

    /// <summary>The share of comments whose level is told.</summary>
    public double Accuracy() => (double)_hits.Sum() / _levels.Count;

    private float BestThreshold(int j)
    {
        int total = _levels.Count(level => level >= j), hits = 0, told = 0;
        (double best, float threshold) = (-1, 0.5f);
        int[] order = [.. Enumerable.Range(0, _levels.Count).OrderByDescending(i => _reached[i][j])];
        for (int k = 0; k < order.Length; k++)
        {
            told++;
            hits += _levels[order[k]] >= j ? 1 : 0;
            float here = _reached[order[k]][j];
            bool isLastOfItsKind = k + 1 == order.Length || _reached[order[k + 1]][j] < here;
            if (isLastOfItsKind && F1(hits, told, total) is double f1 && f1 > best)
            {
                (best, threshold) = (f1, here);
            }
        }

        return threshold;
    }

    /// <summary>2 · precision · recall / (precision + recall).</summary>
    private static double F1(int hits, int told, int total) => told + total == 0 ? 0 : 2.0 * hits / (told + total);
}
