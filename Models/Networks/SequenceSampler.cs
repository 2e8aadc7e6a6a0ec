using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Writes sequences with a <see cref="SequenceGenerator{T}"/>, id by id, each the most probable one or drawn at random. Memory is made
/// once; only results are allocated.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceSampler<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SequenceGenerator<T> _generator;
    private readonly Tape<T> _workspace;
    private readonly int[] _ids;
    private readonly T[] _states; // h of all layers, then c: for one sequence, rows and states are the same
    private readonly T[] _x;
    private readonly T[] _y;
    private readonly T[] _logits;
    private readonly T[] _probabilities;

    /// <summary>A sampler over one generator.</summary>
    /// <param name="generator">Trained and packed.</param>
    /// <param name="maxLength">The longest sequence it may write, the stop id included, ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is below 1.</exception>
    public SequenceSampler(SequenceGenerator<T> generator, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Require.Positive(maxLength);
        _generator = generator;
        _workspace = generator.Network.CreateWorkspace(1, 1);
        _ids = new int[maxLength];
        _states = new T[generator.StateSize];
        _x = new T[generator.Network.InputSize];
        _y = new T[generator.Network.OutputSize];
        _logits = new T[generator.VocabularySize];
        _probabilities = new T[generator.VocabularySize];
    }

    /// <summary>The longest sequence it may write, the stop id included.</summary>
    public int MaxLength => _ids.Length;

    /// <summary>Writes a sequence until the stop id comes or there is no more room.</summary>
    /// <param name="context">[C].</param>
    /// <param name="temperature">0 takes the most probable id each time; 1 draws by the generator's probabilities,
    /// less is safer, more is bolder.</param>
    /// <param name="seed">Of the draws: the same seed gives the same sequence.</param>
    /// <returns>The ids without the stop id, and the log of their probability at a temperature of 1.</returns>
    /// <exception cref="ArgumentException">The context's size does not fit or the temperature is out of range.</exception>
    public DecodedSequence Generate(ReadOnlySpan<T> context, double temperature = 0, int seed = 0)
    {
        Require.Length(context.Length, _generator.ContextSize, "context", "C");
        Random random = new(seed);
        _generator.BeginStates(context, _states);
        int hidden = _generator.Network.StateRows * _generator.Network.HiddenSize;
        Span<T> h = _states.AsSpan(0, hidden), c = _states.AsSpan(hidden);
        int id = _generator.StartId;
        double logProbability = 0;
        for (int step = 0; step < MaxLength; step++)
        {
            _generator.Embedding.Forward([id], _x);
            _generator.Network.Run(
                new SequenceInput<T> { Steps = 1, Batch = 1, X = _x, H0 = h, C0 = c }, new SequenceOutput<T> { Y = _y, H = h, C = c },
                _workspace);
            _generator.Read(_y, _logits);
            (T largest, double logSum) = LogSoftmax.Softmax<T>(_logits, _probabilities);
            _logits.CopyTo(_probabilities, 0); // only the sum was wanted
            id = Prediction.Sample<T>(_probabilities, temperature, random);
            logProbability += Scalar.ToDouble(_logits[id]) - Scalar.ToDouble(largest) - logSum;
            if (id == _generator.StopId)
            {
                return new DecodedSequence(_ids[..step], logProbability, true);
            }

            _ids[step] = id;
        }

        return new DecodedSequence([.. _ids], logProbability, false);
    }

    /// <inheritdoc/>
    public override string ToString() => $"sampler of up to {MaxLength} ids from a {_generator}";
}
