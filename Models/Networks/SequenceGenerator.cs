using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// One → many: a vector (of an image, a class, a document) begins the state of any recurrent network, which writes a sequence of ids, each
/// depending on the ones before (Vinyals et al. 2015; the states from the vector as Xu et al. 2015).
/// </summary>
/// <remarks>
/// <code>
/// [h_0; c_0] = tanh(W_b context + b_b)          x_1 = embedding of the start id, x_t = embedding of id t − 1
/// h_t, c_t = network(x_t, h_{t−1}, c_{t−1})     logits_t = W_o h_t + b_o
/// </code>
/// Parameters <c>embedding.*</c>, <c>bridge.*</c>, <c>recurrent.*</c>, <c>output.*</c>. Training feeds the true ids back (teacher forcing);
/// <see cref="SequenceSampler{T}"/> feeds back its own.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceGenerator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _bridge;
    private readonly Linear<T> _output;

    /// <summary>A generator over a network; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="contextSize">C ≥ 1.</param>
    /// <param name="vocabularySize">V ≥ 1.</param>
    /// <param name="network">Of one direction; its input size is the embedding's.</param>
    /// <param name="startId">Fed to the network first, one of the vocabulary.</param>
    /// <param name="stopId">Ends a sequence, one of the vocabulary; may be the start id.</param>
    /// <exception cref="ArgumentException">The network has two directions, or a number is out of range.</exception>
    public SequenceGenerator(int contextSize, int vocabularySize, RecurrentNetwork<T> network, int startId, int stopId)
    {
        ArgumentNullException.ThrowIfNull(network);
        Require.Positive(contextSize);
        Require.Positive(vocabularySize);
        Require.Index(startId, vocabularySize);
        Require.Index(stopId, vocabularySize);
        if (network.Directions != 1)
        {
            throw new ArgumentException("A bidirectional network cannot generate: its reverse direction begins at a sequence's end.",
                nameof(network));
        }

        Network = network;
        StartId = startId;
        StopId = stopId;
        Embedding = new Embedding<T>(vocabularySize, network.InputSize);
        _bridge = new Linear<T>(contextSize, network.StateRows * (network.HiddenSize + network.CellStateSize));
        _output = new Linear<T>(network.OutputSize, vocabularySize);
        Parameters = new ParameterSet<T>()
            .Join("embedding.", Embedding.Parameters).Join("bridge.", _bridge.Parameters)
            .Join("recurrent.", network.Parameters).Join("output.", _output.Parameters);
    }

    /// <summary>C.</summary>
    public int ContextSize => _bridge.InputSize;

    /// <summary>V.</summary>
    public int VocabularySize => Embedding.VocabularySize;

    /// <summary>Fed to the network first.</summary>
    public int StartId { get; }

    /// <summary>Ends a sequence.</summary>
    public int StopId { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    internal Embedding<T> Embedding { get; }

    internal RecurrentNetwork<T> Network { get; }

    /// <summary>Values of all states of a sequence, h of all layers before c of all.</summary>
    internal int StateSize => _bridge.OutputSize;

    internal int WorkspaceLength => Math.Max(_bridge.WorkspaceLength, _output.WorkspaceLength);

    /// <summary>Where c begins in a row of all states.</summary>
    private int CellStateColumn => Network.StateRows * Network.HiddenSize;

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Embedding.Initialise(seed, deviation: 0.3);
        _bridge.Initialise(unchecked(seed + 1));
        Network.Initialise(unchecked(seed + 2));
        _output.Initialise(unchecked(seed + 3));
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _bridge.Pack();
        Network.Pack();
        _output.Pack();
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSteps">The longest sequence, the stop id included.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    public SequenceGeneratorTape<T> CreateTape(int maxSteps, int maxBatch, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new SequenceGeneratorTape<T>(this, maxSteps, maxBatch, workers);
    }

    /// <summary>Logits of every id of the targets, given the ones before it (teacher forcing). Nothing is allocated.</summary>
    /// <param name="contexts">[B, C].</param>
    /// <param name="targets">[M], the ids of all sequences in turn, each sequence with its stop id.</param>
    /// <param name="lengths">[B], Σ = M.</param>
    /// <param name="logits">[M, V], written.</param>
    /// <param name="tape">Memory made by this generator.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or an id does not exist; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<T> contexts, ReadOnlySpan<int> targets, ReadOnlySpan<int> lengths, Span<T> logits, SequenceGeneratorTape<T> tape,
        SequenceDropout dropout = default)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.Length(contexts.Length, (long)lengths.Length * ContextSize, "contexts", "B·C");
        Ragged.Check(lengths, targets.Length);
        Embedding.Check(targets, nameof(targets));
        Require.Length(logits.Length, (long)targets.Length * VocabularySize, "logits", "M·V");
        dropout.Check();
        tape.Set(this, targets, lengths);
        BeginStates(contexts, tape.StateRows);
        StateRows.Scatter(tape.StateRows, StateSize, tape.Hidden, lengths.Length, Network.HiddenSize);
        StateRows.Scatter(tape.StateRows, StateSize, tape.CellState, lengths.Length, Network.CellStateSize, CellStateColumn);
        Embedding.Forward(tape.Inputs, tape.X);
        Network.Run(
            new SequenceInput<T>
            {
                Steps = tape.Tape.MaxSteps,
                Batch = lengths.Length,
                X = tape.X,
                IsRagged = true,
                Lengths = lengths,
                H0 = tape.Hidden,
                C0 = tape.CellState,
                Dropout = dropout,
            },
            new SequenceOutput<T> { Y = tape.Y },
            tape.Tape);
        _output.Forward(tape.Y, logits, tape.Workers);
    }

    /// <summary>Takes a run back: writes the contexts' gradients and adds those of all parameters. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="contexts">[B, C], as in the forward run.</param>
    /// <param name="gradient">∂L/∂logits [M, V].</param>
    /// <param name="contextGradient">∂L/∂contexts [B, C], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> contexts, ReadOnlySpan<T> gradient, Span<T> contextGradient, SequenceGeneratorTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        tape.CheckRun(this);
        Require.Length(contexts.Length, (long)tape.Batch * ContextSize, "contexts", "B·C");
        Require.Length(gradient.Length, (long)tape.Inputs.Length * VocabularySize, "gradient", "M·V");
        Require.LengthOrEmpty(contextGradient.Length, contexts.Length, "contextGradient", "B·C");
        _output.Backward(tape.Y, gradient, tape.YGradient, tape.Workspace, workers: tape.Workers);
        Network.Backward(
            new SequenceOutputGradient<T> { Y = tape.YGradient },
            new SequenceInputGradient<T> { X = tape.X, H0 = tape.Hidden, C0 = tape.CellState },
            tape.Tape);
        Embedding.Backward(tape.Inputs, tape.X);
        StateRows.Gather(tape.Hidden, Network.HiddenSize, tape.StateRowsGradient, tape.Batch, StateSize);
        StateRows.Gather(tape.CellState, Network.CellStateSize, tape.StateRowsGradient, tape.Batch, StateSize, CellStateColumn);
        NeuralPrimitives.TanhBackward<T>(tape.StateRows, tape.StateRowsGradient, tape.StateRowsGradient);
        NeuralPrimitives.FlushTiny<T>(tape.StateRowsGradient, tape.StateRowsGradient);
        _bridge.Backward(contexts, tape.StateRowsGradient, contextGradient, tape.Workspace, workers: tape.Workers);
    }

    /// <inheritdoc/>
    public override string ToString() => $"sequence generator, {ContextSize} values → {VocabularySize} ids, over {Network}";

    /// <summary>The first states of each context, a row each.</summary>
    internal void BeginStates(ReadOnlySpan<T> contexts, Span<T> rows)
    {
        _bridge.Forward(contexts, rows);
        NeuralPrimitives.Tanh<T>(rows, rows);
    }

    /// <summary>From the network's outputs to logits.</summary>
    internal void Read(ReadOnlySpan<T> y, Span<T> logits) => _output.Forward(y, logits);
}
