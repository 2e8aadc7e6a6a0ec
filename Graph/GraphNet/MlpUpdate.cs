using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>h_v ← W_2 f(W_1 [h_v; m_v] + b_1) + b_2.</summary>
internal sealed class MlpUpdate<T> : IGraphUpdate<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GraphNetOptions _options;
    private readonly Parameter<T> _bias1;
    private readonly Parameter<T> _bias2;
    private readonly PackedLinear<T> _first;
    private readonly PackedLinear<T> _second;

    public MlpUpdate(GraphNetOptions options)
    {
        _options = options;
        int hidden = options.UpdateHiddenSize, size = options.HiddenSize;
        Parameter<T> weight1 = new("weight_1", hidden, checked(size + options.MessageSize)), weight2 = new("weight_2", size, hidden);
        _bias1 = new Parameter<T>("bias_1", hidden);
        _bias2 = new Parameter<T>("bias_2", size);
        Parameters = new ParameterSet<T>(weight1, _bias1, weight2, _bias2);
        _first = new PackedLinear<T>(weight1, new GateLayout(1, hidden), bias: true);
        _second = new PackedLinear<T>(weight2, new GateLayout(1, size), bias: true);
    }

    /// <inheritdoc/>
    public ParameterSet<T> Parameters { get; }

    /// <inheritdoc/>
    public int WorkspaceLength => Math.Max(_first.GradientWorkspaceLength, _second.GradientWorkspaceLength);

    /// <inheritdoc/>
    public void Pack()
    {
        _first.Pack();
        _first.AddBias(_bias1.Value);
        _second.Pack();
        _second.AddBias(_bias2.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetTape<T> tape, int round)
    {
        int nodes = tape.Nodes, size = _options.HiddenSize, stride = tape.Update.InputStride, width = _first.Gates.Width;
        Span<T> input = InputOf(tape, round), hidden = HiddenOf(tape, round), next = tape.StateOf(round + 1);
        Rows.Copy<T>(tape.StateOf(round), tape.StateStride, size, nodes, input, stride);
        Rows.Copy<T>(tape.MessageOf(round), tape.MessageStride, _options.MessageSize, nodes, input[size..], stride);
        _first.Forward(input, stride, nodes, hidden, width, tape.Workers);
        NeuralPrimitives.Activate<T>(_options.Activation, hidden, hidden);
        _second.Forward(hidden, width, nodes, next, tape.StateStride, tape.Workers);
        NeuralPrimitives.FlushTiny<T>(next, next);
    }

    // ∂a = W_2ᵀ ∂h      ∂z = ∂a ⊙ f′      [∂h⁻; ∂m] = W_1ᵀ ∂z
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetTape<T> tape, int round)
    {
        int nodes = tape.Nodes, size = _options.HiddenSize, stride = tape.Update.InputStride, width = _first.Gates.Width;
        Span<T> input = InputOf(tape, round), hidden = HiddenOf(tape, round), gradient = tape.StateGradient;
        Span<T> slope = tape.Update.HiddenGradient.Span[..hidden.Length], inputSlope = tape.Update.InputGradient.Span[..input.Length];
        _second.AccumulateWeightGradient(gradient, tape.StateStride, hidden, width, nodes, tape.Workspace, tape.Workers);
        _second.AccumulateBiasGradient(gradient, tape.StateStride, nodes, _bias2.Gradient, default, tape.Workspace, tape.Workers);
        if (width > _options.UpdateHiddenSize)
        {
            slope.Clear(); // the product leaves the padding, where a NaN of an earlier run would stay for ever
        }

        _second.Backward(gradient, tape.StateStride, nodes, slope, width, accumulate: false, tape.Workers);
        NeuralPrimitives.ActivateBackward<T>(_options.Activation, hidden, slope, slope);
        NeuralPrimitives.FlushTiny<T>(slope, slope);
        _first.AccumulateWeightGradient(slope, width, input, stride, nodes, tape.Workspace, tape.Workers);
        _first.AccumulateBiasGradient(slope, width, nodes, _bias1.Gradient, default, tape.Workspace, tape.Workers);
        _first.Backward(slope, width, nodes, inputSlope, stride, accumulate: false, tape.Workers);
        Rows.Copy<T>(inputSlope, stride, size, nodes, gradient, tape.StateStride);
        Rows.Copy<T>(inputSlope[size..], stride, _options.MessageSize, nodes, tape.MessageGradient, tape.MessageStride);
    }

    /// <inheritdoc/>
    public void EndBackward(GraphNetTape<T> tape)
    {
    }

    private static Span<T> InputOf(GraphNetTape<T> tape, int round)
    {
        int length = tape.Nodes * tape.Update.InputStride;
        return tape.Update.Input.Span.Slice(round * length, length);
    }

    private Span<T> HiddenOf(GraphNetTape<T> tape, int round)
    {
        int length = tape.Nodes * _first.Gates.Width;
        return tape.Update.Hidden.Span.Slice(round * length, length);
    }
}
