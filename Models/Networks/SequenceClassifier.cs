using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>What of a sequence the class is told from.</summary>
public enum SequencePooling
{
    /// <summary>The last layer's state after the last step, of both directions if there are two.</summary>
    LastState,

    /// <summary>The mean of the last layer's states over all steps.</summary>
    MeanState,
}

/// <summary>Sequence → class: embedding → any recurrent network → last or mean state → linear → logits. Sequences are ragged.</summary>
/// <remarks>Parameters <c>embedding.*</c>, <c>recurrent.*</c>, <c>classifier.*</c>.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceClassifier<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Embedding<T> _embedding;
    private readonly RecurrentNetwork<T> _network;
    private readonly Linear<T> _classifier;

    /// <summary>A classifier over a network; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="network">Its input size is the embedding's.</param>
    /// <param name="classes">C.</param>
    /// <param name="pooling">What the class is told from.</param>
    public SequenceClassifier(int vocabularySize, RecurrentNetwork<T> network, int classes, SequencePooling pooling)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _embedding = new Embedding<T>(vocabularySize, network.InputSize);
        _classifier = new Linear<T>(network.OutputSize, classes);
        Pooling = pooling;
        Parameters = new ParameterSet<T>()
            .Join("embedding.", _embedding.Parameters).Join("recurrent.", network.Parameters).Join("classifier.", _classifier.Parameters);
    }

    /// <summary>C.</summary>
    public int Classes => _classifier.OutputSize;

    /// <summary>What the class is told from.</summary>
    public SequencePooling Pooling { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        _embedding.Initialise(seed, deviation: 0.3);
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
    public SequenceClassifierTape<T> CreateTape(int maxSteps, int maxBatch)
    {
        Parameters.AllocateGradients();
        return new SequenceClassifierTape<T>(this, _network, _network.CreateTape(maxSteps, maxBatch), _classifier.WorkspaceLength);
    }

    /// <summary>Logits of a batch. Nothing is allocated.</summary>
    /// <param name="ids">[M], all sequences in turn.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[B, C], written.</param>
    /// <param name="tape">Memory made by this classifier.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or an id does not exist.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, Span<T> logits, SequenceClassifierTape<T> tape, SequenceDropout dropout = default)
    {
        Check(ids, lengths, logits.Length, tape);
        Span<T> x = tape.X[..(ids.Length * _network.InputSize)], pooled = tape.Pooled[..(lengths.Length * _network.OutputSize)];
        bool last = Pooling == SequencePooling.LastState;
        Span<T> y = last ? default : tape.Y[..(ids.Length * _network.OutputSize)];
        Span<T> h = tape.H[..(last ? _network.StateRows * lengths.Length * _network.HiddenSize : 0)];
        _embedding.Forward(ids, x);
        _network.Run(
            new SequenceInput<T> { Steps = tape.Tape.MaxSteps, Batch = lengths.Length, X = x, IsRagged = true, Lengths = lengths, Dropout = dropout },
            new SequenceOutput<T> { Y = y, H = h },
            tape.Tape);
        if (last)
        {
            StateRows.Gather(LastLayer(h, lengths.Length), _network.HiddenSize, pooled, lengths.Length, _network.OutputSize);
        }
        else
        {
            pooled.Clear();
            SpreadMeans(lengths, y, pooled, backward: false);
        }

        _classifier.Forward(pooled, logits);
    }

    /// <summary>Takes a run back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="ids">[M], as in the forward run.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="gradient">∂L/∂logits [B, C].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, SequenceClassifierTape<T> tape)
    {
        Check(ids, lengths, gradient.Length, tape);
        Span<T> x = tape.X[..(ids.Length * _network.InputSize)], pooled = tape.Pooled[..(lengths.Length * _network.OutputSize)];
        Span<T> slope = tape.PooledGradient[..pooled.Length];
        bool last = Pooling == SequencePooling.LastState;
        Span<T> y = last ? default : tape.Y[..(ids.Length * _network.OutputSize)];
        Span<T> h = tape.H[..(last ? _network.StateRows * lengths.Length * _network.HiddenSize : 0)];
        _classifier.Backward(pooled, gradient, slope, tape.Workspace);
        if (last)
        {
            h.Clear();
            StateRows.Scatter(slope, _network.OutputSize, LastLayer(h, lengths.Length), lengths.Length, _network.HiddenSize);
        }
        else
        {
            SpreadMeans(lengths, y, slope, backward: true);
        }

        _network.Backward(new SequenceOutputGradient<T> { Y = y, H = h }, new SequenceInputGradient<T> { X = x }, tape.Tape);
        _embedding.Backward(ids, x);
    }

    /// <inheritdoc/>
    public override string ToString() => $"sequence classifier, {Classes} classes from the {Pooling}, over {_network}";

    /// <summary>The last layer's states [directions, B, H].</summary>
    private Span<T> LastLayer(Span<T> states, int batch) => states[((_network.StateRows - _network.Directions) * batch * _network.HiddenSize)..];

    /// <summary>Means of each sequence's rows, or their gradient back to every row.</summary>
    private static void SpreadMeans(ReadOnlySpan<int> lengths, Span<T> rows, Span<T> means, bool backward)
    {
        int size = lengths.IsEmpty ? 0 : means.Length / lengths.Length, at = 0;
        for (int b = 0; b < lengths.Length; b++)
        {
            Span<T> mean = means.Slice(b * size, size);
            T share = T.One / Scalar.From<T>(Math.Max(1, lengths[b]));
            for (int t = 0; t < lengths[b]; t++, at++)
            {
                Span<T> row = rows.Slice(at * size, size);
                if (backward)
                {
                    NeuralPrimitives.MultiplyScalar(mean, share, row);
                }
                else
                {
                    NeuralPrimitives.MultiplyAdd(row, share, mean);
                }
            }
        }
    }

    private void Check(ReadOnlySpan<int> ids, ReadOnlySpan<int> lengths, int logits, SequenceClassifierTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        if (!ReferenceEquals(tape.Owner, this))
        {
            throw new ArgumentException("The tape was made by another classifier.", nameof(tape));
        }

        Ragged.Check(lengths, ids.Length, nameof(lengths));
        Require.Length(logits, (long)lengths.Length * Classes, "logits", "B·C");
        if (ids.Length > tape.Tape.MaxRows || lengths.Length > tape.Tape.MaxBatch)
        {
            throw new ArgumentException($"{lengths.Length} sequences with {ids.Length} steps do not fit into a {tape.Tape}.", nameof(tape));
        }
    }
}

