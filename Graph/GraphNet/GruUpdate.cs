using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>h_v ← GRU(m_v, h_v), all nodes as the batch of one step; the rounds are the steps.</summary>
internal sealed class GruUpdate<T> : IGraphUpdate<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GruCell<T> _cell;
    private readonly int _rounds;

    public GruUpdate(GraphNetOptions options)
    {
        _cell = new GruCell<T>(new GruOptions { InputSize = options.MessageSize, HiddenSize = options.HiddenSize }, layer: 0, suffix: "");
        _rounds = options.Rounds;
        Parameters = new ParameterSet<T>(_cell.Parameters);
    }

    /// <inheritdoc/>
    public ParameterSet<T> Parameters { get; }

    /// <inheritdoc/>
    public int WorkspaceLength => _cell.GradientWorkspaceLength;

    /// <inheritdoc/>
    public void Pack() => _cell.Pack();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetTape<T> tape, int round)
    {
        Span<T> gates = tape.Update.Gates.Span, state = tape.StateOf(round);
        _cell.Input.Forward(tape.MessageOf(round), tape.MessageStride, tape.Nodes, gates, 3 * tape.StateStride);
        _cell.Forward(new CellForward<T>
        {
            Rows = tape.Nodes,
            Gates = gates,
            PreviousHidden = state,
            RecurrentInput = state,
            PreviousCellState = default,
            Hidden = tape.StateOf(round + 1),
            CellState = default,
            Saved = SavedOf(tape, round, 1),
        });
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetTape<T> tape, int round)
    {
        Span<T> gradient = tape.StateGradient, recurrent = tape.Update.RecurrentGradient.Span[..gradient.Length], state = tape.StateOf(round);
        Span<T> saved = SavedOf(tape, round, 1);
        _cell.Backward(new CellBackward<T>
        {
            Rows = tape.Nodes,
            PreviousHidden = state,
            PreviousCellState = default,
            RecurrentInput = state,
            HiddenGradient = gradient,
            RecurrentGradient = recurrent,
            CellStateGradient = default,
            Saved = saved,
            Scratch = default,
        });
        NeuralPrimitives.Add(gradient, recurrent, gradient);
        _cell.Input.Backward(saved, _cell.SavedSize, tape.Nodes, tape.MessageGradient, tape.MessageStride, accumulate: false);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void EndBackward(GraphNetTape<T> tape)
    {
        int rows = _rounds * tape.Nodes;
        Span<T> saved = SavedOf(tape, 0, _rounds);
        _cell.Input.AccumulateWeightGradient(saved, _cell.SavedSize, tape.MessagesOf(0, _rounds), tape.MessageStride, rows, tape.Workspace);
        _cell.AccumulateGradients(
            new CellRows<T> { Rows = rows, RecurrentInput = tape.StatesOf(0, _rounds), PreviousCellState = default, Saved = saved }, tape.Workspace);
    }

    private Span<T> SavedOf(GraphNetTape<T> tape, int round, int rounds)
    {
        int length = tape.Nodes * _cell.SavedSize;
        return tape.Update.Saved.Span.Slice(round * length, rounds * length);
    }
}
