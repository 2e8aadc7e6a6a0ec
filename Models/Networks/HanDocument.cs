using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Hierarchical attention network for documents (Yang et al. 2016): words make sentences, sentences make the document.</summary>
/// <remarks>
/// <code>
/// words → embedding → bidirectional GRU → attention → sentence vectors → bidirectional GRU → attention → document vector → linear → logits
/// </code>
/// Everything is ragged, and the words of all sentences of all documents run together. An empty sentence gives a zero vector, to which its
/// document attends like to any other; an empty document gives a zero vector, so its logits are the bias.
/// Parameters <c>embedding.weight</c>, <c>word.gru.*</c>, <c>word.att.*</c>, <c>sentence.gru.*</c>,
/// <c>sentence.att.*</c>, <c>classifier.*</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class HanDocument<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AttentiveEncoder<T> _words;
    private readonly AttentiveEncoder<T> _sentences;
    private readonly Linear<T> _classifier;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public HanDocument(HanDocumentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.Positive(options.VocabularySize, nameof(options.VocabularySize));
        Require.Positive(options.EmbeddingSize, nameof(options.EmbeddingSize));
        Require.Positive(options.WordHiddenSize, nameof(options.WordHiddenSize));
        Require.Positive(options.WordAttentionSize, nameof(options.WordAttentionSize));
        Require.Positive(options.SentenceHiddenSize, nameof(options.SentenceHiddenSize));
        Require.Positive(options.SentenceAttentionSize, nameof(options.SentenceAttentionSize));
        Require.Positive(options.Classes, nameof(options.Classes));
        Options = options;
        Embedding = new Embedding<T>(options.VocabularySize, options.EmbeddingSize);
        _words = new AttentiveEncoder<T>(options.EmbeddingSize, options.WordHiddenSize, options.WordAttentionSize);
        _sentences = new AttentiveEncoder<T>(_words.OutputSize, options.SentenceHiddenSize, options.SentenceAttentionSize);
        _classifier = new Linear<T>(_sentences.OutputSize, options.Classes);
        Parameters = new ParameterSet<T>()
            .Join("embedding.", Embedding.Parameters)
            .Join("word.", _words.Parameters)
            .Join("sentence.", _sentences.Parameters)
            .Join("classifier.", _classifier.Parameters);
    }

    /// <summary>Shape.</summary>
    public HanDocumentOptions Options { get; }

    /// <summary>The words' vectors, for filling with pretrained ones and for clearing their gradient row by row.</summary>
    public Embedding<T> Embedding { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Embedding.Initialise(seed, deviation: 0.1);
        _words.Initialise(seed + 1);
        _sentences.Initialise(seed + 3);
        _classifier.Initialise(seed + 5);
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _words.Pack();
        _sentences.Pack();
        _classifier.Pack();
    }

    /// <summary>Memory for a forward and a backward run over a batch of documents.</summary>
    /// <param name="maxWords">Words of all documents together.</param>
    /// <param name="maxSentences">Sentences of all documents together.</param>
    /// <param name="maxDocuments">Documents.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    public HanDocumentTape<T> CreateTape(int maxWords, int maxSentences, int maxDocuments, WorkerPool? workers = null)
    {
        Require.Positive(maxWords);
        Require.Positive(maxSentences);
        Require.Positive(maxDocuments);
        Parameters.AllocateGradients();
        return new HanDocumentTape<T>(
            this,
            new AttentiveEncoder<T>.Memory(_words, maxWords, maxSentences, maxWords, workers),
            new AttentiveEncoder<T>.Memory(_sentences, maxSentences, maxDocuments, maxSentences, workers),
            maxDocuments * _sentences.OutputSize,
            _classifier.WorkspaceLength,
            workers);
    }

    /// <summary>Logits of a batch of documents, and the attention to show. Nothing is allocated.</summary>
    /// <param name="words">[W], the words of all sentences of all documents in turn.</param>
    /// <param name="sentenceLengths">Words of each sentence, [S], Σ = W.</param>
    /// <param name="documentLengths">Sentences of each document, [docs], Σ = S.</param>
    /// <param name="logits">[docs, C], written.</param>
    /// <param name="wordAttention">[W], written; adds up to 1 in each sentence.</param>
    /// <param name="sentenceAttention">[S], written; adds up to 1 in each document.</param>
    /// <param name="tape">Memory made by this network.</param>
    /// <exception cref="ArgumentException">A size does not fit or a word does not exist;
    /// nothing the caller sees has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<int> words, ReadOnlySpan<int> sentenceLengths, ReadOnlySpan<int> documentLengths,
        Span<T> logits, Span<T> wordAttention, Span<T> sentenceAttention, HanDocumentTape<T> tape)
    {
        Check(words, sentenceLengths, documentLengths, tape);
        Require.Length(logits.Length, (long)documentLengths.Length * Options.Classes);
        Require.Length(wordAttention.Length, words.Length);
        Require.Length(sentenceAttention.Length, sentenceLengths.Length);
        Embedding.Forward(words, tape.Words.Input.Span, Options.EmbeddingSize);
        _words.Forward(sentenceLengths, tape.Sentences.Input.Span[..(sentenceLengths.Length * _words.OutputSize)], wordAttention,
            tape.Words);
        Span<T> pooled = tape.Pooled.Span[..(documentLengths.Length * _sentences.OutputSize)];
        _sentences.Forward(documentLengths, pooled, sentenceAttention, tape.Sentences);
        _classifier.Forward(pooled, logits, tape.Workers);
    }

    /// <summary>Takes a run back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="words">[W], as in the forward run.</param>
    /// <param name="sentenceLengths">[S].</param>
    /// <param name="documentLengths">[docs].</param>
    /// <param name="logitsGradient">[docs, C].</param>
    /// <param name="wordAttention">[W], as the forward run wrote it.</param>
    /// <param name="sentenceAttention">[S], as the forward run wrote it.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <param name="wordAttentionGradient">[W], a gradient of the attention itself; empty for none.</param>
    /// <param name="sentenceAttentionGradient">[S], likewise.</param>
    /// <exception cref="ArgumentException">A size does not fit, or is another than the forward run's; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        ReadOnlySpan<int> words, ReadOnlySpan<int> sentenceLengths, ReadOnlySpan<int> documentLengths,
        ReadOnlySpan<T> logitsGradient, ReadOnlySpan<T> wordAttention, ReadOnlySpan<T> sentenceAttention, HanDocumentTape<T> tape,
        ReadOnlySpan<T> wordAttentionGradient = default, ReadOnlySpan<T> sentenceAttentionGradient = default)
    {
        Check(words, sentenceLengths, documentLengths, tape);
        Require.Length(logitsGradient.Length, (long)documentLengths.Length * Options.Classes);
        Require.Length(wordAttention.Length, words.Length);
        Require.Length(sentenceAttention.Length, sentenceLengths.Length);
        Require.LengthOrEmpty(wordAttentionGradient.Length, words.Length);
        Require.LengthOrEmpty(sentenceAttentionGradient.Length, sentenceLengths.Length);
        tape.Words.Tape.CheckRun(words.Length, sentenceLengths);
        tape.Sentences.Tape.CheckRun(sentenceLengths.Length, documentLengths);
        Span<T> pooled = tape.Pooled.Span[..(documentLengths.Length * _sentences.OutputSize)],
            slope = tape.PooledGradient.Span[..pooled.Length];
        _classifier.Backward(pooled, logitsGradient, slope, tape.Workspace.Span, workers: tape.Workers);
        _sentences.Backward(documentLengths, sentenceAttention, slope, sentenceAttentionGradient, tape.Sentences);
        ReadOnlySpan<T> sentences = tape.Sentences.Input.Span[..(sentenceLengths.Length * _words.OutputSize)];
        _words.Backward(sentenceLengths, wordAttention, sentences, wordAttentionGradient, tape.Words);
        Embedding.Backward(words, tape.Words.Input.Span, Options.EmbeddingSize);
    }

    /// <inheritdoc/>
    public override string ToString() => $"HAN for documents, {Options.VocabularySize} words, {Options.Classes} classes: {Parameters}";

    private void Check(ReadOnlySpan<int> words, ReadOnlySpan<int> sentenceLengths, ReadOnlySpan<int> documentLengths,
        HanDocumentTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "network");

        Ragged.Check(sentenceLengths, words.Length, nameof(sentenceLengths));
        Ragged.Check(documentLengths, sentenceLengths.Length, nameof(documentLengths));
        if (words.Length > tape.Words.Tape.MaxRows || sentenceLengths.Length > tape.Words.Tape.MaxBatch
            || documentLengths.Length > tape.Sentences.Tape.MaxBatch)
        {
            throw new ArgumentException(
                $"{documentLengths.Length} documents of {sentenceLengths.Length} sentences and {words.Length} words do not fit into "
                    + $"a tape for "
                + $"{tape.Sentences.Tape.MaxBatch}, {tape.Words.Tape.MaxBatch} and {tape.Words.Tape.MaxRows}.", nameof(tape));
        }

        Embedding.Check(words, nameof(words));
    }
}
