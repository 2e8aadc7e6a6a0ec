using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>One layer of a <see cref="GraphLstm{T}"/>. States lie as N old rows, then N new rows, in the schedule's order.</summary>
internal sealed partial class GraphLstmLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _inputSize;
    private readonly int _size;
    private readonly int _meanGates;
    private readonly Parameter<T> _bias;
    private readonly PackedLinear<T> _input;
    private readonly PackedLinear<T> _state;
    private readonly PackedLinear<T> _mean;
    private readonly PackedLinear<T> _neighbour;

    public GraphLstmLayer(GraphLstmOptions options, int layer)
    {
        (_inputSize, _size, _meanGates) = (options.InputSize, options.HiddenSize, options.OutputSeesNeighbours ? 3 : 2);
        Parameter<T> weightX = new($"weight_x_l{layer}", 4 * _size, _inputSize), weightH = new($"weight_h_l{layer}", 4 * _size, _size);
        Parameter<T> weightN = new($"weight_n_l{layer}", _meanGates * _size, _size), weightFn = new($"weight_fn_l{layer}", _size, _size);
        _bias = new Parameter<T>($"bias_l{layer}", 4 * _size);
        Parameters = new ParameterSet<T>(weightX, weightH, weightN, weightFn, _bias);
        _input = new PackedLinear<T>(weightX, new GateLayout(4, _size), bias: true);
        _state = new PackedLinear<T>(weightH, new GateLayout(4, _size), bias: false);
        _mean = new PackedLinear<T>(weightN, new GateLayout(_meanGates, _size), bias: false);
        _neighbour = new PackedLinear<T>(weightFn, new GateLayout(1, _size), bias: false);
    }

    public ParameterSet<T> Parameters { get; }

    public int WorkspaceLength => GraphTape.Longest(
        _input.GradientWorkspaceLength, _state.GradientWorkspaceLength, _mean.GradientWorkspaceLength, _neighbour.GradientWorkspaceLength);

    public void Pack()
    {
        _input.Pack();
        _input.AddBias(_bias.Value);
        _state.Pack();
        _mean.Pack();
        _neighbour.Pack();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphLstmSchedule schedule, GraphLstmLayerTape<T> tape, ReadOnlySpan<T> features, Span<T> h, Span<T> m,
        GraphLstmTape<T> shared)
    {
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(_size), meanWidth = _meanGates * padded;
        _input.Forward(features, _inputSize, nodes, tape.InputGates.Span, 4 * padded, shared.Workers);
        _state.Forward(h, padded, nodes, tape.StateGates.Span, 4 * padded, shared.Workers);
        _neighbour.Forward(h, padded, nodes, shared.Neighbour.Span, padded, shared.Workers);
        ForwardWave level = new() { Layer = this, Schedule = schedule, Tape = tape, Shared = shared, H = h, M = m };
        for (int wave = 0; wave < schedule.WaveCount; wave++)
        {
            int first = schedule.WaveOffsets[wave], rows = schedule.WaveOffsets[wave + 1] - first;
            LevelJob<ForwardWave>.Run(level, first, rows, (long)meanWidth * padded, shared.Workers);
        }
    }

    // Waves go back from the last. A node's new state is seen only by later waves, so it pulls ∂h', ∂m' whole before its own turn;
    // old states, which anybody sees, are pulled once at the end:
    //   ∂h_j = Σ_i ∂h̄_i/|N(i)| + U_hᵀ ∂gates_j + U_fnᵀ Σ_i ∂ḡ'_ij      ∂m_j = Σ_i ḡ_ij ⊙ ∂m_i'/|N(i)| + g^f ⊙ ∂m_j'
    /// <summary>Reads and completes the gradients of the new states, writes those of the old; adds to the features' gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        GraphLstmSchedule schedule, GraphLstmLayerTape<T> tape, ReadOnlySpan<T> features, Span<T> featureGradient, ReadOnlySpan<T> h,
        ReadOnlySpan<T> m,
        Span<T> dh, Span<T> dm, GraphLstmTape<T> shared)
    {
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(_size), meanWidth = _meanGates * padded;
        Span<T> meanGradient = shared.MeanGradient.Span, neighbours = shared.Neighbour.Span, workspace = shared.Workspace.Span;
        BackwardWave level =
            new() { Layer = this, Schedule = schedule, Tape = tape, Shared = shared, H = h, M = m, HGradient = dh, MGradient = dm };
        for (int wave = schedule.WaveCount - 1; wave >= 0; wave--)
        {
            int first = schedule.WaveOffsets[wave], rows = schedule.WaveOffsets[wave + 1] - first;
            LevelJob<BackwardWave>.Run(level, first, rows, (long)meanWidth * padded, shared.Workers);
        }

        WorkerPool? workers = shared.Workers;
        NeuralPrimitives.Aggregate<T>(schedule.SeenTargets, default, meanGradient, padded, padded, dh, padded, 0, nodes, workers: workers);
        NeuralPrimitives.Aggregate<T>(schedule.SeenEdges, default, tape.Forget.Span, padded, padded, dm, padded, 0, nodes,
            accumulate: true, workers);
        NeuralPrimitives.Aggregate<T>(schedule.NeighbourEdges, default, shared.ForgetGradient.Span, padded, padded, neighbours, padded,
            workers: workers);
        Span<T> input = tape.InputGates.Span, own = tape.StateGates.Span;
        _state.Backward(own, 4 * padded, nodes, dh, padded, accumulate: true, workers);
        _neighbour.Backward(neighbours, padded, nodes, dh, padded, accumulate: true, workers);
        _input.Backward(input, 4 * padded, nodes, featureGradient, _inputSize, accumulate: true, workers);
        _input.AccumulateWeightGradient(input, 4 * padded, features, _inputSize, nodes, workspace, workers);
        _input.AccumulateBiasGradient(input, 4 * padded, nodes, _bias.Gradient, default, workspace, workers);
        _state.AccumulateWeightGradient(own, 4 * padded, h, padded, nodes, workspace, workers);
        _neighbour.AccumulateWeightGradient(neighbours, padded, h, padded, nodes, workspace, workers);
        _mean.AccumulateWeightGradient(tape.MeanGates.Span, meanWidth, tape.Mean.Span, padded, nodes, workspace, workers);
    }
}
