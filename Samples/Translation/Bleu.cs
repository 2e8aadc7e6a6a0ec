namespace FastRecurrent.Samples.Translation;

/// <summary>BLEU of a whole test set with several references each (Papineni et al. 2002), in per cent, n-grams up to four words.</summary>
internal static class Bleu
{
    private const int Longest = 4;

    public static double Score(IEnumerable<(string[] Hypothesis, string[][] References)> pairs)
    {
        double[] matched = new double[Longest], total = new double[Longest];
        double hypothesisLength = 0, referenceLength = 0;
        foreach ((string[] hypothesis, string[][] references) in pairs)
        {
            hypothesisLength += hypothesis.Length;
            referenceLength += references.Select(reference => reference.Length).OrderBy(length => Math.Abs(length - hypothesis.Length))
                .ThenBy(length => length).First();
            for (int n = 1; n <= Longest; n++)
            {
                Dictionary<string, int>[] counts = [.. references.Select(reference => Count(reference, n))];
                foreach ((string gram, int count) in Count(hypothesis, n))
                {
                    total[n - 1] += count;
                    matched[n - 1] += Math.Min(count, counts.Max(reference => reference.GetValueOrDefault(gram)));
                }
            }
        }

        double logarithm = 0;
        for (int n = 0; n < Longest; n++)
        {
            if (matched[n] == 0)
            {
                return 0;
            }

            logarithm += Math.Log(matched[n] / total[n]) / Longest;
        }

        double brevity = hypothesisLength >= referenceLength ? 1 : Math.Exp(1 - referenceLength / hypothesisLength);
        return 100 * brevity * Math.Exp(logarithm);
    }

    private static Dictionary<string, int> Count(string[] words, int n) => Enumerable.Range(0, Math.Max(0, words.Length - n + 1))
        .GroupBy(i => string.Join(' ', words[i..(i + n)])).ToDictionary(group => group.Key, group => group.Count());
}
