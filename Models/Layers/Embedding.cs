using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>A table of vectors, one a word (or character, or tag): PyTorch's <c>nn.Embedding</c>.</summary>
/// <remarks>
/// Parameter <c>weight</c> [V, E]. Its gradient touches only the rows that were looked up. <see cref="ParameterSet{T}.ZeroGradients"/>
/// clears only those, and <see cref="Sgd{T}"/> without weight decay changes only those: the cost does not grow with the vocabulary, as long
/// as nobody takes <see cref="Parameter{T}.Gradient"/> itself, after which anything may stand in any row.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Embedding<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _weight;

    /// <summary>A table of zeros: <see cref="Initialise"/> or load it.</summary>
    /// <param name="vocabularySize">V ≥ 1.</param>
    /// <param name="embeddingSize">E ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Embedding(int vocabularySize, int embeddingSize)
    {
        Require.Positive(vocabularySize);
        Require.Positive(embeddingSize);
        VocabularySize = vocabularySize;
        EmbeddingSize = embeddingSize;
        _weight = new Parameter<T>("weight", vocabularySize, embeddingSize);
        _weight.TrackRows();
        Parameters = new ParameterSet<T>(_weight);
    }

    /// <summary>V.</summary>
    public int VocabularySize { get; }

    /// <summary>E.</summary>
    public int EmbeddingSize { get; }

    /// <summary><c>weight</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>The rows whose gradient may differ from zero, in the order in which they were first touched.</summary>
    public ReadOnlySpan<int> TouchedRows => _weight.TouchedRows;

    /// <summary>Draws all values from a normal distribution.</summary>
    /// <param name="seed">The same seed gives the same values everywhere.</param>
    /// <param name="deviation">Standard deviation, ≥ 0; 1 by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deviation"/> is negative or no number;
    /// nothing has been written.</exception>
    public void Initialise(int seed, double deviation = 1)
    {
        TrainingNumbers.RequireAtLeastZero(deviation);
        Random random = new(seed);
        foreach (ref T value in _weight.Value)
        {
            value = Scalar.From<T>(Draws.Normal(random, deviation));
        }
    }

    /// <summary>y = the vectors of <paramref name="ids"/>.</summary>
    /// <param name="ids">[n], each in 0 … V − 1.</param>
    /// <param name="y">[n, E], written.</param>
    /// <exception cref="ArgumentException">A length does not fit or an id does not exist; nothing has been written.</exception>
    public void Forward(ReadOnlySpan<int> ids, Span<T> y)
    {
        Check(ids);
        Require.Length(y.Length, (long)ids.Length * EmbeddingSize);
        Forward(ids, y, EmbeddingSize);
    }

    /// <summary>Adds the gradients of the looked-up vectors to their rows.</summary>
    /// <param name="ids">[n], as in the forward run.</param>
    /// <param name="dy">[n, E].</param>
    /// <exception cref="ArgumentException">A length does not fit or an id does not exist; nothing has been written.</exception>
    public void Backward(ReadOnlySpan<int> ids, ReadOnlySpan<T> dy)
    {
        Check(ids);
        Require.Length(dy.Length, (long)ids.Length * EmbeddingSize);
        Backward(ids, dy, EmbeddingSize);
    }

    /// <summary>Sets the touched rows' gradients to zero.</summary>
    public void ZeroGradient() => _weight.ZeroGradient();

    /// <inheritdoc/>
    public override string ToString() => $"embedding {VocabularySize} × {EmbeddingSize}: {Parameters}";

    /// <summary>The vectors of checked ids into some columns of wider rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Forward(ReadOnlySpan<int> ids, Span<T> y, int stride, int column = 0)
    {
        ReadOnlySpan<T> table = _weight.Value;
        for (int i = 0; i < ids.Length; i++)
        {
            table.Slice(ids[i] * EmbeddingSize, EmbeddingSize).CopyTo(y[(i * stride + column)..]);
        }
    }

    /// <summary>Adds the gradients that lie in some columns of wider rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Backward(ReadOnlySpan<int> ids, ReadOnlySpan<T> dy, int stride, int column = 0)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            Span<T> row = _weight.TouchRow(ids[i]);
            NeuralPrimitives.Add(row, dy.Slice(i * stride + column, EmbeddingSize), row);
        }
    }

    internal void Check(ReadOnlySpan<int> ids, string name = "ids")
    {
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)VocabularySize)
            {
                throw new ArgumentException($"{name} holds {id}, but the vocabulary has 0 … {VocabularySize - 1}.", name);
            }
        }
    }
}
