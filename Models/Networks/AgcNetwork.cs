using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// The attention-enhanced graph convolutional LSTM network for skeletons (Si, Chen, Wang, Wang and Tan 2019): from the coordinates of
/// joints over time to the class of what they do.
/// </summary>
/// <remarks>
/// <code>
/// P_n,t = relu(W x_n,t + b)                                position feature
/// E_n,t = LSTM([P_n,t; P_n,t − P_n,t−1])                   feature augmentation, one LSTM for all joints; no motion at the first step
/// AGC-LSTM → pooling → AGC-LSTM → pooling → AGC-LSTM       three layers by default
/// o^g = Σ_t (W_g Σ_n H_n,t + b_g)      o^l = Σ_t (W_l Σ_n α_n,t Ĥ_n,t + b_l)      scores, over the steps of the last layer
/// L = −log softmax(o^g)[class] − log softmax(o^l)[class]
///     + λ Σ_j Σ_n (1 − Σ_t α_j,n,t / T_j)² + β Σ_j (1/T_j) Σ_t (Σ_n α_j,n,t)²      the mean over the batch
/// </code>
/// The prediction is the sum of both softmaxes. Parameters <c>position.*</c>, <c>augment.*</c> (an LSTM of one layer), <c>layer.j.*</c>
/// (<see cref="AgcLstm{T}"/>), <c>global.*</c> and, with attention, <c>local.*</c>. All sequences of a batch have the same number of steps:
/// bring them to a common length first, as is usual for skeletons.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class AgcNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _position;
    private readonly Lstm<T> _augmentation;
    private readonly AgcLstm<T>[] _layers;
    private readonly Linear<T>[] _heads;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape and loss.</param>
    /// <param name="partitions">The skeleton, see <see cref="Skeleton"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/>,
    /// their pooling or <paramref name="partitions"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public AgcNetwork(AgcNetworkOptions options, GraphPartitions<T> partitions)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(partitions);
        ArgumentNullException.ThrowIfNull(options.Pooling, nameof(options.Pooling));
        Require.Positive(options.Layers);
        CheckFactor(options.Lambda, nameof(options.Lambda));
        CheckFactor(options.Beta, nameof(options.Beta));
        Options = options;
        Partitions = partitions;
        _position = new Linear<T>(options.CoordinateSize, options.PositionSize);
        _augmentation = new Lstm<T>(new LstmOptions { InputSize = 2 * options.PositionSize, HiddenSize = options.FeatureSize });
        _layers = [.. Enumerable.Range(0, options.Layers).Select(layer => new AgcLstm<T>(
            new AgcLstmOptions
            {
                InputSize = layer == 0 ? options.FeatureSize : options.HiddenSize,
                HiddenSize = options.HiddenSize,
                AttentionSize = options.AttentionSize,
            },
            partitions))];
        _heads =
            [.. Enumerable.Range(0, options.AttentionSize > 0 ? 2 : 1).Select(_ => new Linear<T>(options.HiddenSize, options.Classes))];
        Parameters = new ParameterSet<T>().Join("position.", _position.Parameters).Join("augment.", _augmentation.Parameters);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            Parameters.Join($"layer.{layer}.", _layers[layer].Parameters);
        }

        Parameters.Join("global.", _heads[0].Parameters);
        if (_heads.Length > 1)
        {
            Parameters.Join("local.", _heads[1].Parameters);
        }
    }

    /// <summary>Shape and loss.</summary>
    public AgcNetworkOptions Options { get; }

    /// <summary>The skeleton.</summary>
    public GraphPartitions<T> Partitions { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Random random = new(seed);
        _position.Initialise(random.Next());
        _augmentation.Initialise(random.Next());
        foreach (AgcLstm<T> layer in _layers)
        {
            layer.Initialise(random.Next());
        }

        foreach (Linear<T> head in _heads)
        {
            head.Initialise(random.Next());
        }
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _position.Pack();
        _augmentation.Pack();
        foreach (AgcLstm<T> layer in _layers)
        {
            layer.Pack();
        }

        foreach (Linear<T> head in _heads)
        {
            head.Pack();
        }
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSteps">The longest sequence, ≥ 1.</param>
    /// <param name="maxBatch">The most sequences, ≥ 1.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public AgcNetworkTape<T> CreateTape(int maxSteps, int maxBatch, WorkerPool? workers = null)
    {
        Require.Positive(maxSteps);
        Require.Positive(maxBatch);
        Parameters.AllocateGradients();
        AgcLstmTape<T>[] layers = new AgcLstmTape<T>[_layers.Length];
        for (int layer = 0, steps = maxSteps; layer < layers.Length; layer++, steps = Options.Pooling.GetOutputSteps(steps))
        {
            layers[layer] = _layers[layer].CreateTape(steps, maxBatch, workers);
        }

        Tape<T> augmentation = _augmentation.CreateTape(maxSteps, checked(maxBatch * Partitions.NodeCount), workers: workers);
        return new AgcNetworkTape<T>(this, augmentation, maxSteps, maxBatch, layers,
            Math.Max(_position.WorkspaceLength, _heads[0].WorkspaceLength), workers);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"AGC-LSTM network {Options.CoordinateSize} → {Options.FeatureSize} → {Options.Layers} × {Options.HiddenSize} → {Options.Classes}"
        + $"{(Options.AttentionSize > 0 ? $", attention {Options.AttentionSize}" : "")}, {Partitions}: {Parameters}";

    private static void CheckFactor(double factor, string name)
    {
        if (!(factor >= 0 && double.IsFinite(factor)))
        {
            throw new ArgumentOutOfRangeException(name, factor, "A factor of the loss is finite and not negative.");
        }
    }

    private void CheckTape(AgcNetworkTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "network");
    }

    private static void CheckRun(AgcNetworkTape<T> tape)
    {
        if (!tape.HasRun)
        {
            throw new InvalidOperationException("The tape holds no forward run: run the network forward first; a run is taken back once.");
        }
    }
}
