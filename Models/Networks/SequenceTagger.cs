using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Synchronous sequence → sequence: a class for every step. Each step has one or more features (a word, its suffix, …) with an embedding each;
/// their vectors side by side go through any recurrent network, and a linear layer gives the logits. Sequences are ragged.
/// </summary>
/// <remarks>Parameters <c>embedding.f.*</c> for feature f from 0, <c>recurrent.*</c>, <c>classifier.*</c>.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceTagger<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Embedding<T>[] _embeddings;
    private readonly RecurrentNetwork<T> _network;
    private readonly Linear<T> _classifier;

    /// <summary>A tagger over a network; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="embeddings">One a feature; their sizes add up to the network's input size.</param>
    /// <param name="network">The recurrent network.</param>
    /// <param name="classes">C.</param>
    /// <exception cref="ArgumentException">The sizes do not add up.</exception>
    public SequenceTagger(Embedding<T>[] embeddings, RecurrentNetwork<T> network, int classes)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(network);
        int sum = embeddings.Sum(embedding => embedding.EmbeddingSize);
        if (sum != network.InputSize)
        {
            throw new ArgumentException($"embeddings have {sum} values in all, the network's input has {network.InputSize}.", nameof(embeddings));
        }

        _embeddings = embeddings;
        _network = network;
        _classifier = new Linear<T>(network.OutputSize, classes);
        Parameters = new ParameterSet<T>();
        for (int feature = 0; feature < embeddings.Length; feature++)
        {
            Parameters.Join($"embedding.{feature}.", embeddings[feature].Parameters);
        }

        Parameters.Join("recurrent.", network.Parameters).Join("classifier.", _classifier.Parameters);
    }

    /// <summary>C.</summary>
    public int Classes => _classifier.OutputSize;

    /// <summary>F, features of a step.</summary>
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

        _network.Initialise(seed + 1);
        _classifier.Initialise(seed + 2);
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _network.Pack();
        _classifier.Pack();
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    public SequenceTaggerTape<T> CreateTape(int maxSteps, int maxBatch)
    {
        Parameters.AllocateGradients();
        return new SequenceTaggerTape<T>(this, _network, _network.CreateTape(maxSteps, maxBatch), _classifier.WorkspaceLength);
    }

    /// <summary>Logits of every step. Nothing is allocated.</summary>
    /// <param name="ids">[F][M], each feature of all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[M, C], written.</param>
    /// <param name="tape">Memory made by this tagger.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or an id does not exist.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths, Span<T> logits, SequenceTaggerTape<T> tape, SequenceDropout dropout = default)
    {
        int rows = Check(ids, lengths, logits.Length, tape);
        Span<T> x = tape.X[..(rows * _network.InputSize)], y = tape.Y[..(rows * _network.OutputSize)];
        int column = 0;
        for (int feature = 0; feature < _embeddings.Length; feature++)
        {
            int size = _embeddings[feature].EmbeddingSize;
            Span<T> vectors = tape.Feature[..(rows * size)];
            _embeddings[feature].Forward(ids[feature].AsSpan(0, rows), vectors);
            for (int row = 0; row < rows; row++)
            {
                vectors.Slice(row * size, size).CopyTo(x[(row * _network.InputSize + column)..]);
            }

            column += size;
        }

        _network.Run(
            new SequenceInput<T> { Steps = tape.Tape.MaxSteps, Batch = lengths.Length, X = x, IsRagged = true, Lengths = lengths, Dropout = dropout },
            new SequenceOutput<T> { Y = y },
            tape.Tape);
        _classifier.Forward(y, logits);
    }

    /// <summary>Takes a run back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="ids">[F][M], as in the forward run.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="gradient">∂L/∂logits [M, C].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, SequenceTaggerTape<T> tape)
    {
        int rows = Check(ids, lengths, gradient.Length, tape);
        Span<T> x = tape.X[..(rows * _network.InputSize)], y = tape.Y[..(rows * _network.OutputSize)], slope = tape.YGradient[..y.Length];
        _classifier.Backward(y, gradient, slope, tape.Workspace);
        _network.Backward(new SequenceOutputGradient<T> { Y = slope }, new SequenceInputGradient<T> { X = x }, tape.Tape);
        int column = 0;
        for (int feature = 0; feature < _embeddings.Length; feature++)
        {
            int size = _embeddings[feature].EmbeddingSize;
            Span<T> vectors = tape.Feature[..(rows * size)];
            for (int row = 0; row < rows; row++)
            {
                x.Slice(row * _network.InputSize + column, size).CopyTo(vectors[(row * size)..]);
            }

            _embeddings[feature].Backward(ids[feature].AsSpan(0, rows), vectors);
            column += size;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"sequence tagger, {Features} features, {Classes} classes, over {_network}";

    private int Check(ReadOnlySpan<int[]> ids, ReadOnlySpan<int> lengths, int logits, SequenceTaggerTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (!ReferenceEquals(tape.Owner, this))
        {
            throw new ArgumentException("The tape was made by another tagger.", nameof(tape));
        }

        Require.Length(ids.Length, Features, "ids", "one array a feature");
        int rows = 0;
        foreach (int length in lengths)
        {
            rows += length;
        }

        foreach (int[] feature in ids)
        {
            Require.AtLeast(feature.Length, rows, "ids");
        }

        Ragged.Check(lengths, rows, nameof(lengths));
        Require.Length(logits, (long)rows * Classes, "logits", "M·C");
        if (rows > tape.Tape.MaxRows || lengths.Length > tape.Tape.MaxBatch)
        {
            throw new ArgumentException($"{lengths.Length} sequences with {rows} steps do not fit into a {tape.Tape}.", nameof(tape));
        }

        return rows;
    }
}

/// <summary>The memory of a <see cref="SequenceTagger{T}"/>'s runs.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceTaggerTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _feature;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _yGradient;
    private readonly AlignedBuffer<T> _workspace;

    internal SequenceTaggerTape(SequenceTagger<T> owner, RecurrentNetwork<T> network, Tape<T> tape, int workspace)
    {
        Owner = owner;
        Tape = tape;
        _x = new AlignedBuffer<T>((long)tape.MaxRows * network.InputSize);
        _feature = new AlignedBuffer<T>((long)tape.MaxRows * network.InputSize);
        _y = new AlignedBuffer<T>((long)tape.MaxRows * network.OutputSize);
        _yGradient = new AlignedBuffer<T>((long)tape.MaxRows * network.OutputSize);
        _workspace = new AlignedBuffer<T>(workspace);
    }

    internal SequenceTagger<T> Owner { get; }

    internal Tape<T> Tape { get; }

    internal Span<T> X => _x.Span;

    /// <summary>The vectors of one feature, gathered.</summary>
    internal Span<T> Feature => _feature.Span;

    internal Span<T> Y => _y.Span;

    internal Span<T> YGradient => _yGradient.Span;

    internal Span<T> Workspace => _workspace.Span;
}
