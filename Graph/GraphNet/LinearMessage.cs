using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Messages W_type h_u + b_type: one product for each type over the nodes that send such messages, never one an edge.</summary>
internal sealed class LinearMessage<T> : IGraphMessage<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _bias;
    private readonly JoinedWeight<T> _weight; // the matrices of all types, one below the other
    private readonly PackedLinear<T>[] _types = [];
    private readonly CountedLinear<T>? _summed;
    private readonly int _size;
    private readonly int _hidden;

    public LinearMessage(GraphNetOptions options)
    {
        (_size, _hidden) = (options.MessageSize, options.HiddenSize);
        Parameter<T> weight = new("weight", options.EdgeTypes, _size, _hidden);
        _bias = new Parameter<T>("bias", options.EdgeTypes, _size);
        Parameters = new ParameterSet<T>(weight, _bias);
        int rows = checked(options.EdgeTypes * _size);
        _weight = new JoinedWeight<T>(rows, _hidden).Add(weight, 0, rows, _hidden, 0, 0);
        if (options.SumsFirst)
        {
            _summed = new CountedLinear<T>(_weight.Weight, _bias);
            WorkspaceLength = _summed.WorkspaceLength;
            return;
        }

        _types = new PackedLinear<T>[options.EdgeTypes];
        for (int type = 0; type < _types.Length; type++)
        {
            _types[type] = new PackedLinear<T>(_weight.Weight, new GateLayout(1, _size), bias: true, firstRow: type * _size);
        }

        WorkspaceLength = _types[0].GradientWorkspaceLength;
    }

    /// <inheritdoc/>
    public ParameterSet<T> Parameters { get; }

    /// <inheritdoc/>
    public int WorkspaceLength { get; }

    /// <inheritdoc/>
    public void Pack()
    {
        _weight.Gather();
        _summed?.Pack();
        for (int type = 0; type < _types.Length; type++)
        {
            _types[type].Pack();
            _types[type].AddBias(_bias.Value.Slice(type * _size, _size));
        }
    }

    /// <inheritdoc/>
    public void AllocateGradients() => _weight.AllocateGradient();

    /// <inheritdoc/>
    public void Begin(GraphNetPlan plan, ReadOnlySpan<T> edge, GraphNetTape<T> tape)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetPlan plan, GraphNetTape<T> tape, int round)
    {
        Span<T> state = tape.StateOf(round);
        int stateStride = tape.StateStride, stride = tape.MessageStride;
        if (_summed is not null)
        {
            Span<T> sums = SumsOf(tape, round);
            NeuralPrimitives.Aggregate(plan.Summed!.Incoming, default, state, stateStride, stateStride, sums, stateStride,
                workers: tape.Workers);
            if (plan.Options.Aggregate == Aggregation.Mean)
            {
                Rows.Scale(sums, stateStride, stateStride, tape.InverseDegree);
            }

            _summed.Forward(sums, stateStride, tape.Count, tape.MessageOf(round), tape.Workers);
            return;
        }

        TypedSources sources = plan.Sources!;
        Span<T> states = Gather(sources, state, tape), messages = tape.Linear!.Messages.Span[..(sources.Count * stride)];
        for (int type = 0; type < _types.Length; type++)
        {
            int first = sources.Offsets[type], rows = sources.Offsets[type + 1] - first;
            if (rows > 0)
            {
                _types[type].Forward(states[(first * stateStride)..], stateStride, rows, messages[(first * stride)..], stride,
                    tape.Workers);
            }
        }

        MessageAggregation.Forward(sources.Messages, messages, tape, round);
    }

    /// <inheritdoc/>
    public void BeginBackward(GraphNetPlan plan, GraphNetTape<T> tape)
    {
    }

    // With p(e) the pair (type, source) of an edge and q_p = W h + b its message:
    //   ∂q_p = Σ_{e: p(e) = p} ∂m of e's target      ∂W_type += Σ_p ∂q_p h_pᵀ      ∂b_type += Σ_p ∂q_p      ∂h_u += Σ_{p of u} Wᵀ ∂q_p
    // (means divide ∂m by the degree first; maxima let through what won). Summed first, q = W s + n b: ∂s_v = Wᵀ ∂m_v, ∂h_u += Σ_v ∂s_v.
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetPlan plan, GraphNetTape<T> tape, int round)
    {
        int stateStride = tape.StateStride, stride = tape.MessageStride;
        if (_summed is not null)
        {
            Span<T> slope = tape.Linear!.SumGradient.Span[..(tape.Nodes * stateStride)];
            _summed.Backward(tape.MessageGradient, SumsOf(tape, round), stateStride, tape.Count, slope, tape.Workspace, tape.Workers);
            if (plan.Options.Aggregate == Aggregation.Mean)
            {
                Rows.Scale(slope, stateStride, stateStride, tape.InverseDegree);
            }

            NeuralPrimitives.Aggregate(plan.Summed!.Outgoing!, default, slope, stateStride, stateStride, tape.StateGradient, stateStride,
                accumulate: true, workers: tape.Workers);
            return;
        }

        TypedSources sources = plan.Sources!;
        Span<T> states = Gather(sources, tape.StateOf(round), tape), gradient = tape.Linear!.Messages.Span[..(sources.Count * stride)];
        MessageAggregation.Backward(sources.Messages, tape, round, gradient);
        for (int type = 0; type < _types.Length; type++)
        {
            int first = sources.Offsets[type], rows = sources.Offsets[type + 1] - first;
            if (rows == 0)
            {
                continue;
            }

            Span<T> own = states[(first * stateStride)..], slope = gradient[(first * stride)..];
            _types[type].AccumulateWeightGradient(slope, stride, own, stateStride, rows, tape.Workspace, tape.Workers);
            _types[type].AccumulateBiasGradient(slope, stride, rows, _bias.Gradient.Slice(type * _size, _size), default, tape.Workspace,
                tape.Workers);
            bool nodes = sources.Nodes is null;
            _types[type].Backward(slope, stride, rows, nodes ? tape.StateGradient : own, stateStride, accumulate: nodes, tape.Workers);
        }

        if (sources.OfNodes is not null)
        {
            NeuralPrimitives.Aggregate(sources.OfNodes, default, states, stateStride, stateStride, tape.StateGradient, stateStride,
                accumulate: true, workers: tape.Workers);
        }
    }

    /// <inheritdoc/>
    public void EndBackward(GraphNetPlan plan, Span<T> edgeGradient, GraphNetTape<T> tape) => _weight.ScatterGradients();

    private static Span<T> SumsOf(GraphNetTape<T> tape, int round)
    {
        int length = tape.Nodes * tape.StateStride;
        return tape.Linear!.Sums.Span.Slice(round * length, length);
    }

    /// <summary>The states of all pairs: with one type the states themselves.</summary>
    private static Span<T> Gather(TypedSources sources, Span<T> state, GraphNetTape<T> tape)
    {
        if (sources.Nodes is null)
        {
            return state;
        }

        int stride = tape.StateStride;
        Span<T> states = tape.Linear!.Sources.Span[..(sources.Count * stride)];
        NeuralPrimitives.GatherRows<T>(state, stride, sources.Nodes, stride, states, stride);
        return states;
    }
}
