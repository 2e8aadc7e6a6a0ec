using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>One direction of one GRU layer; see <see cref="Gru{T}"/> for equations and parameters.</summary>
/// <remarks>
/// A row of the tape, by where the reset gate acts:
/// <code>
/// after:   gates [3·H]   r, z, n                                   backward: ∂L/∂(b + W x)
///          state [3·H]   U h⁻ of r, z, n (with b_hn)               backward: ∂L/∂ those
/// before:  gates [3·H]   r, z, n                                   backward: ∂L/∂(b + W x)
///          state [2·H]   U h⁻ of r, z                              backward: ∂L/∂ those
///          reset [H]     r ⊙ h⁻
///          n [H]         U_n (r ⊙ h⁻)                              backward: ∂L/∂ that
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct GruCell<T> : IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ResetGate _reset;
    private readonly UpdateGate _update;
    private readonly Parameter<T> _weightIh;
    private readonly Parameter<T> _weightHh;
    private readonly Parameter<T> _biasIh;
    private readonly Parameter<T> _biasHh;
    private readonly PackedLinear<T> _recurrent; // after: r, z, n; before: r, z
    private readonly PackedLinear<T>? _candidate; // before: n

    internal GruCell(GruOptions options, int layer, string suffix)
    {
        int inputSize = layer == 0 ? options.InputSize : options.HiddenSize * (options.Bidirectional ? 2 : 1);
        CellFactory.CheckSizes(3, inputSize, options.HiddenSize, options.HiddenSize);
        Require.Defined(options.Reset, nameof(options.Reset));
        Require.Defined(options.Update, nameof(options.Update));
        _reset = options.Reset;
        _update = options.Update;
        OutputSize = options.HiddenSize;
        GateLayout gates = new(3, options.HiddenSize);
        _weightIh = new Parameter<T>("weight_ih" + suffix, gates.Rows, inputSize);
        _weightHh = new Parameter<T>("weight_hh" + suffix, gates.Rows, options.HiddenSize);
        _biasIh = new Parameter<T>("bias_ih" + suffix, gates.Rows);
        _biasHh = new Parameter<T>("bias_hh" + suffix, gates.Rows);
        Input = new PackedLinear<T>(_weightIh, gates, bias: true);
        if (_reset == ResetGate.After)
        {
            _recurrent = new PackedLinear<T>(_weightHh, gates, bias: true);
        }
        else
        {
            _recurrent = new PackedLinear<T>(_weightHh, gates with { Gates = 2 }, bias: false);
            _candidate = new PackedLinear<T>(_weightHh, gates with { Gates = 1 }, bias: false, firstRow: 2 * options.HiddenSize);
        }
    }

    /// <inheritdoc/>
    public PackedLinear<T> Input { get; }

    /// <inheritdoc/>
    public PackedLinear<T>? Recurrent => UnitsAreIndependent ? _recurrent : null;

    /// <inheritdoc/>
    public int OutputSize { get; }

    /// <inheritdoc/>
    public int CellStateSize => 0;

    /// <inheritdoc/>
    public int SavedSize => (_reset == ResetGate.After ? 6 : 7) * Hidden;

    /// <inheritdoc/>
    public int ScratchSize => _reset == ResetGate.After ? 0 : Hidden;

    /// <inheritdoc/>
    public int GradientWorkspaceLength =>
        Math.Max(Math.Max(Input.GradientWorkspaceLength, _recurrent.GradientWorkspaceLength), _candidate?.GradientWorkspaceLength ?? 0);

    /// <inheritdoc/>
    public bool UnitsAreIndependent => _candidate is null;

    internal IEnumerable<Parameter<T>> Parameters => [_weightIh, _weightHh, _biasIh, _biasHh];

    private int Hidden => GateLayout.Pad(OutputSize);

    private int StateOffset => 3 * Hidden;

    private int ResetOffset => 5 * Hidden;

    private int CandidateOffset => 6 * Hidden;

    /// <inheritdoc/>
    public void Pack()
    {
        Input.Pack();
        _recurrent.Pack();
        _candidate?.Pack();
        Input.AddBias(_biasIh.Value);
        if (_reset == ResetGate.After)
        {
            // b_hn is scaled by r and stays with the state; all other biases join the input's.
            Input.AddBias(_biasHh.Value[..(2 * OutputSize)]);
            _recurrent.AddBias(_biasHh.Value[(2 * OutputSize)..], firstGate: 2);
        }
        else
        {
            Input.AddBias(_biasHh.Value);
        }
    }

    /// <inheritdoc/>
    public void Round(RoundedWeights format)
    {
        Input.Round(format);
        _recurrent.Round(format);
        _candidate?.Round(format);
    }

    /// <inheritdoc/>
    public void DropWeights(double rate, int seed)
    {
        _recurrent.DropWeights(rate, seed);
        _candidate?.DropWeights(rate, seed);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default)
    {
        if (step.Rows == 1 && UnitsAreIndependent && Input.HasColumns)
        {
            GruKernel.Step(Input.InputOf(step, input), _recurrent.StateOf(step), step, Hidden, _update);
        }
        else
        {
            ForwardProductByProduct(step, input);
        }
    }

    /// <summary>A step of several rows, with rounded weights, or with reset before the product.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void ForwardProductByProduct(scoped in CellForward<T> step, ReadOnlySpan<T> input)
    {
        int rows = step.Rows, saved = SavedSize, hidden = Hidden;
        Span<T> tape = step.Saved.Span;
        Input.Forward(_recurrent, step, input, tape[StateOffset..], saved);
        if (_candidate is null)
        {
            GruKernel.Forward(step, hidden, saved, _update, GruPhase.ResetAfter);
        }
        else
        {
            GruKernel.Forward(step, hidden, saved, _update, GruPhase.Gates);
            _candidate.Forward(tape[ResetOffset..], saved, rows, tape[CandidateOffset..], saved);
            GruKernel.Forward(step, hidden, saved, _update, GruPhase.Candidate);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in CellBackward<T> step)
    {
        int rows = step.Rows, saved = SavedSize, hidden = Hidden;
        if (_candidate is null)
        {
            GruKernel.Backward(step, hidden, saved, _update, GruPhase.ResetAfter);
        }
        else
        {
            step.Scratch[..(rows * hidden)].Clear();
            GruKernel.Backward(step, hidden, saved, _update, GruPhase.Candidate);
            _candidate.Backward(step.Saved[CandidateOffset..], saved, rows, step.Scratch, hidden, accumulate: false);
            GruKernel.Backward(step, hidden, saved, _update, GruPhase.Gates);
        }

        _recurrent.Backward(step.Saved[StateOffset..], saved, rows, step.RecurrentGradient, hidden, accumulate: _candidate is not null);
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

        ReadOnlySpan<T> state = rows.Saved[StateOffset..];
        _recurrent.AccumulateWeightGradient(state, saved, rows.RecurrentInput, hidden, count, workspace, rows.Workers);
        if (_candidate is null)
        {
            Input.AccumulateBiasGradient(rows.Saved, saved, count, _biasIh.Gradient, default, workspace, rows.Workers);
            _recurrent.AccumulateBiasGradient(state, saved, count, _biasHh.Gradient, default, workspace, rows.Workers);
        }
        else
        {
            Input.AccumulateBiasGradient(rows.Saved, saved, count, _biasIh.Gradient, _biasHh.Gradient, workspace, rows.Workers);
            _candidate.AccumulateWeightGradient(rows.Saved[CandidateOffset..], saved, rows.Saved[ResetOffset..], saved, count, workspace,
                rows.Workers);
        }
    }
}