/// <summary>The memory of a <see cref="SequenceClassifier{T}"/>'s runs.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceClassifierTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _h;
    private readonly AlignedBuffer<T> _pooled;
    private readonly AlignedBuffer<T> _pooledGradient;
    private readonly AlignedBuffer<T> _workspace;

    internal SequenceClassifierTape(SequenceClassifier<T> owner, RecurrentNetwork<T> network, Tape<T> tape, int workspace)
    {
        Owner = owner;
        Tape = tape;
        _x = new AlignedBuffer<T>((long)tape.MaxRows * network.InputSize);
        _y = new AlignedBuffer<T>(owner.Pooling == SequencePooling.LastState ? 0 : (long)tape.MaxRows * network.OutputSize);
        _h = new AlignedBuffer<T>(owner.Pooling == SequencePooling.LastState ? (long)network.StateRows * tape.MaxBatch * network.HiddenSize : 0);
        _pooled = new AlignedBuffer<T>((long)tape.MaxBatch * network.OutputSize);
        _pooledGradient = new AlignedBuffer<T>((long)tape.MaxBatch * network.OutputSize);
        _workspace = new AlignedBuffer<T>(workspace);
    }

    internal SequenceClassifier<T> Owner { get; }

    internal Tape<T> Tape { get; }

    internal Span<T> X => _x.Span;

    internal Span<T> Y => _y.Span;

    internal Span<T> H => _h.Span;

    internal Span<T> Pooled => _pooled.Span;

    internal Span<T> PooledGradient => _pooledGradient.Span;

    internal Span<T> Workspace => _workspace.Span;
}
