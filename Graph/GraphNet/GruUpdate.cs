using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>h_v ← GRU(m_v, h_v), all nodes as the batch of one step; the rounds are the steps.</summary>
internal sealed class GruUpdate<T> : IGraphUpdate<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private GruCell<T> _cell;
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
        AlignedMemory<T> state = tape.StatesOf(round, 1);
        CellJob<GruCell<T>, T> step = new()
        {
            Cell = ref _cell,
            Input = tape.MessageOf(round),
            InputStride = tape.MessageStride,
            Step = new CellForward<T>
            {
                Rows = tape.Nodes,
                Gates = tape.Update.Gates.AsMemory(0, tape.Nodes * 3 * tape.StateStride),
                PreviousHidden = state,
                RecurrentInput = state,
                PreviousCellState = default,
                Hidden = tape.StatesOf(round + 1, 1),
                CellState = default,
                Saved = SavedOf(tape, round, 1),
            },
        };
        step.Run(tape.Workers);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetTape<T> tape, int round)
    {
        long work = (long)tape.StateStride * (tape.StateStride + tape.MessageStride) * 3;
        LevelJob<BackwardRows>.Run(new BackwardRows(this, tape, round), 0, tape.Nodes, work, tape.Workers);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void EndBackward(GraphNetTape<T> tape)
    {
        int rows = _rounds * tape.Nodes;
        Span<T> saved = SavedOf(tape, 0, _rounds).Span;
        _cell.Input.AccumulateWeightGradient(saved, _cell.SavedSize, tape.MessagesOf(0, _rounds), tape.MessageStride, rows, tape.Workspace,
            tape.Workers);
        _cell.AccumulateGradients(
            new CellRows<T>
            {
                Rows = rows,
                RecurrentInput = tape.StatesOf(0, _rounds).Span,
                PreviousCellState = default,
                Saved = saved,
                Workers = tape.Workers
            }, tape.Workspace);
    }

    private AlignedMemory<T> SavedOf(GraphNetTape<T> tape, int round, int rounds)
    {
        int length = tape.Nodes * _cell.SavedSize;
        return tape.Update.Saved.AsMemory(round * length, rounds * length);
    }

    /// <summary>Some nodes' way back from ∂h of the next round to ∂h and ∂m of this one.</summary>
    private readonly struct BackwardRows(GruUpdate<T> update, GraphNetTape<T> tape, int round) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            ref GruCell<T> cell = ref update._cell;
            int stride = tape.StateStride, messageStride = tape.MessageStride, savedSize = cell.SavedSize;
            Span<T> gradient = tape.StateGradient.Slice(first * stride, rows * stride),
                state = tape.StateOf(round).Slice(first * stride, rows * stride);
            Span<T> recurrent = tape.Update.RecurrentGradient.Span.Slice(first * stride, rows * stride);
            Span<T> saved = update.SavedOf(tape, round, 1).Span.Slice(first * savedSize, rows * savedSize);
            cell.Backward(new CellBackward<T>
            {
                Rows = rows,
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
            cell.Input.Backward(saved, savedSize, rows, tape.MessageGradient[(first * messageStride)..], messageStride,
                accumulate: false, workers);
        }
    }
}
