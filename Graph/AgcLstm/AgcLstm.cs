using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// One layer of the attention-enhanced graph convolutional LSTM (Si, Chen, Wang, Wang and Tan 2019): an LSTM over time whose gates are
/// graph convolutions over the joints of a skeleton, or the nodes of any fixed graph.
/// </summary>
/// <remarks>
/// <code>
/// G * X = Σ_k Â_k X W_kᵀ                                                             over the K partitions of the graph
/// i, f, o = σ(W_x *G X_t + W_h *G H⁻ + b)     u = tanh(W_x *G X_t + W_h *G H⁻ + b)     C = f ⊙ C⁻ + i ⊙ u     Ĥ = o ⊙ tanh C
/// q = relu(W_q Σ_n Ĥ_n + b_q)     α_n = σ(u_s · tanh(W_h' Ĥ_n + W_q' q + b_s) + b_u)     H_n = Ĥ_n + α_n Ĥ_n
/// </code>
/// Without attention H = Ĥ. H, after attention, recurs. Parameters <c>weight_x.k</c> [4H, D] and <c>weight_h.k</c> [4H, H] for each
/// partition, <c>bias</c> [4H], rows i, f, o, u; with attention <c>att.weight_q</c> [H, H], <c>att.bias_q</c> [H], <c>att.weight_h</c> and
/// <c>att.weight_s</c> (W_q' above) [S, H], <c>att.bias_s</c> and <c>att.u</c> [S], <c>att.bias_u</c> [1]. A step aggregates all partitions
/// side by side and is one matrix product for all gates, joints and sequences. A run gives the same bits whatever the batch.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class AgcLstm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of input products computed at a time: enough for the matrix product, few enough to stay in the cache.</summary>
    internal const int GateRows = 128;

    private readonly LstmLayout _layout;
    private readonly JoinedWeight<T> _weightX;
    private readonly JoinedWeight<T> _weightH;
    private readonly JoinedWeight<T> _bias;
    private readonly PackedLinear<T> _input;
    private readonly PackedLinear<T> _state;
    private readonly AgcAttention<T>? _attention;

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">The shape.</param>
    /// <param name="partitions">The graph; its nodes are the joints.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> or <paramref name="partitions"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public AgcLstm(AgcLstmOptions options, GraphPartitions<T> partitions)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(partitions);
        Require.Positive(options.InputSize);
        Require.Positive(options.HiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegative(options.AttentionSize);
        Options = options;
        Partitions = partitions;
        int hidden = options.HiddenSize;
        _layout = new LstmLayout(new LstmOptions { InputSize = options.InputSize, HiddenSize = hidden });
        _weightX = new JoinedWeight<T>(4 * hidden, partitions.Count * InputStride);
        _weightH = new JoinedWeight<T>(4 * hidden, partitions.Count * _layout.Hidden);
        _bias = new JoinedWeight<T>(4 * hidden, 1);
        List<Parameter<T>> parameters = [];
        for (int k = 0; k < partitions.Count; k++)
        {
            parameters.Add(Join(_weightX, new Parameter<T>($"weight_x.{k}", 4 * hidden, options.InputSize), k * InputStride));
            parameters.Add(Join(_weightH, new Parameter<T>($"weight_h.{k}", 4 * hidden, hidden), k * _layout.Hidden));
        }

        parameters.Add(Join(_bias, new Parameter<T>("bias", 4 * hidden), 0));
        GateLayout gates = new(4, hidden);
        _input = new PackedLinear<T>(_weightX.Weight, gates, bias: true);
        _state = new PackedLinear<T>(_weightH.Weight, gates, bias: false);
        if (options.HasAttention)
        {
            _attention = new AgcAttention<T>(hidden, options.AttentionSize, partitions.NodeCount);
            parameters.AddRange(_attention.Parameters);
        }

        Parameters = new ParameterSet<T>(parameters);
    }

    /// <summary>The shape.</summary>
    public AgcLstmOptions Options { get; }

    /// <summary>The graph.</summary>
    public GraphPartitions<T> Partitions { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    private int InputStride => GateLayout.Pad(Options.InputSize);

    private int Joints => Partitions.NodeCount;

    /// <summary>Draws all parameters uniformly from ±1/√H, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(Options.HiddenSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _weightX.Gather();
        _weightH.Gather();
        _bias.Gather();
        _input.Pack();
        _input.AddBias(_bias.Weight.Value);
        _state.Pack();
        _attention?.Pack();
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxSteps">The longest sequence, ≥ 1.</param>
    /// <param name="maxBatch">The most sequences, ≥ 1.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive.</exception>
    public AgcLstmTape<T> CreateTape(int maxSteps, int maxBatch, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        _weightX.AllocateGradient();
        _weightH.AllocateGradient();
        _bias.AllocateGradient();
        int workspace = GraphTape.Longest(
            _input.GradientWorkspaceLength, _state.GradientWorkspaceLength, _attention?.GradientWorkspaceLength ?? 0);
        return new AgcLstmTape<T>(this, _layout, maxSteps, maxBatch, workspace, workers);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"AGC-LSTM {Options.InputSize} → {Options.HiddenSize}{(Options.HasAttention ? $", attention {Options.AttentionSize}" : "")}, "
            + $"{Partitions}: {Parameters}";

    /// <summary>Puts gate rows i, f, o, u of a partition into the order of the LSTM's kernels, i, f, u, o.</summary>
    private static Parameter<T> Join(JoinedWeight<T> joined, Parameter<T> parameter, int column)
    {
        int hidden = parameter.Shape[0] / 4, columns = parameter.Length / parameter.Shape[0], gate = hidden * columns;
        joined.Add(parameter, 0, 2 * hidden, columns, 0, column)
            .Add(parameter, 2 * gate, hidden, columns, 3 * hidden, column)
            .Add(parameter, 3 * gate, hidden, columns, 2 * hidden, column);
        return parameter;
    }

    private void CheckTape(AgcLstmTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "layer");
    }

    /// <summary>Throws unless an optional operand is absent or has its size.</summary>
    private void CheckAttention(int alpha, int local, long graphs, string alphaName, string localName)
    {
        Require.LengthOrEmpty(alpha, _attention is null ? 0 : graphs * Joints, alphaName, _attention is null ? "no attention" : "T·B·N");
        Require.LengthOrEmpty(local, _attention is null ? 0 : graphs * Options.HiddenSize, localName,
            _attention is null ? "no attention" : "T·B·H");
    }
}
