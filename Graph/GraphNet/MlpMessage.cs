using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// Messages W_2 f(W_1 [h_v; h_u; e_uv] + b_1) + b_2. W_1 is cut into the parts of h_v, h_u and e: products are one a node, and one an edge
/// for e in the first round only. Behind a sum or a mean W_2 is one product a node too, so that only f is computed once an edge.
/// </summary>
internal sealed class MlpMessage<T> : IGraphMessage<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GraphNetOptions _options;
    private readonly Parameter<T> _bias1;
    private readonly Parameter<T> _bias2;
    private readonly JoinedWeight<T> _nodeWeight; // the part of h_v, from row ⌈K⌉ on the part of h_u
    private readonly JoinedWeight<T>? _edgeWeight;
    private readonly PackedLinear<T> _nodes;
    private readonly PackedLinear<T>? _edges;
    private readonly CountedLinear<T>? _summed;
    private readonly PackedLinear<T>? _second;
    private readonly int _stride; // ⌈K⌉

    public MlpMessage(GraphNetOptions options)
    {
        _options = options;
        int hidden = options.MessageHiddenSize, size = options.HiddenSize, edge = options.EdgeSize, width = checked(2 * size + edge);
        _stride = GateLayout.Pad(hidden);
        Parameter<T> weight1 = new("weight_1", hidden, width), weight2 = new("weight_2", options.MessageSize, hidden);
        _bias1 = new Parameter<T>("bias_1", hidden);
        _bias2 = new Parameter<T>("bias_2", options.MessageSize);
        Parameters = new ParameterSet<T>(weight1, _bias1, weight2, _bias2);
        _nodeWeight = new JoinedWeight<T>(_stride + hidden, size)
            .Add(weight1, 0, hidden, size, 0, 0, width)
            .Add(weight1, size, hidden, size, _stride, 0, width);
        _nodes = new PackedLinear<T>(_nodeWeight.Weight, new GateLayout(1, _stride + hidden), bias: true);
        if (edge > 0)
        {
            _edgeWeight = new JoinedWeight<T>(hidden, edge).Add(weight1, 2 * size, hidden, edge, 0, 0, width);
            _edges = new PackedLinear<T>(_edgeWeight.Weight, new GateLayout(1, hidden), bias: false);
        }

        if (options.Aggregate == Aggregation.Max)
        {
            _second = new PackedLinear<T>(weight2, new GateLayout(1, options.MessageSize), bias: true);
        }
        else
        {
            _summed = new CountedLinear<T>(weight2, _bias2);
        }

        WorkspaceLength = GraphTape.Longest(
            _nodes.GradientWorkspaceLength, _edges?.GradientWorkspaceLength ?? 0, _second?.GradientWorkspaceLength ?? 0,
            _summed?.WorkspaceLength ?? 0);
    }

    /// <inheritdoc/>
    public ParameterSet<T> Parameters { get; }

    /// <inheritdoc/>
    public int WorkspaceLength { get; }

    /// <inheritdoc/>
    public void Pack()
    {
        _nodeWeight.Gather();
        _nodes.Pack();
        _nodes.AddBias(_bias1.Value);
        _edgeWeight?.Gather();
        _edges?.Pack();
        _summed?.Pack();
        _second?.Pack();
        _second?.AddBias(_bias2.Value);
    }

    /// <inheritdoc/>
    public void AllocateGradients()
    {
        _nodeWeight.AllocateGradient();
        _edgeWeight?.AllocateGradient();
    }

    /// <inheritdoc/>
    public void Begin(GraphNetPlan plan, ReadOnlySpan<T> edge, GraphNetTape<T> tape)
    {
        if (_edges is not null)
        {
            Span<T> features = tape.Mlp!.Features.Span[..edge.Length];
            NeuralPrimitives.FlushTiny(edge, features);
            _edges.Forward(features, _options.EdgeSize, plan.EdgeCount, EdgesOf(plan, tape), _stride, tape.Workers);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetPlan plan, GraphNetTape<T> tape, int round)
    {
        Span<T> nodes = tape.Mlp!.Nodes.Span[..(tape.Nodes * 2 * _stride)], hidden = HiddenOf(plan, tape, round),
            sums = SumsOf(tape, round);
        _nodes.Forward(tape.StateOf(round), tape.StateStride, tape.Nodes, nodes, 2 * _stride, tape.Workers);
        MlpMessageForward<T> kernel = new()
        {
            Incoming = plan.Graph.Incoming,
            Rows = tape.Nodes,
            Size = _stride,
            Activation = _options.Activation,
            Nodes = nodes,
            Edges = EdgesOf(plan, tape),
            Hidden = hidden,
            Sums = sums,
        };
        RowKernel.Run<MlpMessageForward<T>, T>(ref kernel, MlpMessageForward<T>.EdgeWork * plan.EdgeCount * _stride, tape.Workers);
        if (_second is not null)
        {
            Span<T> messages = MessagesOf(plan, tape);
            _second.Forward(hidden, _stride, plan.EdgeCount, messages, tape.MessageStride, tape.Workers);
            MessageAggregation.Forward(plan.Edges!, messages, tape, round);
            return;
        }

        if (_options.Aggregate == Aggregation.Mean)
        {
            Rows.Scale(sums, _stride, _stride, tape.InverseDegree);
        }

        _summed!.Forward(sums, _stride, tape.Count, tape.MessageOf(round), tape.Workers);
    }

    /// <inheritdoc/>
    public void BeginBackward(GraphNetPlan plan, GraphNetTape<T> tape) => EdgesOf(plan, tape).Clear();

    // With z_e the pre-activation of edge e and a_e = f(z_e), a sum or a mean being m_v = W_2 Σ_e a_e + n b_2:
    //   ∂a_e = W_2ᵀ ∂m_v      ∂z_e = ∂a_e ⊙ f′      ∂(W_v h_v) = Σ_{e into v} ∂z_e      ∂(W_u h_u) = Σ_{e out of u} ∂z_e, pulled
    //   ∂(W_e e) = Σ_rounds ∂z_e      ∂h += W_vᵀ ∂(W_v h) + W_uᵀ ∂(W_u h)
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetPlan plan, GraphNetTape<T> tape, int round)
    {
        int nodes = tape.Nodes, edges = plan.EdgeCount;
        MlpMessageTape<T> own = tape.Mlp!;
        Span<T> hidden = HiddenOf(plan, tape, round), slope = own.HiddenGradient.Span[..((_second is null ? nodes : edges) * _stride)];
        if (_second is not null)
        {
            Span<T> messages = MessagesOf(plan, tape);
            MessageAggregation.Backward(plan.Edges!, tape, round, messages);
            _second.AccumulateWeightGradient(messages, tape.MessageStride, hidden, _stride, edges, tape.Workspace, tape.Workers);
            _second.AccumulateBiasGradient(messages, tape.MessageStride, edges, _bias2.Gradient, default, tape.Workspace, tape.Workers);
            _second.Backward(messages, tape.MessageStride, edges, slope, _stride, accumulate: false, tape.Workers);
        }
        else
        {
            _summed!.Backward(tape.MessageGradient, SumsOf(tape, round), _stride, tape.Count, slope, tape.Workspace, tape.Workers);
            if (_options.Aggregate == Aggregation.Mean)
            {
                Rows.Scale(slope, _stride, _stride, tape.InverseDegree);
            }
        }

        Span<T> nodeSlope = own.Nodes.Span[..(nodes * 2 * _stride)];
        MlpMessageBackward<T> kernel = new()
        {
            Incoming = plan.Graph.Incoming,
            Rows = tape.Nodes,
            Size = _stride,
            Activation = _options.Activation,
            Hidden = hidden,
            HiddenGradient = slope,
            IsByEdge = _second is not null,
            Nodes = nodeSlope,
            Edges = EdgesOf(plan, tape),
        };
        RowKernel.Run<MlpMessageBackward<T>, T>(ref kernel, MlpMessageForward<T>.EdgeWork * plan.EdgeCount * _stride, tape.Workers);
        NeuralPrimitives.Aggregate(plan.Outgoing!, default, hidden, _stride, _stride, nodeSlope[_stride..], 2 * _stride,
            workers: tape.Workers);
        // Between the parts of h_v and h_u: the product knows only of padding behind its last unit.
        Rows.ClearPadding(nodeSlope, 2 * _stride, _options.MessageHiddenSize, _stride, nodes);
        _nodes.AccumulateWeightGradient(nodeSlope, 2 * _stride, tape.StateOf(round), tape.StateStride, nodes, tape.Workspace, tape.Workers);
        NeuralPrimitives.ColumnSum(nodeSlope, 2 * _stride, nodes, _bias1.Gradient, tape.Workers);
        _nodes.Backward(nodeSlope, 2 * _stride, nodes, tape.StateGradient, tape.StateStride, accumulate: true, tape.Workers);
    }

    /// <inheritdoc/>
    public void EndBackward(GraphNetPlan plan, Span<T> edgeGradient, GraphNetTape<T> tape)
    {
        _nodeWeight.ScatterGradients();
        if (_edges is null)
        {
            return;
        }

        int size = _options.EdgeSize;
        Span<T> slope = EdgesOf(plan, tape);
        _edges.AccumulateWeightGradient(slope, _stride, tape.Mlp!.Features.Span, size, plan.EdgeCount, tape.Workspace, tape.Workers);
        _edgeWeight!.ScatterGradients();
        if (!edgeGradient.IsEmpty)
        {
            _edges.Backward(slope, _stride, plan.EdgeCount, edgeGradient, size, accumulate: false, tape.Workers);
        }
    }

    private Span<T> EdgesOf(GraphNetPlan plan, GraphNetTape<T> tape) =>
        tape.Mlp!.Edges.Span[..(_edges is null ? 0 : plan.EdgeCount * _stride)];

    private Span<T> HiddenOf(GraphNetPlan plan, GraphNetTape<T> tape, int round)
    {
        int length = plan.EdgeCount * _stride;
        return tape.Mlp!.Hidden.Span.Slice(round * length, length);
    }

    private Span<T> SumsOf(GraphNetTape<T> tape, int round)
    {
        int length = _summed is null ? 0 : tape.Nodes * _stride;
        return tape.Mlp!.Sums.Span.Slice(round * length, length);
    }

    private static Span<T> MessagesOf(GraphNetPlan plan, GraphNetTape<T> tape) =>
        tape.Mlp!.Messages.Span[..(plan.EdgeCount * tape.MessageStride)];
}
