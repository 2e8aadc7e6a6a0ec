using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The step of a part-aware LSTM; see <see cref="PartLstm{T}"/> for equations and parameters.</summary>
/// <remarks>
/// It is an LSTM whose input weights are zero where a unit of one part would see another part's input:
/// <code>
/// rows of the LSTM's gate i, f, g, unit u of part p     ←  part.p's row of that gate; columns of the other parts are zero
/// rows of its gate o                                    ←  weight_io, weight_ho, bias_o
/// </code>
/// So it is packed, run and differentiated as one, and the gradients of the blocks are taken out. The zeros cost arithmetic in the input
/// product, which is the small one, and an infinite or NaN input of one part makes the others NaN: 0·∞ is NaN.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct PartLstmCell<T> : IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int PartGates = 3;

    private readonly LstmPart[] _parts;
    private readonly LstmCell<T> _lstm;
    private readonly ParameterSet<T> _whole;
    private readonly Parameter<T>[] _parameters; // weight_ih, weight_hh, bias of each part; then those of o

    internal PartLstmCell(LstmPart[] parts)
    {
        Require.Positive(parts.Length, nameof(parts));
        long inputs = 0, units = 0;
        foreach (LstmPart part in parts)
        {
            inputs += Require.Positive(part.InputSize, nameof(parts));
            units += Require.Positive(part.HiddenSize, nameof(parts));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Max(inputs, units), Array.MaxLength, nameof(parts));
        int inputSize = (int)inputs, hiddenSize = (int)units;
        _parts = parts;
        _lstm = new LstmCell<T>(new LstmOptions { InputSize = inputSize, HiddenSize = hiddenSize }, 0, "");
        _whole = new ParameterSet<T>(_lstm.Parameters);
        _whole.AllocateGradients(); // nobody else sees them, so no tape can ask for them later
        _parameters =
        [
            .. parts.SelectMany((part, p) => new[]
            {
                new Parameter<T>($"part.{p}.weight_ih", PartGates * part.HiddenSize, part.InputSize),
                new Parameter<T>($"part.{p}.weight_hh", PartGates * part.HiddenSize, hiddenSize),
                new Parameter<T>($"part.{p}.bias", PartGates * part.HiddenSize),
            }),
            new Parameter<T>("weight_io", hiddenSize, inputSize),
            new Parameter<T>("weight_ho", hiddenSize, hiddenSize),
            new Parameter<T>("bias_o", hiddenSize),
        ];
    }

    /// <inheritdoc/>
    public PackedLinear<T> Input => _lstm.Input;

    /// <inheritdoc/>
    public PackedLinear<T>? Recurrent => _lstm.Recurrent;

    /// <inheritdoc/>
    public int OutputSize => _lstm.OutputSize;

    /// <inheritdoc/>
    public int CellStateSize => _lstm.CellStateSize;

    /// <inheritdoc/>
    public int SavedSize => _lstm.SavedSize;

    /// <inheritdoc/>
    public int ScratchSize => _lstm.ScratchSize;

    /// <inheritdoc/>
    public int GradientWorkspaceLength => _lstm.GradientWorkspaceLength;

    /// <inheritdoc/>
    public bool UnitsAreIndependent => _lstm.UnitsAreIndependent;

    internal IEnumerable<Parameter<T>> Parameters => _parameters;

    /// <inheritdoc/>
    public void Pack()
    {
        Exchange(gradients: false);
        _lstm.Pack();
    }

    /// <inheritdoc/>
    public void Round(RoundedWeights format) => _lstm.Round(format);

    /// <inheritdoc/>
    public void DropWeights(double rate, int seed) => _lstm.DropWeights(rate, seed);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default) => _lstm.Forward(step, input);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in CellBackward<T> step) => _lstm.Backward(step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(scoped in CellRows<T> rows, Span<T> workspace)
    {
        _lstm.AccumulateGradients(rows, workspace);
        Exchange(gradients: true);
        _whole.ZeroGradients(); // what the LSTM has added belongs to the parts now
    }

    /// <summary>Copies the parts' values into the LSTM's parameters, or adds the LSTM's gradients to the parts'.</summary>
    private void Exchange(bool gradients)
    {
        Parameter<T> weightIh = _whole["weight_ih"], weightHh = _whole["weight_hh"], bias = _whole["bias_ih"];
        int hiddenSize = OutputSize, inputSize = Input.Depth;
        int firstInput = 0, firstUnit = 0;
        for (int p = 0; p <= _parts.Length; p++)
        {
            bool isOutput = p == _parts.Length; // the output gate is like a part that sees everything, with one gate
            LstmPart part = isOutput ? new LstmPart(inputSize, hiddenSize) : _parts[p];
            int gates = isOutput ? 1 : PartGates;
            if (isOutput)
            {
                (firstInput, firstUnit) = (0, 0);
            }

            for (int row = 0; row < gates * part.HiddenSize; row++)
            {
                int gate = isOutput ? PartGates : row / part.HiddenSize;
                int whole = gate * hiddenSize + firstUnit + row % part.HiddenSize;
                Move(weightIh, whole * inputSize + firstInput, _parameters[3 * p], row * part.InputSize, part.InputSize, gradients);
                Move(weightHh, whole * hiddenSize, _parameters[3 * p + 1], row * hiddenSize, hiddenSize, gradients);
                Move(bias, whole, _parameters[3 * p + 2], row, 1, gradients);
            }

            firstInput += part.InputSize;
            firstUnit += part.HiddenSize;
        }
    }

    private static void Move(Parameter<T> whole, int wholeAt, Parameter<T> part, int partAt, int count, bool gradients)
    {
        if (gradients)
        {
            Span<T> target = part.Gradient.Slice(partAt, count);
            NeuralPrimitives.Add(target, whole.Gradient.Slice(wholeAt, count), target);
        }
        else
        {
            part.Value.Slice(partAt, count).CopyTo(whole.Value[wholeAt..]);
        }
    }
}
