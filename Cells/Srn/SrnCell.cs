using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>One direction of one layer of a simple recurrent network; see <see cref="Srn{T}"/> for equations and parameters.</summary>
/// <remarks>
/// A row of the tape: <c>f [H]</c>, in forward U h⁻, then f(W x + U h⁻ + b); in backward ∂L/∂ its pre-activation.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct SrnCell<T> : IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Activation _activation;
    private readonly bool _residual;
    private readonly Parameter<T> _weightIh;
    private readonly Parameter<T> _biasIh;
    private readonly Parameter<T>? _weightHh;
    private readonly Parameter<T>? _biasHh;
    private readonly PackedLinear<T>? _recurrent;

    internal SrnCell(SrnOptions options, int layer, string suffix)
    {
        int inputSize = layer == 0 ? options.InputSize : options.HiddenSize * (options.Bidirectional ? 2 : 1);
        Require.Defined(options.Activation, nameof(options.Activation));
        Require.Defined(options.Recurrence, nameof(options.Recurrence));
        int recurrentSize = options.Recurrence == SrnRecurrence.ResidualInput ? 0 : options.HiddenSize;
        CellFactory.CheckSizes(1, inputSize, options.HiddenSize, recurrentSize);
        _activation = options.Activation;
        _residual = options.Recurrence != SrnRecurrence.Elman;
        OutputSize = options.HiddenSize;
        GateLayout gates = new(1, options.HiddenSize);
        _weightIh = new Parameter<T>("weight_ih" + suffix, options.HiddenSize, inputSize);
        _biasIh = new Parameter<T>("bias_ih" + suffix, options.HiddenSize);
        Input = new PackedLinear<T>(_weightIh, gates, bias: true);
        if (options.Recurrence != SrnRecurrence.ResidualInput)
        {
            _weightHh = new Parameter<T>("weight_hh" + suffix, options.HiddenSize, options.HiddenSize);
            _biasHh = new Parameter<T>("bias_hh" + suffix, options.HiddenSize);
            _recurrent = new PackedLinear<T>(_weightHh, gates, bias: false);
        }
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
    public int SavedSize => GateLayout.Pad(OutputSize);

    /// <inheritdoc/>
    public int ScratchSize => 0;

    /// <inheritdoc/>
    public int GradientWorkspaceLength => Math.Max(Input.GradientWorkspaceLength, _recurrent?.GradientWorkspaceLength ?? 0);

    /// <inheritdoc/>
    public bool UnitsAreIndependent => true;

    internal IEnumerable<Parameter<T>> Parameters => new[] { _weightIh, _weightHh, _biasIh, _biasHh }.OfType<Parameter<T>>();

    /// <inheritdoc/>
    public void Pack()
    {
        Input.Pack();
        Input.AddBias(_biasIh.Value);
        Input.AddBias(_biasHh is null ? default : _biasHh.Value);
        _recurrent?.Pack();
    }

    /// <inheritdoc/>
    public void Round(RoundedWeights format)
    {
        Input.Round(format);
        _recurrent?.Round(format);
    }

    /// <inheritdoc/>
    public void DropWeights(double rate, int seed) => _recurrent?.DropWeights(rate, seed);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default)
    {
        int end = step.EndOf(step.Rows * SavedSize);
        if (_recurrent is null)
        {
            step.Saved.Span[step.FirstUnit..end].Clear();
        }

        Input.Forward(_recurrent, step, input, step.Saved.Span, SavedSize);
        SrnKernel.Forward(step, step.FirstUnit, end, _activation, _residual);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in CellBackward<T> step)
    {
        SrnKernel.Backward(step, step.Rows * SavedSize, _activation);
        if (!_residual)
        {
            step.HiddenGradient.Clear();
        }

        _recurrent?.Backward(step.Saved, SavedSize, step.Rows, step.RecurrentGradient, SavedSize, accumulate: false);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(scoped in CellRows<T> rows, Span<T> workspace)
    {
        Input.AccumulateBiasGradient(
            rows.Saved, SavedSize, rows.Rows, _biasIh.Gradient, _biasHh is null ? default : _biasHh.Gradient, workspace, rows.Workers);
        _recurrent?.AccumulateWeightGradient(rows.Saved, SavedSize, rows.RecurrentInput, SavedSize, rows.Rows, workspace, rows.Workers);
    }
}
