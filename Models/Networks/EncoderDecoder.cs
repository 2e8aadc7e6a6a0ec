using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Asynchronous sequence → sequence (Cho et al. 2014; Sutskever et al. 2014), with attention (Bahdanau et al. 2015; Luong et al. 2015): one
/// network reads the source, another one writes the target, each word depending on the ones before.
/// </summary>
/// <remarks>
/// <code>
/// e = bidirectional GRU(source)          h_0 = tanh(W_b [last e→; last e←] + b_b)
/// q_t = GRU(y_{t−1}, q_{t−1})            r_t = tanh(W_c [c_t; q_t] + b_c), c_t the attention's context; without attention r_t = q_t
/// logits_t = W_o r_t + b_o
/// </code>
/// Parameters <c>source.*</c>, <c>target.*</c> (embeddings), <c>encoder.*</c>, <c>bridge.*</c>, <c>decoder.*</c>, <c>attention.*</c> and
/// <c>combine.*</c> with attention, <c>output.*</c>. Training feeds the true words back (teacher forcing);
/// <see cref="BeamSearch{T}"/> feeds back its own.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class EncoderDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _bridge;
    private readonly Linear<T>? _combine;
    private readonly Linear<T> _output;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public EncoderDecoder(EncoderDecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.Positive(options.SourceVocabularySize, nameof(options.SourceVocabularySize));
        Require.Positive(options.TargetVocabularySize, nameof(options.TargetVocabularySize));
        Require.Positive(options.EmbeddingSize, nameof(options.EmbeddingSize));
        Require.Positive(options.HiddenSize, nameof(options.HiddenSize));
        Options = options;
        int size = options.HiddenSize;
        Source = new Embedding<T>(options.SourceVocabularySize, options.EmbeddingSize);
        Target = new Embedding<T>(options.TargetVocabularySize, options.EmbeddingSize);
        Encoder = new Gru<T>(new GruOptions { InputSize = options.EmbeddingSize, HiddenSize = size, Bidirectional = true });
        Decoder = new Gru<T>(new GruOptions { InputSize = options.EmbeddingSize, HiddenSize = size });
        _bridge = new Linear<T>(2 * size, size);
        _output = new Linear<T>(size, options.TargetVocabularySize);
        Parameters = new ParameterSet<T>()
            .Join("source.", Source.Parameters).Join("target.", Target.Parameters)
            .Join("encoder.", Encoder.Parameters).Join("bridge.", _bridge.Parameters).Join("decoder.", Decoder.Parameters);
        if (options.Attention)
        {
            Attention = new CrossAttention<T>(size, 2 * size);
            _combine = new Linear<T>(3 * size, size);
            Parameters.Join("attention.", Attention.Parameters).Join("combine.", _combine.Parameters);
        }

        Parameters.Join("output.", _output.Parameters);
    }

    /// <summary>Shape.</summary>
    public EncoderDecoderOptions Options { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    internal Embedding<T> Source { get; }

    internal Embedding<T> Target { get; }

    internal Gru<T> Encoder { get; }

    internal Gru<T> Decoder { get; }

    internal CrossAttention<T>? Attention { get; }

    internal int WorkspaceLength =>
        new[] { _bridge.WorkspaceLength, _output.WorkspaceLength, _combine?.WorkspaceLength ?? 0, Attention?.WorkspaceLength ?? 0 }.Max();

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Source.Initialise(seed, deviation: 0.1);
        Target.Initialise(seed + 1, deviation: 0.1);
        Encoder.Initialise(seed + 2);
        _bridge.Initialise(seed + 3);
        Decoder.Initialise(seed + 4);
        Attention?.Initialise(seed + 5);
        _combine?.Initialise(seed + 6);
        _output.Initialise(seed + 7);
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        Encoder.Pack();
        _bridge.Pack();
        Decoder.Pack();
        Attention?.Pack();
        _combine?.Pack();
        _output.Pack();
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSourceSteps">The longest source.</param>
    /// <param name="maxTargetSteps">The longest target.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public EncoderDecoderTape<T> CreateTape(int maxSourceSteps, int maxTargetSteps, int maxBatch, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new EncoderDecoderTape<T>(this, maxSourceSteps, maxTargetSteps, maxBatch, recording: true, workers);
    }

    /// <summary>Memory for forward runs alone.</summary>
    /// <param name="maxSourceSteps">The longest source.</param>
    /// <param name="maxTargetSteps">The longest target.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public EncoderDecoderTape<T> CreateWorkspace(int maxSourceSteps, int maxTargetSteps, int maxBatch, WorkerPool? workers = null) =>
        new(this, maxSourceSteps, maxTargetSteps, maxBatch, recording: false, workers);

    /// <summary>Logits of the next word at every step of the targets, with the true words fed back (teacher forcing).
    /// Nothing is allocated.</summary>
    /// <param name="sources">[S], the words of all sources in turn.</param>
    /// <param name="sourceLengths">[B].</param>
    /// <param name="inputs">[T], the words fed to the decoder: a start word, then the target but for its last word.</param>
    /// <param name="targetLengths">[B].</param>
    /// <param name="logits">[T, V], written.</param>
    /// <param name="tape">Memory made by this network.</param>
    /// <param name="dropout">What is left out in training.</param>
    /// <exception cref="ArgumentException">A size does not fit or a word does not exist.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<int> sources, ReadOnlySpan<int> sourceLengths, ReadOnlySpan<int> inputs, ReadOnlySpan<int> targetLengths,
        Span<T> logits, EncoderDecoderTape<T> tape, SequenceDropout dropout = default)
    {
        Require.Length(logits.Length, (long)inputs.Length * Options.TargetVocabularySize, "logits", "T·V");
        Prepare(sources, sourceLengths, inputs, targetLengths, tape);
        Encode(sources, sourceLengths, tape, dropout);
        Target.Forward(inputs, tape.DecoderInput, Options.EmbeddingSize);
        Decoder.Run(
            new SequenceInput<T>
            {
                Steps = tape.DecoderTape.MaxSteps,
                Batch = targetLengths.Length,
                X = tape.DecoderInput,
                IsRagged = true,
                Lengths = targetLengths,
                H0 = tape.Bridged,
                Dropout = dropout with { Seed = unchecked(dropout.Seed + 1) },
            },
            new SequenceOutput<T> { Y = tape.Queries },
            tape.DecoderTape);
        Read(tape.Queries, targetLengths, sourceLengths, tape, logits);
    }

    /// <summary>Takes a run back: adds the gradients of all parameters. Nothing is allocated; the tape is used up.</summary>
    /// <param name="sources">[S], as in the forward run.</param>
    /// <param name="sourceLengths">[B].</param>
    /// <param name="inputs">[T].</param>
    /// <param name="targetLengths">[B].</param>
    /// <param name="gradient">∂L/∂logits [T, V].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or is another than the forward run's; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run, or is a workspace.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        ReadOnlySpan<int> sources, ReadOnlySpan<int> sourceLengths, ReadOnlySpan<int> inputs, ReadOnlySpan<int> targetLengths,
        ReadOnlySpan<T> gradient, EncoderDecoderTape<T> tape)
    {
        Require.Length(gradient.Length, (long)inputs.Length * Options.TargetVocabularySize, "gradient", "T·V");
        Prepare(sources, sourceLengths, inputs, targetLengths, tape);
        tape.CheckRecording();
        tape.EncoderTape.CheckRun(sources.Length, sourceLengths);
        tape.DecoderTape.CheckRun(inputs.Length, targetLengths);
        int size = Options.HiddenSize;
        Span<T> queryGradient = tape.QueryGradient, encodedGradient = tape.EncodedGradient;
        if (Attention is null)
        {
            _output.Backward(tape.Queries, gradient, queryGradient, tape.Workspace, workers: tape.Workers);
            encodedGradient.Clear();
        }
        else
        {
            _output.Backward(tape.Combined, gradient, tape.CombinedGradient, tape.Workspace, workers: tape.Workers);
            NeuralPrimitives.TanhBackward<T>(tape.Combined, tape.CombinedGradient, tape.CombinedGradient);
            _combine!.Backward(tape.Joined, tape.CombinedGradient, tape.JoinedGradient, tape.Workspace, workers: tape.Workers);
            Split(tape.JoinedGradient, tape.ContextGradient, tape.DirectGradient, 2 * size, size);
            Attention.Backward(
                tape.Queries, targetLengths, tape.Encoded, tape.Keys, sourceLengths, tape.Weights, tape.ContextGradient,
                queryGradient, encodedGradient, tape.KeyGradient, tape.Workspace, tape.Workers);
            NeuralPrimitives.Add(queryGradient, tape.DirectGradient, queryGradient);
        }

        Decoder.Backward(
            new SequenceOutputGradient<T> { Y = queryGradient },
            new SequenceInputGradient<T> { X = tape.DecoderInput, H0 = tape.BridgedGradient },
            tape.DecoderTape);
        Target.Backward(inputs, tape.DecoderInput, Options.EmbeddingSize);
        NeuralPrimitives.TanhBackward<T>(tape.Bridged, tape.BridgedGradient, tape.BridgedGradient);
        _bridge.Backward(tape.LastStates, tape.BridgedGradient, tape.LastStatesGradient, tape.Workspace, workers: tape.Workers);
        StateRows.Scatter(tape.LastStatesGradient, 2 * size, tape.EncoderStates, targetLengths.Length, size);
        Encoder.Backward(
            new SequenceOutputGradient<T> { Y = encodedGradient, H = tape.EncoderStates },
            new SequenceInputGradient<T> { X = tape.EncoderInput }, tape.EncoderTape);
        Source.Backward(sources, tape.EncoderInput, Options.EmbeddingSize);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"encoder–decoder {Options.SourceVocabularySize} → {Options.TargetVocabularySize} words, {Options.HiddenSize} units"
        + $"{(Options.Attention ? ", attention" : "")}: {Parameters}";

    private void Prepare(
        ReadOnlySpan<int> sources, ReadOnlySpan<int> sourceLengths, ReadOnlySpan<int> inputs, ReadOnlySpan<int> targetLengths,
        EncoderDecoderTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.Length(sourceLengths.Length, targetLengths.Length, "sourceLengths", "B");
        Ragged.Check(sourceLengths, sources.Length, nameof(sourceLengths));
        Ragged.Check(targetLengths, inputs.Length, nameof(targetLengths));
        RequireFit(sourceLengths, tape.EncoderTape.MaxSteps, nameof(sourceLengths));
        RequireFit(targetLengths, tape.DecoderTape.MaxSteps, nameof(targetLengths));
        Source.Check(sources, nameof(sources));
        Target.Check(inputs, nameof(inputs));
        tape.Set(this, sources.Length, inputs.Length, targetLengths.Length,
            CrossAttention<T>.GetWeightsLength(targetLengths, sourceLengths));
    }

    private static void RequireFit(ReadOnlySpan<int> lengths, int most, string name)
    {
        int longest = Ragged.Longest(lengths);
        if (longest > most)
        {
            throw new ArgumentException($"{name} holds {longest}, but the tape takes 0 … {most} words.", name);
        }
    }

    /// <summary>The encoder's states, the attention's keys and the decoder's first state, into the tape; words are checked.</summary>
    internal void Encode(ReadOnlySpan<int> sources, ReadOnlySpan<int> sourceLengths, EncoderDecoderTape<T> tape, SequenceDropout dropout)
    {
        Source.Forward(sources, tape.EncoderInput, Options.EmbeddingSize);
        Encoder.Run(
            new SequenceInput<T>
            {
                Steps = tape.EncoderTape.MaxSteps,
                Batch = sourceLengths.Length,
                X = tape.EncoderInput,
                IsRagged = true,
                Lengths = sourceLengths,
                Dropout = dropout,
            },
            new SequenceOutput<T> { Y = tape.Encoded, H = tape.EncoderStates },
            tape.EncoderTape);
        StateRows.Gather(tape.EncoderStates, Options.HiddenSize, tape.LastStates, sourceLengths.Length, 2 * Options.HiddenSize);
        _bridge.Forward(tape.LastStates, tape.Bridged, tape.Workers);
        NeuralPrimitives.Tanh<T>(tape.Bridged, tape.Bridged);
        Attention?.ComputeKeys(tape.Encoded, tape.Keys, tape.Workers);
    }

    /// <summary>From the decoder's states to logits.</summary>
    internal void Read(ReadOnlySpan<T> queries, ReadOnlySpan<int> targetLengths, ReadOnlySpan<int> sourceLengths,
        EncoderDecoderTape<T> tape, Span<T> logits)
    {
        if (Attention is null)
        {
            _output.Forward(queries, logits, tape.Workers);
            return;
        }

        int size = Options.HiddenSize, rows = queries.Length / size;
        Span<T> joined = tape.Joined, contexts = tape.Contexts, combined = tape.Combined;
        Attention.Forward(queries, targetLengths, tape.Encoded, tape.Keys, sourceLengths, tape.Weights, contexts);
        for (int row = 0; row < rows; row++)
        {
            contexts.Slice(row * 2 * size, 2 * size).CopyTo(joined[(row * 3 * size)..]);
            queries.Slice(row * size, size).CopyTo(joined[(row * 3 * size + 2 * size)..]);
        }

        _combine!.Forward(joined, combined, tape.Workers);
        NeuralPrimitives.Tanh<T>(combined, combined);
        _output.Forward(combined, logits, tape.Workers);
    }

    private static void Split(ReadOnlySpan<T> joined, Span<T> left, Span<T> right, int leftSize, int rightSize)
    {
        for (int row = 0; row < joined.Length / (leftSize + rightSize); row++)
        {
            ReadOnlySpan<T> source = joined.Slice(row * (leftSize + rightSize), leftSize + rightSize);
            source[..leftSize].CopyTo(left[(row * leftSize)..]);
            source[leftSize..].CopyTo(right[(row * rightSize)..]);
        }
    }
}
