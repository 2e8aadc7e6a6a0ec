using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>One direction of one LSTM layer; see <see cref="Lstm{T}"/> for equations and parameters.</summary>
/// <remarks>
/// A row of the tape:
/// <code>
/// gates [G·H]       forward: b + U h⁻, then i, f, g, o      backward: ∂L/∂ their pre-activations
/// tanh c [H]
/// c [H]             with peepholes
/// ch [2|1 · H]      full peepholes: P c⁻ of i, f            backward: ∂L/∂ pre-activations of i, f
/// co [H]            full peepholes: P c of o                backward: ∂L/∂ pre-activation of o
/// m [H], dh [P]     projection: o ⊙ tanh c                  backward: ∂L/∂h
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct LstmCell<T> : IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LstmLayout _layout;
    private readonly Parameter<T> _weightIh;
    private readonly Parameter<T> _weightHh;
    private readonly Parameter<T> _biasIh;
    private readonly Parameter<T> _biasHh;
    private readonly PackedLinear<T> _recurrent;
    private readonly Parameter<T>? _weightPeephole;
    private readonly AlignedBuffer<T>? _peephole;
    private readonly Parameter<T>? _weightCh;
    private readonly PackedLinear<T>? _peepholeMemory;
    private readonly PackedLinear<T>? _peepholeOutput;
    private readonly Parameter<T>? _weightHr;
    private readonly PackedLinear<T>? _projection;

    internal LstmCell(LstmOptions options, int layer, string suffix)
    {
        int hiddenSize = options.HiddenSize, output = options.OutputSize;
        int inputSize = layer == 0 ? options.InputSize : output * (options.Bidirectional ? 2 : 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.ProjectionSize, nameof(options.ProjectionSize));
        Require.Defined(options.Forget, nameof(options.Forget));
        Require.Defined(options.Peephole, nameof(options.Peephole));
        CellFactory.CheckSizes(options.Gates, inputSize, hiddenSize, output);
        GateLayout gates = new(options.Gates, hiddenSize);
        _layout = new LstmLayout(options);
        OutputSize = output;
        CellStateSize = hiddenSize;
        _weightIh = new Parameter<T>("weight_ih" + suffix, gates.Rows, inputSize);
        _weightHh = new Parameter<T>("weight_hh" + suffix, gates.Rows, output);
        _biasIh = new Parameter<T>("bias_ih" + suffix, gates.Rows);
        _biasHh = new Parameter<T>("bias_hh" + suffix, gates.Rows);
        Input = new PackedLinear<T>(_weightIh, gates, bias: true);
        _recurrent = new PackedLinear<T>(_weightHh, gates, bias: false);
        if (options.Peephole == Peephole.Diagonal)
        {
            _weightPeephole = new Parameter<T>("weight_peephole" + suffix, options.PeepholeGates, hiddenSize);
            _peephole = new AlignedBuffer<T>(options.PeepholeGates * gates.PaddedHiddenSize);
        }
        else if (options.Peephole == Peephole.Full)
        {
            int memoryGates = options.PeepholeGates - 1;
            _weightCh = new Parameter<T>("weight_ch" + suffix, options.PeepholeGates * hiddenSize, hiddenSize);
            _peepholeMemory = new PackedLinear<T>(_weightCh, new GateLayout(memoryGates, hiddenSize), bias: false);
            _peepholeOutput = new PackedLinear<T>(_weightCh, new GateLayout(1, hiddenSize), bias: false,
                firstRow: memoryGates * hiddenSize);
        }

        if (options.ProjectionSize > 0)
        {
            _weightHr = new Parameter<T>("weight_hr" + suffix, options.ProjectionSize, hiddenSize);
            _projection = new PackedLinear<T>(_weightHr, new GateLayout(1, options.ProjectionSize), bias: false);
        }
    }

    /// <inheritdoc/>
    public PackedLinear<T> Input { get; }

    /// <inheritdoc/>
    public PackedLinear<T>? Recurrent => IsOneKernel ? _recurrent : null;

    /// <inheritdoc/>
    public int OutputSize { get; }

    /// <inheritdoc/>
    public int CellStateSize { get; }

    /// <inheritdoc/>
    public int SavedSize => _layout.SavedSize;

    /// <inheritdoc/>
    public int ScratchSize => _projection is null ? 0 : _layout.Hidden;

    /// <inheritdoc/>
    public int GradientWorkspaceLength => new[] { Input, _recurrent, _peepholeMemory, _peepholeOutput, _projection }
        .Max(product => product?.GradientWorkspaceLength ?? 0);

    /// <inheritdoc/>
    public bool UnitsAreIndependent => _peepholeMemory is null && _projection is null;

    /// <summary>Whether a step of one row is one kernel, unless its weights are rounded.</summary>
    private bool IsOneKernel => UnitsAreIndependent && GateStep.HasRegisters(_layout.Gates);

    internal IEnumerable<Parameter<T>> Parameters =>
        new[] { _weightIh, _weightHh, _biasIh, _biasHh, _weightPeephole, _weightCh, _weightHr }.OfType<Parameter<T>>();

    /// <inheritdoc/>
    public void Pack()
    {
        Input.Pack();
        Input.AddBias(_biasIh.Value);
        Input.AddBias(_biasHh.Value);
        _recurrent.Pack();
        _peepholeMemory?.Pack();
        _peepholeOutput?.Pack();
        _projection?.Pack();
        for (int row = 0; _peephole is not null && row < _weightPeephole!.Shape[0]; row++)
        {
            _weightPeephole.Value.Slice(row * CellStateSize, CellStateSize).CopyTo(_peephole.Span[(row * _layout.Hidden)..]);
        }
    }

    /// <inheritdoc/>
    public void Round(RoundedWeights format)
    {
        Input.Round(format);
        _recurrent.Round(format);
        _peepholeMemory?.Round(format);
        _peepholeOutput?.Round(format);
        _projection?.Round(format);
    }

    /// <inheritdoc/>
    public void DropWeights(double rate, int seed) => _recurrent.DropWeights(rate, seed);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default)
    {
        if (step.Rows == 1 && IsOneKernel && Input.HasColumns)
        {
            ReadOnlySpan<T> diagonal = _peephole is null ? default : _peephole.Span;
            if (_layout.Gates == 4)
            {
                LstmKernel.Step<W4, T>(_layout, Input.InputOf(step, input), _recurrent.StateOf(step), step, diagonal);
            }
            else
            {
                LstmKernel.Step<W3, T>(_layout, Input.InputOf(step, input), _recurrent.StateOf(step), step, diagonal);
            }
        }
        else
        {
            ForwardProductByProduct(step, input);
        }
    }

    /// <summary>A step of several rows, with rounded weights, with more products than those with x and h⁻,
    /// or on a processor with few registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void ForwardProductByProduct(scoped in CellForward<T> step, ReadOnlySpan<T> input)
    {
        int rows = step.Rows, saved = _layout.SavedSize, hidden = _layout.Hidden, output = GateLayout.Pad(OutputSize);
        Span<T> tape = step.Saved.Span;
        Input.Forward(_recurrent, step, input, tape, saved);
        Span<T> m = _projection is null ? step.Hidden.Span : tape[_layout.Projected..];
        int stride = _projection is null ? output : saved;
        ReadOnlySpan<T> peephole = _peephole is null ? default : _peephole.Span;
        if (_peepholeMemory is null)
        {
            LstmKernel.Forward(_layout, step, peephole, m, stride, LstmPhase.Both);
        }
        else
        {
            _peepholeMemory.Forward(step.PreviousCellState.Span, hidden, rows, tape[_layout.PeepholeMemory..], saved);
            LstmKernel.Forward(_layout, step, peephole, m, stride, LstmPhase.Memory);
            _peepholeOutput!.Forward(step.CellState.Span, hidden, rows, tape[_layout.PeepholeOutput..], saved);
            LstmKernel.Forward(_layout, step, peephole, m, stride, LstmPhase.Output);
        }

        if (_projection is not null)
        {
            Span<T> h = step.Hidden.Span[..(rows * output)];
            _projection.Forward(m, saved, rows, h, output);
            NeuralPrimitives.FlushTiny<T>(h, h);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in CellBackward<T> step)
    {
        int rows = step.Rows, saved = _layout.SavedSize, hidden = _layout.Hidden, output = GateLayout.Pad(OutputSize);
        Span<T> dm = step.HiddenGradient;
        if (_projection is not null)
        {
            for (int row = 0; row < rows; row++)
            {
                step.HiddenGradient.Slice(row * output, output).CopyTo(step.Saved[(row * saved + _layout.ProjectedGradient)..]);
            }

            dm = step.Scratch[..(rows * hidden)];
            dm.Clear();
            _projection.Backward(step.HiddenGradient, output, rows, dm, hidden, accumulate: false);
        }

        ReadOnlySpan<T> peephole = _peephole is null ? default : _peephole.Span;
        if (_peepholeMemory is null)
        {
            LstmKernel.Backward(_layout, step, peephole, dm, LstmPhase.Both);
        }
        else
        {
            LstmKernel.Backward(_layout, step, peephole, dm, LstmPhase.Output);
            _peepholeOutput!.Backward(step.Saved[_layout.PeepholeOutput..], saved, rows, step.CellStateGradient, hidden, accumulate: true);
            LstmKernel.Backward(_layout, step, peephole, dm, LstmPhase.Memory);
            _peepholeMemory.Backward(step.Saved[_layout.PeepholeMemory..], saved, rows, step.CellStateGradient, hidden, accumulate: true);
        }

        _recurrent.Backward(step.Saved, saved, rows, step.RecurrentGradient, output, accumulate: false);
        step.HiddenGradient.Clear();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(scoped in CellRows<T> rows, Span<T> workspace)
    {
        int saved = _layout.SavedSize, hidden = _layout.Hidden, count = rows.Rows;
        Input.AccumulateBiasGradient(rows.Saved, saved, count, _biasIh.Gradient, _biasHh.Gradient, workspace, rows.Workers);
        _recurrent.AccumulateWeightGradient(rows.Saved, saved, rows.RecurrentInput, GateLayout.Pad(OutputSize), count, workspace,
            rows.Workers);
        if (count == 0)
        {
            return;
        }

        if (_weightPeephole is not null)
        {
            LstmKernel.AccumulatePeepholeGradient(_layout, count, rows.Saved, rows.PreviousCellState, _weightPeephole.Gradient,
                CellStateSize);
        }

        if (_peepholeMemory is not null)
        {
            _peepholeMemory.AccumulateWeightGradient(rows.Saved[_layout.PeepholeMemory..], saved, rows.PreviousCellState, hidden, count,
                workspace, rows.Workers);
            _peepholeOutput!.AccumulateWeightGradient(
                rows.Saved[_layout.PeepholeOutput..], saved, rows.Saved[_layout.CellState..], saved, count, workspace, rows.Workers);
        }

        _projection?.AccumulateWeightGradient(
            rows.Saved[_layout.ProjectedGradient..], saved, rows.Saved[_layout.Projected..], saved, count, workspace, rows.Workers);
    }
}
