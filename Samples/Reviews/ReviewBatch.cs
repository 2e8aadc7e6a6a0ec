namespace FastRecurrent.Samples.Reviews;

/// <summary>Reviews as the network reads them: the words of all sentences of all reviews run together.</summary>
internal sealed record ReviewBatch(int[] Words, int[] SentenceLengths, int[] DocumentLengths, int[] Classes)
{
    public static ReviewBatch Of(IEnumerable<Review> reviews, Vocabulary vocabulary) =>
        Of([.. reviews], review => review.Sentences, vocabulary);

    /// <summary>
    /// For training: sentences are left out at random.
    /// A network that sees other parts of a review in each epoch learns fewer reviews by heart.
    /// </summary>
    public static ReviewBatch Of(IEnumerable<Review> reviews, Vocabulary vocabulary, double sentenceDropout, int seed)
    {
        Random random = new(seed);
        return Of(
            [.. reviews],
            review => [.. review.Sentences.Where((_, i) => random.NextDouble() >= sentenceDropout || i == review.Sentences.Length - 1)],
            vocabulary);
    }

    private static ReviewBatch Of(Review[] reviews, Func<Review, string[][]> sentencesOf, Vocabulary vocabulary)
    {
        string[][][] documents = [.. reviews.Select(sentencesOf)];
        string[][] sentences = [.. documents.SelectMany(document => document)];
        return new ReviewBatch(
            [.. sentences.SelectMany(sentence => sentence).Select(vocabulary.IdOf)],
            [.. sentences.Select(sentence => sentence.Length)],
            [.. documents.Select(document => document.Length)],
            [.. reviews.Select(review => review.Class)]);
    }
}
