using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>The inputs of nodes: embeddings of their features side by side.</summary>
internal sealed class NodeInputs
{
    private readonly Embedding<float>[] _embeddings;
    private readonly float[] _feature;

    public NodeInputs(Embedding<float>[] embeddings, int maxNodes)
    {
        _embeddings = embeddings;
        _feature = new float[maxNodes * embeddings.Max(embedding => embedding.EmbeddingSize)];
        Size = embeddings.Sum(embedding => embedding.EmbeddingSize);
        for (int feature = 0; feature < embeddings.Length; feature++)
        {
            Parameters.Join($"{feature}.", embeddings[feature].Parameters);
        }
    }

    public int Size { get; }

    public ParameterSet<float> Parameters { get; } = new();

    public void Forward(int[][] ids, Span<float> x)
    {
        for (int feature = 0, column = 0; feature < ids.Length; feature++)
        {
            int size = _embeddings[feature].EmbeddingSize;
            Span<float> own = _feature.AsSpan(0, ids[feature].Length * size);
            _embeddings[feature].Forward(ids[feature], own);
            for (int node = 0; node < ids[feature].Length; node++)
            {
                own.Slice(node * size, size).CopyTo(x[(node * Size + column)..]);
            }

            column += size;
        }
    }

    public void Backward(int[][] ids, ReadOnlySpan<float> dx)
    {
        for (int feature = 0, column = 0; feature < ids.Length; feature++)
        {
            int size = _embeddings[feature].EmbeddingSize;
            Span<float> own = _feature.AsSpan(0, ids[feature].Length * size);
            for (int node = 0; node < ids[feature].Length; node++)
            {
                dx.Slice(node * Size + column, size).CopyTo(own[(node * size)..]);
            }

            _embeddings[feature].Backward(ids[feature], own);
            column += size;
        }
    }

    public override string ToString() =>
        string.Join(" + ", _embeddings.Select(embedding => $"embedding {embedding.VocabularySize} × {embedding.EmbeddingSize}"));
}
