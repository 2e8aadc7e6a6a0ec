using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Verify;

/// <summary>What stands around the cells: <c>embedding</c>, <c>one-hot</c>, <c>bag-of-words</c>, <c>attention-pool</c>,
/// <c>han-document</c>.</summary>
public sealed class LayerCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["embedding", "one-hot", "bag-of-words", "attention-pool", "han-document"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            case "embedding": RunEmbedding<T>(golden, comparison); break;
            case "attention-pool": RunAttentionPooling<T>(golden, comparison); break;
            case "han-document": RunHanDocument<T>(golden, comparison); break;
            default: RunCounts<T>(golden, comparison); break;
        }
    }

    private static void RunEmbedding<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight", 2), ids = golden.Integers("in.ids");
        Embedding<T> embedding = new(weight[0], weight[1]);
        LoadParameters(golden, embedding.Parameters);
        T[] y = new T[ids.Length * weight[1]];
        embedding.Forward(ids, y);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            embedding.Backward(ids, golden.Values<T>("upstream.y"));
            CompareParameterGradients(embedding.Parameters, comparison);
        }
    }

    private static void RunCounts<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] ids = golden.Integers("in.ids"), lengths = golden.Integers("in.lengths");
        int size = golden.Option("size", 0);
        T[] y = new T[(golden.Cell == "one-hot" ? ids.Length : lengths.Length) * size];
        if (golden.Cell == "one-hot")
        {
            OneHot.Encode<T>(ids, size, y);
        }
        else
        {
            OneHot.BagOfWords<T>(ids, lengths, size, y);
        }

        comparison.Add<T>("out.y", y);
    }

    private static void RunAttentionPooling<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight", 2), lengths = golden.Integers("in.lengths");
        AttentionPooling<T> layer = new(weight[1], weight[0]);
        LoadParameters(golden, layer.Parameters);
        layer.Pack();
        T[] x = golden.Values<T>("in.x"), s = new T[lengths.Length * weight[1]], alpha = new T[golden.Shape("in.x", 2)[0]],
            dx = new T[x.Length];
        AttentionTape<T> tape = layer.CreateTape(alpha.Length);
        layer.Forward(x, lengths, s, alpha, tape);
        comparison.Add<T>("out.s", s);
        comparison.Add<T>("out.alpha", alpha);
        if (golden.HasGradients)
        {
            layer.Backward(x, lengths, alpha, golden.Values<T>("upstream.s"), golden.Optional<T>("upstream.alpha"), dx, tape);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(layer.Parameters, comparison);
        }
    }

    private static void RunHanDocument<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] words = Structure(golden, "words"), sentences = Structure(golden, "sentence_lengths"),
            documents = Structure(golden, "document_lengths");
        int[] embedding = golden.Shape("param.embedding.weight", 2), classifier = golden.Shape("param.classifier.weight", 2);
        HanDocument<T> network = new(new HanDocumentOptions
        {
            VocabularySize = embedding[0],
            EmbeddingSize = embedding[1],
            WordHiddenSize = golden.Shape("param.word.gru.weight_hh_l0", 2)[1],
            WordAttentionSize = golden.Shape("param.word.att.u", 1)[0],
            SentenceHiddenSize = golden.Shape("param.sentence.gru.weight_hh_l0", 2)[1],
            SentenceAttentionSize = golden.Shape("param.sentence.att.u", 1)[0],
            Classes = classifier[0],
        });
        LoadParameters(golden, network.Parameters);
        network.Pack();
        HanDocumentTape<T> tape = network.CreateTape(Math.Max(1, words.Length), Math.Max(1, sentences.Length),
            Math.Max(1, documents.Length));
        T[] logits = new T[documents.Length * classifier[0]], wordAlpha = new T[words.Length], sentenceAlpha = new T[sentences.Length];
        network.Forward(words, sentences, documents, logits, wordAlpha, sentenceAlpha, tape);
        comparison.Add<T>("out.logits", logits);
        comparison.Add<T>("out.word_alpha", wordAlpha);
        comparison.Add<T>("out.sentence_alpha", sentenceAlpha);
        if (golden.HasGradients)
        {
            network.Backward(
                words, sentences, documents, golden.Values<T>("upstream.logits"), wordAlpha, sentenceAlpha, tape,
                golden.Optional<T>("upstream.word_alpha"), golden.Optional<T>("upstream.sentence_alpha"));
            CompareParameterGradients(network.Parameters, comparison);
        }
    }

    /// <summary>Whole numbers from the structure or from the inputs.</summary>
    private static int[] Structure(GoldenCase golden, string name) =>
        golden.Integers(golden.Has("graph." + name) ? "graph." + name : "in." + name);
}
