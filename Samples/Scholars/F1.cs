namespace FastRecurrent.Samples.Scholars;

/// <summary>The harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN), over several classes.</summary>
/// <param name="Micro">Of the counts of all classes together; with one class an example it is the accuracy.</param>
/// <param name="Macro">The mean over the classes, so that the small ones count as much as the large.</param>
internal readonly record struct F1(double Micro, double Macro)
{
    public static F1 Of(ReadOnlySpan<int> predicted, ReadOnlySpan<int> actual, int classes)
    {
        int[] right = new int[classes], told = new int[classes], true_ = new int[classes];
        for (int i = 0; i < actual.Length; i++)
        {
            told[predicted[i]]++;
            true_[actual[i]]++;
            right[actual[i]] += predicted[i] == actual[i] ? 1 : 0;
        }

        // TP + FP are those told to be of the class, TP + FN those that are.
        return new F1(
            Ratio(right.Sum(), told.Sum() + true_.Sum()),
            Enumerable.Range(0, classes).Average(@class => Ratio(right[@class], told[@class] + true_[@class])));
    }

    /// <summary>A class that is neither told nor there counts 0, as is usual.</summary>
    private static double Ratio(int right, int sum) => sum == 0 ? 0 : 2.0 * right / sum;
}
