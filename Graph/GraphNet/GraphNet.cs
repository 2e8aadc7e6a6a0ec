using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// Message-passing network (Gilmer et al. 2017, "Neural Message Passing for Quantum Chemistry"); with linear messages and a GRU the gated
/// graph neural network (Li et al. 2016, "Gated Graph Sequence Neural Networks").
/// </summary>
/// <remarks>
/// <code>
/// m_v = Σ_{u ∈ N(v)} f(h_v, h_u, e_uv)      or their mean, or maximum; 0 without neighbours
/// h_v ← g(h_v, m_v)                         all nodes at once, in every round
/// y = R({h_v})                              one a graph
/// f: W_type h_u + b_type, or W_2 f(W_1 [h_v; h_u; e_uv] + b_1) + b_2
/// g: GRU with input m_v, or W_2 f(W_1 [h_v; m_v] + b_1) + b_2
/// </code>
/// Parameters <c>message.weight</c> [types, M, H], <c>message.bias</c> [types, M], or <c>message.weight_1</c> [K, 2H + De],
/// <c>message.bias_1</c> [K], <c>message.weight_2</c> [M, K], <c>message.bias_2</c> [M]; <c>update.weight_ih</c> [3H, M],
/// <c>update.weight_hh</c> [3H, H], <c>update.bias_ih</c>, <c>update.bias_hh</c> [3H] (rows r, z, n), or <c>update.weight_1</c> [K, H + M],
/// <c>update.bias_1</c>, <c>update.weight_2</c> [H, K], <c>update.bias_2</c>; for attention <c>readout.weight</c> [A, H],
/// <c>readout.bias</c>, <c>readout.u</c> [A]. Matrix products are one a node wherever the equations allow it, and gradients are pulled
/// along the edges turned round: nothing is scattered.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GraphNet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IGraphMessage<T> _message;
    private readonly IGraphUpdate<T> _update;
    private readonly Readout<T> _readout;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Its shape.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or a choice is out of range.</exception>
    public GraphNet(GraphNetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Options = options;
        _message = options.Message == MessageFunction.Linear ? new LinearMessage<T>(options) : new MlpMessage<T>(options);
        _update = options.Update == UpdateFunction.Gru ? new GruUpdate<T>(options) : new MlpUpdate<T>(options);
        _readout = new Readout<T>(options);
        Parameters = new ParameterSet<T>().Join("message.", _message.Parameters).Join("update.", _update.Parameters)
            .Join("readout.", _readout.Parameters);
    }

    /// <summary>Its shape.</summary>
    public GraphNetOptions Options { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    internal AttentionPooling<T>? Attention => _readout.Attention;

    private int ReadoutSize => Options.Readout == GraphReadout.None ? 0 : Options.HiddenSize;

    private int EdgeSize => Options.Message == MessageFunction.Mlp ? Options.EdgeSize : 0;

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
        _message.Pack();
        _update.Pack();
        _readout.Pack();
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many nodes, edges and graphs.</summary>
    /// <param name="maxNodes">Nodes of all graphs together.</param>
    /// <param name="maxEdges">Edges of all graphs together.</param>
    /// <param name="maxGraphs">Graphs.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public GraphNetTape<T> CreateTape(int maxNodes, int maxEdges, int maxGraphs = 1, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        _message.AllocateGradients();
        return new GraphNetTape<T>(this, maxNodes, maxEdges, maxGraphs,
            Math.Max(_message.WorkspaceLength, _update.WorkspaceLength), workers);
    }

    /// <summary>States of all nodes after all rounds, and the read-out of all graphs. Nothing is allocated.</summary>
    /// <param name="plan">The graphs, for this network's options.</param>
    /// <param name="h0">[N, H], the states before the first round.</param>
    /// <param name="edge">[E, De], the edges' features in the order of <see cref="CsrGraph.Sources"/>; empty if messages have none.</param>
    /// <param name="h">[N, H], written.</param>
    /// <param name="y">[G, H], written; empty without a read-out.</param>
    /// <param name="tape">Memory made by this network.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetPlan plan, ReadOnlySpan<T> h0, ReadOnlySpan<T> edge, Span<T> h, Span<T> y, GraphNetTape<T> tape)
    {
        Check(plan, tape);
        int nodes = plan.NodeCount, size = Options.HiddenSize;
        Require.Length(h0.Length, (long)nodes * size, shape: "N·H");
        Require.Length(edge.Length, (long)plan.EdgeCount * EdgeSize, shape: "E·De");
        Require.Length(h.Length, (long)nodes * size, shape: "N·H");
        Require.Length(y.Length, (long)plan.GraphCount * ReadoutSize, shape: "G·H");
        tape.Begin(plan);
        Span<T> state = tape.StateOf(0);
        Rows.Copy(h0, size, size, nodes, state, tape.StateStride);
        NeuralPrimitives.FlushTiny<T>(state, state);
        _message.Begin(plan, edge, tape);
        for (int round = 0; round < RoundsOf(plan); round++)
        {
            _message.Forward(plan, tape, round);
            _update.Forward(tape, round);
        }

        state = tape.StateOf(Options.Rounds);
        Rows.Copy<T>(state, tape.StateStride, size, nodes, h, size);
        _readout.Forward(plan, state, y, tape);
    }

    /// <summary>Takes the last forward run back: writes dh0 and dedge and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, H], the gradient of h; empty for none.</param>
    /// <param name="dy">[G, H], the gradient of y; empty for none.</param>
    /// <param name="dh0">[N, H], written; empty if not wanted.</param>
    /// <param name="dedge">[E, De], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, ReadOnlySpan<T> dy, Span<T> dh0, Span<T> dedge, GraphNetTape<T> tape)
    {
        GraphNetPlan plan = GraphTape.RequireRun(tape, tape?.Plan);
        Check(plan, tape!);
        int nodes = plan.NodeCount, size = Options.HiddenSize;
        Require.LengthOrEmpty(dh.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dy.Length, (long)plan.GraphCount * ReadoutSize, shape: "G·H");
        Require.LengthOrEmpty(dh0.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dedge.Length, (long)plan.EdgeCount * EdgeSize, shape: "E·De");
        tape!.Plan = null;
        Span<T> gradient = tape.StateGradient;
        gradient.Clear();
        Rows.Copy(dh, size, size, dh.IsEmpty ? 0 : nodes, gradient, tape.StateStride);
        if (!dy.IsEmpty)
        {
            _readout.Backward(plan, dy, tape);
        }

        NeuralPrimitives.FlushTiny<T>(gradient, gradient);
        _message.BeginBackward(plan, tape);
        for (int round = RoundsOf(plan) - 1; round >= 0; round--)
        {
            _update.Backward(tape, round);
            _message.Backward(plan, tape, round);
            NeuralPrimitives.FlushTiny<T>(gradient, gradient);
        }

        _update.EndBackward(tape);
        _message.EndBackward(plan, dedge, tape);
        if (!dh0.IsEmpty)
        {
            Rows.Copy<T>(gradient, tape.StateStride, size, nodes, dh0, size);
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"message-passing network, {Options.Message} messages of {Options.MessageSize}, {Options.Aggregate}, {Options.Update} on "
            + $"{Options.HiddenSize}, "
        + $"{Options.Rounds} rounds: {Parameters}";

    /// <summary>Without nodes there is nothing to do.</summary>
    private int RoundsOf(GraphNetPlan plan) => plan.NodeCount == 0 ? 0 : Options.Rounds;

    private void Check(GraphNetPlan plan, GraphNetTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(plan);
        GraphTape.Check(tape, tape?.Owner, this, plan.NodeCount, tape?.MaxNodes ?? 0, plan.EdgeCount, tape?.MaxEdges ?? 0);
        if (!ReferenceEquals(plan.Options, Options) && plan.Options != Options)
        {
            throw new ArgumentException($"The plan is for {plan.Options}, the network for {Options}.", nameof(plan));
        }

        if (ReadoutSize > 0 && plan.GraphCount > tape.MaxGraphs)
        {
            throw new ArgumentException($"{plan.GraphCount} graphs do not fit into a tape for {tape.MaxGraphs}.", nameof(tape));
        }
    }
}
