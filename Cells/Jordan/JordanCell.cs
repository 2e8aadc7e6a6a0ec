using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The step of a Jordan network; see <see cref="Jordan{T}"/> for equations and parameters.</summary>
/// <remarks>
/// A row of the tape:
/// <code>
/// z [H]      forward: U y⁻, then b + W x + U y⁻      backward: ∂L/∂z
/// h [H]      f(z)
/// y [O]      g(V h + c)                              backward: ∂L/∂(V h + c)
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct JordanCell<T> : IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Activation _activation;
    private readonly Activation _outputActivation;
    private readonly Parameter<T> _weightIh;
    private readonly Parameter<T> _weightYh;
    private readonly Parameter<T> _biasH;
    private readonly Parameter<T> _weightHy;
    private readonly Parameter<T> _biasY;
    private readonly PackedLinear<T> _recurrent;
    private readonly PackedLinear<T> _output;

    internal JordanCell(JordanOptions options)
    {
        Require.Positive(options.OutputSize, nameof(options.OutputSize));
        CellFactory.CheckSizes(1, options.InputSize, options.HiddenSize, options.OutputSize);
        Require.Defined(options.Activation, nameof(options.Activation));
        Require.Defined(options.OutputActivation, nameof(options.OutputActivation));
        _activation = options.Activation;
        _outputActivation = options.OutputActivation;
        OutputSize = options.OutputSize;
        Hidden = GateLayout.Pad(options.HiddenSize);
        _weightIh = new Parameter<T>("weight_ih", options.HiddenSize, options.InputSize);
        _weightYh = new Parameter<T>("weight_yh", options.HiddenSize, options.OutputSize);
        _biasH = new Parameter<T>("bias_h", options.HiddenSize);
        _weightHy = new Parameter<T>("weight_hy", options.OutputSize, options.HiddenSize);
        _biasY = new Parameter<T>("bias_y", options.OutputSize);
        Input = new PackedLinear<T>(_weightIh, new GateLayout(1, options.HiddenSize), bias: true);
        _recurrent = new PackedLinear<T>(_weightYh, new GateLayout(1, options.HiddenSize), bias: false);
        _output = new PackedLinear<T>(_weightHy, new GateLayout(1, options.OutputSize), bias: true);
    }

    /// <inheritdoc/>
    public PackedLinear<T> Input { get; }

    /// <inheritdoc/>
    public PackedLinear<T>? Recurrent => null;

    /// <inheritdoc/>
    public int OutputSize { get; }

    /// <inheritdoc/>
    public int CellStateSize => 0;

    /// <inheritdoc/>
    public int SavedSize => 2 * Hidden + Output;

    /// <inheritdoc/>
    public int ScratchSize => Hidden;

    /// <inheritdoc/>
    public int GradientWorkspaceLength =>
        Math.Max(Math.Max(Input.GradientWorkspaceLength, _recurrent.GradientWorkspaceLength), _output.GradientWorkspaceLength);

    /// <inheritdoc/>
    public bool UnitsAreIndependent => false;

    internal IEnumerable<Parameter<T>> Parameters => [_weightIh, _weightYh, _biasH, _weightHy, _biasY];

    private int Hidden { get; }

    private int Output => GateLayout.Pad(OutputSize);

    /// <inheritdoc/>
    public void Pack()
    {
        Input.Pack();
        Input.AddBias(_biasH.Value);
        _recurrent.Pack();
        _output.Pack();
        _output.AddBias(_biasY.Value);
    }

    /// <inheritdoc/>
    public void Round(RoundedWeights format)
    {
        Input.Round(format);
        _recurrent.Round(format);
        _output.Round(format);
    }

    /// <inheritdoc/>
    public void DropWeights(double rate, int seed) => _recurrent.DropWeights(rate, seed);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default)
    {
        int saved = SavedSize, hidden = Hidden, output = Output;
        Span<T> tape = step.Saved.Span, gates = step.Gates.Span, target = step.Hidden.Span;
        _recurrent.Forward(step.RecurrentInput.Span, output, step.Rows, tape, saved);
        for (int row = 0; row < step.Rows; row++)
        {
            Span<T> z = tape.Slice(row * saved, hidden);
            NeuralPrimitives.Add(gates.Slice(row * hidden, hidden), z, z);
            NeuralPrimitives.Activate(_activation, z, tape.Slice(row * saved + hidden, hidden));
        }

        _output.Forward(tape[hidden..], saved, step.Rows, tape[(2 * hidden)..], saved);
        for (int row = 0; row < step.Rows; row++)
        {
            Span<T> y = tape.Slice(row * saved + 2 * hidden, output);
            NeuralPrimitives.Activate(_outputActivation, y, y);
            NeuralPrimitives.FlushTiny<T>(y, target.Slice(row * output, output));
        }
    }

    // With s = V h + c:  ∂s = ∂y g′(s)      ∂z = (Vᵀ ∂s) f′(z)      ∂y⁻ = Uᵀ ∂z
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in CellBackward<T> step)
    {
        int saved = SavedSize, hidden = Hidden, output = Output;
        for (int row = 0; row < step.Rows; row++)
        {
            Span<T> y = step.Saved.Slice(row * saved + 2 * hidden, output), dy = step.HiddenGradient.Slice(row * output, output);
            NeuralPrimitives.ActivateBackward<T>(_outputActivation, y, dy, y);
            NeuralPrimitives.FlushTiny<T>(y, y);
        }

        step.Scratch[..(step.Rows * hidden)].Clear();
        _output.Backward(step.Saved[(2 * hidden)..], saved, step.Rows, step.Scratch, hidden, accumulate: false);
        for (int row = 0; row < step.Rows; row++)
        {
            Span<T> dz = step.Saved.Slice(row * saved, hidden);
            NeuralPrimitives.ActivateBackward(_activation, step.Saved.Slice(row * saved + hidden, hidden),
                step.Scratch.Slice(row * hidden, hidden), dz);
            NeuralPrimitives.FlushTiny<T>(dz, dz);
        }

        _recurrent.Backward(step.Saved, saved, step.Rows, step.RecurrentGradient, output, accumulate: false);
        step.HiddenGradient.Clear();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(scoped in CellRows<T> rows, Span<T> workspace)
    {
        int saved = SavedSize, hidden = Hidden, count = rows.Rows;
        if (count == 0)
        {
            return;
        }

        Input.AccumulateBiasGradient(rows.Saved, saved, count, _biasH.Gradient, default, workspace, rows.Workers);
        _recurrent.AccumulateWeightGradient(rows.Saved, saved, rows.RecurrentInput, Output, count, workspace, rows.Workers);
        _output.AccumulateWeightGradient(rows.Saved[(2 * hidden)..], saved, rows.Saved[hidden..], saved, count, workspace, rows.Workers);
        _output.AccumulateBiasGradient(rows.Saved[(2 * hidden)..], saved, count, _biasY.Gradient, default, workspace, rows.Workers);
    }
}
