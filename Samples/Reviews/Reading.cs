namespace FastRecurrent.Samples.Reviews;

/// <summary>What the network made of a review.</summary>
/// <param name="Review">The review.</param>
/// <param name="Positive">The probability that it is positive.</param>
/// <param name="WordAttention">Of all its words; adds up to 1 in each sentence.</param>
/// <param name="SentenceAttention">Adds up to 1.</param>
internal sealed record Reading(Review Review, double Positive, float[] WordAttention, float[] SentenceAttention)
{
    public int Class => Positive > 0.5 ? 1 : 0;

    public bool IsRight => Class == Review.Class;

    /// <summary>The share of a sentence's words that would get as much if they shared the attention evenly:
    /// 1 if it does not choose at all.</summary>
    public double WordSpread
    {
        get
        {
            double sum = 0;
            int word = 0;
            foreach (string[] sentence in Review.Sentences)
            {
                sum += Spread(WordAttention.AsSpan(word, sentence.Length));
                word += sentence.Length;
            }

            return sum / Review.Sentences.Length;
        }
    }

    /// <summary>Likewise of sentences.</summary>
    public double SentenceSpread => Spread(SentenceAttention);

    /// <summary>Perplexity over length.</summary>
    private static double Spread(ReadOnlySpan<float> attention)
    {
        double entropy = 0;
        foreach (float share in attention)
        {
            entropy -= share > 0 ? share * Math.Log(share) : 0;
        }

        return Math.Exp(entropy) / attention.Length;
    }
}
