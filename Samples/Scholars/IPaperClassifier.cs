using FastRecurrent.Cells;

namespace FastRecurrent.Samples.Scholars;

/// <summary>Anything that tells classes of papers and learns to.</summary>
internal interface IPaperClassifier
{
    ParameterSet<float> Parameters { get; }

    void Pack();

    /// <summary>Scores of the classes of these papers.</summary>
    /// <param name="papers">Numbers of papers.</param>
    /// <param name="seed">Of the dropout; null for none.</param>
    /// <returns>[papers, classes], which the caller may overwrite.</returns>
    float[] Forward(int[] papers, int? seed);

    /// <summary>Takes the last forward run back and adds the gradients.</summary>
    void Backward(ReadOnlySpan<float> gradient);
}
