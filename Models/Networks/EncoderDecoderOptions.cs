namespace FastRecurrent.Models;

/// <summary>The shape of an encoder–decoder.</summary>
public sealed record EncoderDecoderOptions
{
    /// <summary>Words of the source language.</summary>
    public required int SourceVocabularySize { get; init; }

    /// <summary>Words of the target language.</summary>
    public required int TargetVocabularySize { get; init; }

    /// <summary>Size of a word's vector, in both languages.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>H, hidden size of the decoder, and of the encoder in one direction.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Whether the decoder attends to all states of the encoder, not only to its last ones.</summary>
    public bool Attention { get; init; } = true;
}
