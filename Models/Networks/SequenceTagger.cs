using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Synchronous sequence → sequence: a class, or numbers, for every step. A step is a vector, or has one or more features (a word, its
/// suffix, …) with an embedding each, whose vectors lie side by side; they go through any recurrent network, and a linear layer gives the
/// logits. Sequences are ragged.
/// </summary>
/// <remarks>Parameters <c>embedding.f.*</c> for feature f from 0, where there are features, <c>recurrent.*</c>, <c>classifier.*</c>.
/// What the linear layer gives need not be logits: with <see cref="Loss.MeanSquaredError"/> a tagger fits curves.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceTagger<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Embedding<T>[] _embeddings;
    private readonly SequenceReadout<T> _readout;

    /// <summary>A tagger of sequences of vectors; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="network">Its input size, D, is the vectors'.</param>
    /// <param name="classes">C ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no classes.</exception>
    public SequenceTagger(RecurrentNetwork<T> network, int classes)
    {
        _embeddings = [];
        _readout = new SequenceReadout<T>(network, classes, pooling: null);
        Parameters = _readout.Parameters;
    }

    /// <summary>A tagger of sequences of ids; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="embeddings">One a feature; their sizes add up to the network's input size.</param>
    /// <param name="network">The recurrent network.</param>
    /// <param name="classes">C ≥ 1.</param>
    /// <exception cref="ArgumentException">The sizes do not add up, or there are no classes.</exception>
    public SequenceTagger(Embedding<T>[] embeddings, RecurrentNetwork<T> network, int classes)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(network);
        int sum = embeddings.Sum(embedding => Require.NotNull(embedding, nameof(embeddings)).EmbeddingSize);
        if (sum != network.InputSize)
        {
            throw new ArgumentException($"embeddings have {sum} values in all, the network's input has {network.InputSize}.",
                nameof(embeddings));
        }

        _embeddings = embeddings;
        _readout = new SequenceReadout<T>(network, classes, pooling: null);
        Parameters = new ParameterSet<T>();
        for (int feature = 0; feature < embeddings.Length; feature++)
        {
            Parameters.Join($"embedding.{feature}.", embeddings[feature].Parameters);
        }

        Parameters.Join("", _readout.Parameters);
    }

    /// <summary>C.</summary>
    public int Classes => _readout.Classes;

    /// <summary>F, features of a step; 0 where a step is a vector.</summary>
    public int Features => _embeddings.Length;

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        for (int feature = 0; feature < _embeddings.Length; feature++)
        {
            _embeddings[feature].Initialise(unchecked(seed + 17 * feature), deviation: 0.1);
        }

        _readout.Initialise(unchecked(seed + 1));
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack() => _readout.Pack();

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    public SequenceModelTape<T> CreateTape(int maxSteps, int maxBatch, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new SequenceModelTape<T>(_readout, maxSteps, maxBatch, hasEmbedding: Features > 0, workers);
    }

    /// <summary>Logits of every step of sequences of ids. Nothing is allocated.</summary>
    /// <param name="ids">[F][M], each feature of all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[M, C], written.</param>
    /// <param name="tape">Memory made by this tagger.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or an id does not exist; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tagger was made for vectors.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths, Span<T> logits, SequenceModelTape<T> tape, SequenceDropout dropout = default)
    {
        int rows = Check(ids, lengths);
        _readout.Prepare(rows, lengths, logits.Length, tape);
        for (int feature = 0, column = 0; feature < Features; column += _embeddings[feature++].EmbeddingSize)
        {
            _embeddings[feature].Forward(ids[feature].AsSpan(0, rows), tape.X, _readout.Network.InputSize, column);
        }

        _readout.Forward(tape.X, lengths, logits, tape, dropout);
    }

    /// <summary>Logits of every step of sequences of vectors. Nothing is allocated.</summary>
    /// <param name="x">[M, D], all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[M, C], written.</param>
    /// <param name="tape">Memory made by this tagger.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tagger was made for ids.</exception>
    public void Forward(
        ReadOnlySpan<T> x, ReadOnlySpan<int> lengths, Span<T> logits, SequenceModelTape<T> tape, SequenceDropout dropout = default)
    {
        RequireVectors();
        _readout.Prepare(Require.MultipleOf(x.Length, _readout.Network.InputSize), lengths, logits.Length, tape);
        _readout.Forward(x, lengths, logits, tape, dropout);
    }

    /// <summary>Takes a run over ids back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="ids">[F][M], as in the forward run.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="gradient">∂L/∂logits [M, C].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run, or the tagger was made for vectors.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, SequenceModelTape<T> tape)
    {
        int rows = Check(ids, lengths);
        _readout.Prepare(rows, lengths, gradient.Length, tape, backward: true);
        _readout.Backward(lengths, gradient, tape.X, tape);
        for (int feature = 0, column = 0; feature < Features; column += _embeddings[feature++].EmbeddingSize)
        {
            _embeddings[feature].Backward(ids[feature].AsSpan(0, rows), tape.X, _readout.Network.InputSize, column);
        }
    }

    /// <summary>Takes a run over vectors back: writes their gradients and adds those of the parameters. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="lengths">[B], as in the forward run.</param>
    /// <param name="gradient">∂L/∂logits [M, C].</param>
    /// <param name="dx">∂L/∂x [M, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run, or the tagger was made for ids.</exception>
    public void Backward(ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, Span<T> dx, SequenceModelTape<T> tape)
    {
        RequireVectors();
        int rows = SequenceReadout<T>.CountRows(lengths);
        _readout.Prepare(rows, lengths, gradient.Length, tape, backward: true);
        Require.LengthOrEmpty(dx.Length, (long)rows * _readout.Network.InputSize, "dx", "M·D");
        _readout.Backward(lengths, gradient, dx, tape);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"sequence tagger{(Features == 0 ? " of vectors" : $", {Features} features")}, {Classes} classes, over {_readout.Network}";

    private void RequireVectors()
    {
        if (Features > 0)
        {
            throw new InvalidOperationException("The tagger was made for ids: its network takes the vectors of their embeddings.");
        }
    }

    /// <summary>Checks the features' arrays and returns M; they may be longer.</summary>
    private int Check(ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths)
    {
        if (Features == 0)
        {
            throw new InvalidOperationException("The tagger was made for vectors: it has no embedding of ids.");
        }

        Require.Length(ids.Length, Features, "ids", "one array a feature");
        int rows = SequenceReadout<T>.CountRows(lengths);
        for (int feature = 0; feature < Features; feature++)
        {
            Require.AtLeast(Require.NotNull(ids[feature], nameof(ids)).Length, rows, "ids");
            _embeddings[feature].Check(ids[feature].AsSpan(0, rows));
        }

        return rows;
    }
}
