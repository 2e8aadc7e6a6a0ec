using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Decodes with an <see cref="EncoderDecoder{T}"/>: the best continuations of the best beginnings, word by word. A beam of one is greedy
/// decoding. Memory is made once; only results are allocated.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class BeamSearch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly EncoderDecoder<T> _network;
    private readonly EncoderDecoderTape<T> _tape;
    private readonly Tape<T> _stepWorkspace;
    private readonly int _maxSourceSteps;
    private readonly int[] _last;
    private readonly T[] _states;
    private readonly T[] _nextStates;
    private readonly T[] _x;
    private readonly T[] _logits;
    private readonly T[] _probabilities;

    /// <summary>A search over one network.</summary>
    /// <param name="network">Trained and packed.</param>
    /// <param name="beamWidth">Beginnings kept, ≥ 1.</param>
    /// <param name="maxSourceSteps">The longest source.</param>
    /// <param name="maxTargetSteps">The longest sequence it may write.</param>
    /// <param name="startWord">Fed to the decoder first.</param>
    /// <param name="endWord">Ends a sequence.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public BeamSearch(EncoderDecoder<T> network, int beamWidth, int maxSourceSteps, int maxTargetSteps, int startWord, int endWord)
    {
        ArgumentNullException.ThrowIfNull(network);
        Require.Positive(beamWidth);
        Require.Positive(maxSourceSteps);
        Require.Positive(maxTargetSteps);
        Require.Index(startWord, network.Options.TargetVocabularySize);
        Require.Index(endWord, network.Options.TargetVocabularySize);
        _network = network;
        BeamWidth = beamWidth;
        MaxTargetSteps = maxTargetSteps;
        _maxSourceSteps = maxSourceSteps;
        StartWord = startWord;
        EndWord = endWord;
        _tape = network.CreateWorkspace(maxSourceSteps, beamWidth, 1); // one pair: all beginnings attend to one source
        _stepWorkspace = network.Decoder.CreateWorkspace(1, beamWidth);
        _last = new int[beamWidth];
        _states = new T[beamWidth * network.Options.HiddenSize];
        _nextStates = new T[_states.Length];
        _x = new T[beamWidth * network.Options.EmbeddingSize];
        _logits = new T[beamWidth * network.Options.TargetVocabularySize];
        _probabilities = new T[network.Options.TargetVocabularySize];
    }

    /// <summary>Beginnings kept.</summary>
    public int BeamWidth { get; }

    /// <summary>The longest sequence it may write.</summary>
    public int MaxTargetSteps { get; }

    /// <summary>Fed to the decoder first.</summary>
    public int StartWord { get; }

    /// <summary>Ends a sequence.</summary>
    public int EndWord { get; }

    /// <summary>The sequences found for a source, at most a beam of them: those that ended before those that did not,
    /// each by mean log-probability a word.</summary>
    /// <param name="source">[S ≥ 1], the words of the source.</param>
    /// <exception cref="ArgumentException">The source is empty or too long, or a word does not exist.</exception>
    public IReadOnlyList<DecodedSequence> Decode(ReadOnlySpan<int> source)
    {
        if (source.Length < 1 || source.Length > _maxSourceSteps)
        {
            throw new ArgumentException($"source has {source.Length} words, the search takes 1 … {_maxSourceSteps}.", nameof(source));
        }

        _network.Source.Check(source, nameof(source));
        int size = _network.Options.HiddenSize;
        ReadOnlySpan<int> sourceLengths = [source.Length];
        _tape.Set(_network, source.Length, 1, 1, source.Length);
        _network.Encode(source, sourceLengths, _tape, default);
        _tape.Bridged.CopyTo(_states);
        List<Beginning> live = [new Beginning([], 0, 0)];
        List<DecodedSequence> ended = [];
        for (int step = 0; step < MaxTargetSteps && live.Count > 0; step++)
        {
            Advance(live, source.Length, sourceLengths);
            List<Beginning> candidates = Continue(live);
            live.Clear();
            for (int rank = 0; rank < candidates.Count; rank++)
            {
                Beginning candidate = candidates[rank];
                if (candidate.Words[^1] == EndWord)
                {
                    // A sequence ends only if that is among the best of a beam, or a narrow beam would end too early.
                    if (rank < BeamWidth)
                    {
                        ended.Add(new DecodedSequence(candidate.Words[..^1], candidate.LogProbability, true));
                    }
                }
                else if (live.Count < BeamWidth)
                {
                    _nextStates.AsSpan(candidate.Row * size, size).CopyTo(_states.AsSpan(live.Count * size));
                    live.Add(candidate);
                }
            }

            if (ended.Count >= BeamWidth)
            {
                live.Clear();
            }
        }

        ended.AddRange(live.Select(beginning => new DecodedSequence(beginning.Words, beginning.LogProbability, false)));
        return [.. ended.OrderByDescending(sequence => sequence.Ended).ThenByDescending(MeanLogProbability).Take(BeamWidth)];
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"beam search, {BeamWidth} wide, from up to {_maxSourceSteps} words to up to {MaxTargetSteps} words, over {_network}";

    private static double MeanLogProbability(DecodedSequence sequence) =>
        sequence.LogProbability / (sequence.Words.Length + (sequence.Ended ? 1 : 0));

    /// <summary>One step of the decoder for all beginnings at once: their next states and log-probabilities of every next word.</summary>
    private void Advance(List<Beginning> live, int sourceLength, ReadOnlySpan<int> sourceLengths)
    {
        int size = _network.Options.HiddenSize, words = _network.Options.TargetVocabularySize, rows = live.Count;
        Span<int> last = _last.AsSpan(0, rows);
        for (int row = 0; row < rows; row++)
        {
            last[row] = live[row].Words.Length == 0 ? StartWord : live[row].Words[^1];
        }

        Span<T> x = _x.AsSpan(0, rows * _network.Options.EmbeddingSize), states = _nextStates.AsSpan(0, rows * size),
            logits = _logits.AsSpan(0, rows * words);
        _network.Target.Forward(last, x);
        _network.Decoder.Run(
            new SequenceInput<T> { Steps = 1, Batch = rows, X = x, H0 = _states.AsSpan(0, rows * size) },
            new SequenceOutput<T> { H = states },
            _stepWorkspace);
        _tape.Set(_network, sourceLength, rows, 1, (long)rows * sourceLength);
        _network.Read(states, [rows], sourceLengths, _tape, logits);
        for (int row = 0; row < rows; row++)
        {
            // log softmax = (z − max z) − log Σ e^(z − max z); the softmax itself is not needed
            Span<T> z = logits.Slice(row * words, words);
            (T largest, double logSum) = LogSoftmax.Softmax<T>(z, _probabilities);
            NeuralPrimitives.AddScalar(z, -largest, z);
            NeuralPrimitives.AddScalar(z, Scalar.From<T>(-logSum), z);
        }
    }

    /// <summary>The best continuations: enough that a beam of them goes on even if as many end.</summary>
    private List<Beginning> Continue(List<Beginning> live)
    {
        int words = _network.Options.TargetVocabularySize;
        PriorityQueue<(int Row, int Word, double LogProbability), double> best = new();
        for (int row = 0; row < live.Count; row++)
        {
            for (int word = 0; word < words; word++)
            {
                double logProbability = live[row].LogProbability + Scalar.ToDouble(_logits[row * words + word]);
                if (best.Count < 2 * BeamWidth)
                {
                    best.Enqueue((row, word, logProbability), logProbability);
                }
                else
                {
                    best.EnqueueDequeue((row, word, logProbability), logProbability);
                }
            }
        }

        List<Beginning> continuations = [];
        while (best.TryDequeue(out (int Row, int Word, double LogProbability) next, out _))
        {
            continuations.Add(new Beginning([.. live[next.Row].Words, next.Word], next.LogProbability, next.Row));
        }

        continuations.Reverse();
        return continuations;
    }

    /// <param name="Words">Written so far.</param>
    /// <param name="LogProbability">Of them.</param>
    /// <param name="Row">Where its state lies among the next states.</param>
    private sealed record Beginning(int[] Words, double LogProbability, int Row);
}
