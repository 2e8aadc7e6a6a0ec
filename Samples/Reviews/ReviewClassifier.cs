using FastRecurrent.Models;

namespace FastRecurrent.Samples.Reviews;

/// <summary>The HAN with its vocabulary and its memory.</summary>
internal sealed class ReviewClassifier
{
    public const int BatchSize = 8;
    private const int EmbeddingSize = 64;
    private const float ContextScale = 4;
    private const double SentenceDropout = 0.5;
    private readonly HanDocumentTape<float> _tape;
    private readonly float[] _logits = new float[BatchSize * Review.Classes], _wordAttention, _sentenceAttention;

    /// <param name="training">Gives the vocabulary.</param>
    /// <param name="all">Any batch of them must fit.</param>
    /// <param name="hiddenSize">Of both GRUs in one direction.</param>
    /// <param name="seed">Of the first weights.</param>
    public ReviewClassifier(Review[] training, Review[] all, int hiddenSize, int seed)
    {
        // A word that is seen but a few times teaches little more than the reviews it stood in.
        int words = training.Sum(review => review.Words);
        Vocabulary = new Vocabulary(training, leastCount: words < 10_000 ? 1 : 4);
        Model = new HanDocument<float>(new HanDocumentOptions
        {
            VocabularySize = Vocabulary.Size,
            EmbeddingSize = EmbeddingSize,
            WordHiddenSize = hiddenSize,
            WordAttentionSize = 2 * hiddenSize,
            SentenceHiddenSize = hiddenSize,
            SentenceAttentionSize = 2 * hiddenSize,
            Classes = Review.Classes,
        });
        Model.Initialise(seed);

        // Context vectors drawn as usual leave attention uniform to the end:
        // the GRUs learn this task without it before it begins to choose.
        foreach (string key in (string[])["word.att.u", "sentence.att.u"])
        {
            foreach (ref float value in Model.Parameters[key].Value)
            {
                value *= ContextScale;
            }
        }

        Model.Pack();
        int maxWords = all.Select(review => review.Words).OrderDescending().Take(BatchSize).Sum();
        int maxSentences = all.Select(review => review.Sentences.Length).OrderDescending().Take(BatchSize).Sum();
        _tape = Model.CreateTape(maxWords, maxSentences, BatchSize);
        _wordAttention = new float[maxWords];
        _sentenceAttention = new float[maxSentences];
    }

    public HanDocument<float> Model { get; }

    public Vocabulary Vocabulary { get; }

    /// <summary>Adds the gradients of a batch.</summary>
    /// <returns>Its mean loss.</returns>
    public double Train(IEnumerable<Review> reviews, int seed)
    {
        ReviewBatch batch = ReviewBatch.Of(reviews, Vocabulary, SentenceDropout, seed);
        Span<float> logits = Forward(batch);
        double loss = Loss.CrossEntropy<float>(logits, batch.Classes, logits);
        Model.Backward(
            batch.Words, batch.SentenceLengths, batch.DocumentLengths, logits,
            _wordAttention.AsSpan(0, batch.Words.Length), _sentenceAttention.AsSpan(0, batch.SentenceLengths.Length), _tape);
        return loss;
    }

    /// <summary>The share of reviews whose class is found.</summary>
    public double Accuracy(Review[] reviews)
    {
        int right = 0;
        foreach (Review[] chunk in reviews.OrderBy(review => review.Words).Chunk(BatchSize))
        {
            ReviewBatch batch = ReviewBatch.Of(chunk, Vocabulary);
            Span<float> logits = Forward(batch);
            for (int i = 0; i < chunk.Length; i++)
            {
                right += (logits[2 * i + 1] > logits[2 * i] ? 1 : 0) == chunk[i].Class ? 1 : 0;
            }
        }

        return (double)right / reviews.Length;
    }

    /// <summary>Reads one review and tells what it attended to.</summary>
    public Reading Read(Review review)
    {
        ReviewBatch batch = ReviewBatch.Of([review], Vocabulary);
        Span<float> logits = Forward(batch);
        return new Reading(
            review,
            1 / (1 + Math.Exp(logits[0] - logits[1])),
            _wordAttention[..batch.Words.Length],
            _sentenceAttention[..batch.SentenceLengths.Length]);
    }

    private Span<float> Forward(ReviewBatch batch)
    {
        Span<float> logits = _logits.AsSpan(0, batch.DocumentLengths.Length * Review.Classes);
        Model.Forward(
            batch.Words, batch.SentenceLengths, batch.DocumentLengths, logits,
            _wordAttention.AsSpan(0, batch.Words.Length), _sentenceAttention.AsSpan(0, batch.SentenceLengths.Length), _tape);
        return logits;
    }
}
