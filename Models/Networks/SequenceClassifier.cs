using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Sequence → class: vectors, or ids by way of an embedding → any recurrent network → last or mean state →
/// linear → logits. Sequences are ragged.
/// </summary>
/// <remarks>Parameters <c>embedding.*</c> if there is one, <c>recurrent.*</c>, <c>classifier.*</c>.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceClassifier<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Embedding<T>? _embedding;
    private readonly SequenceReadout<T> _readout;

    /// <summary>A classifier of sequences of vectors; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="network">Its input size, D, is the vectors'.</param>
    /// <param name="classes">C ≥ 1.</param>
    /// <param name="pooling">What the class is told from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the pooling is none of those there are.</exception>
    public SequenceClassifier(RecurrentNetwork<T> network, int classes, SequencePooling pooling)
    {
        Require.Defined(pooling);
        _readout = new SequenceReadout<T>(network, classes, pooling);
        Pooling = pooling;
        Parameters = _readout.Parameters;
    }

    /// <summary>A classifier of sequences of ids; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="vocabularySize">V ≥ 1.</param>
    /// <param name="network">Its input size is the embedding's.</param>
    /// <param name="classes">C ≥ 1.</param>
    /// <param name="pooling">What the class is told from.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the pooling is none of those there are.</exception>
    public SequenceClassifier(int vocabularySize, RecurrentNetwork<T> network, int classes, SequencePooling pooling)
        : this(network, classes, pooling)
    {
        _embedding = new Embedding<T>(vocabularySize, network.InputSize);
        Parameters = new ParameterSet<T>().Join("embedding.", _embedding.Parameters).Join("", _readout.Parameters);
    }

    /// <summary>C.</summary>
    public int Classes => _readout.Classes;

    /// <summary>What the class is told from.</summary>
    public SequencePooling Pooling { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        _embedding?.Initialise(seed, deviation: 0.3);
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
        return new SequenceModelTape<T>(_readout, maxSteps, maxBatch, hasEmbedding: _embedding is not null, workers);
    }

    /// <summary>Logits of a batch of ids. Nothing is allocated.</summary>
    /// <param name="ids">[M], all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[B, C], written.</param>
    /// <param name="tape">Memory made by this classifier.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or an id does not exist; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">There is no embedding.</exception>
    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, Span<T> logits, SequenceModelTape<T> tape,
        SequenceDropout dropout = default)
    {
        Embedding<T> embedding = RequireEmbedding();
        embedding.Check(ids);
        _readout.Prepare(ids.Length, lengths, logits.Length, tape);
        embedding.Forward(ids, tape.X);
        _readout.Forward(tape.X, lengths, logits, tape, dropout);
    }

    /// <summary>Logits of a batch of vectors. Nothing is allocated.</summary>
    /// <param name="x">[M, D], all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[B, C], written.</param>
    /// <param name="tape">Memory made by this classifier.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    public void Forward(ReadOnlySpan<T> x, ReadOnlySpan<int> lengths, Span<T> logits, SequenceModelTape<T> tape,
        SequenceDropout dropout = default)
    {
        _readout.Prepare(Require.MultipleOf(x.Length, _readout.Network.InputSize), lengths, logits.Length, tape);
        _readout.Forward(x, lengths, logits, tape, dropout);
    }

    /// <summary>Takes a run over ids back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="ids">[M], as in the forward run.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="gradient">∂L/∂logits [B, C].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run, or there is no embedding.</exception>
    public void Backward(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, SequenceModelTape<T> tape)
    {
        Embedding<T> embedding = RequireEmbedding();
        embedding.Check(ids);
        _readout.Prepare(ids.Length, lengths, gradient.Length, tape, backward: true);
        _readout.Backward(lengths, gradient, tape.X, tape);
        embedding.Backward(ids, tape.X);
    }

    /// <summary>Takes a run over vectors back: writes their gradients and adds those of the parameters. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="lengths">[B], as in the forward run.</param>
    /// <param name="gradient">∂L/∂logits [B, C].</param>
    /// <param name="dx">∂L/∂x [M, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    public void Backward(ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, Span<T> dx, SequenceModelTape<T> tape)
    {
        int rows = SequenceReadout<T>.CountRows(lengths);
        _readout.Prepare(rows, lengths, gradient.Length, tape, backward: true);
        Require.LengthOrEmpty(dx.Length, (long)rows * _readout.Network.InputSize, "dx", "M·D");
        _readout.Backward(lengths, gradient, dx, tape);
    }

    /// <inheritdoc/>
    public override string ToString() => $"sequence classifier, {Classes} classes from the {Pooling}, over {_readout.Network}";

    private Embedding<T> RequireEmbedding() =>
        _embedding ?? throw new InvalidOperationException("The classifier was made for vectors: it has no embedding of ids.");
}
