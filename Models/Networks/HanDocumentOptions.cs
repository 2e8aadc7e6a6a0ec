namespace FastRecurrent.Models;

/// <summary>The shape of a hierarchical attention network for documents.</summary>
public sealed record HanDocumentOptions
{
    /// <summary>V.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>E, size of a word's vector.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Hidden size of the word GRU in one direction.</summary>
    public required int WordHiddenSize { get; init; }

    /// <summary>Attention size over words.</summary>
    public required int WordAttentionSize { get; init; }

    /// <summary>Hidden size of the sentence GRU in one direction.</summary>
    public required int SentenceHiddenSize { get; init; }

    /// <summary>Attention size over sentences.</summary>
    public required int SentenceAttentionSize { get; init; }

    /// <summary>C.</summary>
    public required int Classes { get; init; }
}
