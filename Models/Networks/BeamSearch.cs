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
    private readonly PriorityQueue<(int Row, int Word, double LogProbability), double> _best;
    private readonly (int Row, int Word, double LogProbability)[] _candidates;
    private readonly double[] _logProbabilities; // of the beginnings
    private readonly Finished[] _finished;
    private readonly int[] _finishedWords;
    private int[] _words; // of the beginnings, each in MaxTargetSteps
    private int[] _nextWords;
    private int _finishedCount;

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
        _best = new PriorityQueue<(int Row, int Word, double LogProbability), double>(2 * beamWidth);
        _candidates = new (int Row, int Word, double LogProbability)[2 * beamWidth];
        _logProbabilities = new double[beamWidth];
        _words = new int[(long)beamWidth * maxTargetSteps];
        _nextWords = new int[_words.Length];
        _finished = new Finished[2 * beamWidth]; // less than a beam before a step, and no more than one of it, or of those left over
        _finishedWords = new int[2L * _words.Length];
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
        _logProbabilities[0] = 0;
        _finishedCount = 0;
        int live = 1;
        for (int step = 0; step < MaxTargetSteps && live > 0; step++)
        {
            Advance(live, step, source.Length, sourceLengths);
            int candidates = Continue(live);
            live = 0;
            for (int rank = 0; rank < candidates; rank++)
            {
                (int row, int word, double logProbability) = _candidates[rank];
                ReadOnlySpan<int> words = _words.AsSpan(row * MaxTargetSteps, step);
                if (word == EndWord)
                {
                    // A sequence ends only if that is among the best of a beam, or a narrow beam would end too early.
                    if (rank < BeamWidth)
                    {
                        Finish(words, logProbability, ended: true);
                    }
                }
                else if (live < BeamWidth)
                {
                    _nextStates.AsSpan(row * size, size).CopyTo(_states.AsSpan(live * size));
                    Span<int> next = _nextWords.AsSpan(live * MaxTargetSteps, step + 1);
                    words.CopyTo(next);
                    next[step] = word;
                    _logProbabilities[live++] = logProbability;
                }
            }

            (_words, _nextWords) = (_nextWords, _words);
            live = _finishedCount >= BeamWidth ? 0 : live;
        }

        for (int row = 0; row < live; row++)
        {
            Finish(_words.AsSpan(row * MaxTargetSteps, MaxTargetSteps), _logProbabilities[row], ended: false);
        }

        Span<Finished> finished = _finished.AsSpan(0, _finishedCount);
        finished.Sort();
        DecodedSequence[] results = new DecodedSequence[Math.Min(BeamWidth, finished.Length)];
        for (int i = 0; i < results.Length; i++)
        {
            Finished sequence = finished[i];
            results[i] = new DecodedSequence(
                _finishedWords.AsSpan(sequence.Index * MaxTargetSteps, sequence.Length).ToArray(), sequence.LogProbability, sequence.Ended);
        }

        return results;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"beam search, {BeamWidth} wide, from up to {_maxSourceSteps} words to up to {MaxTargetSteps} words, over {_network}";

    private void Finish(ReadOnlySpan<int> words, double logProbability, bool ended)
    {
        words.CopyTo(_finishedWords.AsSpan(_finishedCount * MaxTargetSteps));
        _finished[_finishedCount] = new Finished(_finishedCount, words.Length, logProbability, ended);
        _finishedCount++;
    }

    /// <summary>One step of the decoder for all beginnings at once: their next states and log-probabilities of every next word.</summary>
    private void Advance(int rows, int step, int sourceLength, ReadOnlySpan<int> sourceLengths)
    {
        int size = _network.Options.HiddenSize, words = _network.Options.TargetVocabularySize;
        Span<int> last = _last.AsSpan(0, rows);
        for (int row = 0; row < rows; row++)
        {
            last[row] = step == 0 ? StartWord : _words[row * MaxTargetSteps + step - 1];
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

    /// <summary>The best continuations, best first, and how many: enough that a beam of them goes on even if as many end.</summary>
    private int Continue(int rows)
    {
        int words = _network.Options.TargetVocabularySize;
        for (int row = 0; row < rows; row++)
        {
            for (int word = 0; word < words; word++)
            {
                double logProbability = _logProbabilities[row] + Scalar.ToDouble(_logits[row * words + word]);
                if (_best.Count < 2 * BeamWidth)
                {
                    _best.Enqueue((row, word, logProbability), logProbability);
                }
                else
                {
                    _best.EnqueueDequeue((row, word, logProbability), logProbability);
                }
            }
        }

        int count = _best.Count;
        for (int rank = count - 1; rank >= 0; rank--)
        {
            _candidates[rank] = _best.Dequeue();
        }

        return count;
    }

    /// <summary>A sequence found; the better one comes first, and of two that are as good the one found first.</summary>
    /// <param name="Index">Where its words lie.</param>
    /// <param name="Length">How many it has.</param>
    /// <param name="LogProbability">Of them, the end word included where it came.</param>
    /// <param name="Ended">Whether it came.</param>
    private readonly record struct Finished(int Index, int Length, double LogProbability, bool Ended) : IComparable<Finished>
    {
        private double Mean => LogProbability / (Length + (Ended ? 1 : 0));

        public int CompareTo(Finished other) =>
            Ended != other.Ended ? (Ended ? -1 : 1)
            : other.Mean.CompareTo(Mean) is var order and not 0 ? order
            : Index.CompareTo(other.Index);
    }
}
