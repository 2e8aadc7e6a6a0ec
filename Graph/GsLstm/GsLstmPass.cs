using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>One direction of a <see cref="GsLstm{T}"/>:
/// the sibling's and the parent's states side by side make one product a level.</summary>
internal sealed partial class GsLstmPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Gates = 5;

    private readonly int _inputSize;
    private readonly int _size;
    private readonly bool _isReverse;
    private readonly bool _squashes;
    private readonly Parameter<T> _bias;
    private readonly JoinedWeight<T> _joined;
    private readonly PackedLinear<T> _input;
    private readonly PackedLinear<T> _state;

    public GsLstmPass(GsLstmOptions options, bool isReverse)
    {
        (_inputSize, _size, _isReverse, _squashes) = (options.InputSize, options.HiddenSize, isReverse,
            options.Candidate == Activation.Tanh);
        string suffix = isReverse ? "_reverse" : "";
        Parameter<T> weightX = new("weight_x" + suffix, Gates * _size, _inputSize);
        Parameter<T> sibling = new("weight_p" + suffix, Gates * _size, _size), parent = new("weight_pi" + suffix, Gates * _size, _size);
        _bias = new Parameter<T>("bias" + suffix, Gates * _size);
        Parameters = new ParameterSet<T>(weightX, sibling, parent, _bias);
        _joined = new JoinedWeight<T>(Gates * _size, 2 * _size)
            .Add(sibling, 0, Gates * _size, _size, 0, 0).Add(parent, 0, Gates * _size, _size, 0, _size);
        GateLayout layout = new(Gates, _size);
        _input = new PackedLinear<T>(weightX, layout, bias: true);
        _state = new PackedLinear<T>(_joined.Weight, layout, bias: false);
    }

    public ParameterSet<T> Parameters { get; }

    public int WorkspaceLength => Math.Max(_input.GradientWorkspaceLength, _state.GradientWorkspaceLength);

    public void Pack()
    {
        _input.Pack();
        _input.AddBias(_bias.Value);
        _joined.Gather();
        _state.Pack();
    }

    public void AllocateGradients()
    {
        Parameters.AllocateGradients();
        _joined.AllocateGradient();
    }

    /// <summary>Reads all that a caller hands to a forward run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Begin(GsLstmSchedule both, ReadOnlySpan<T> x, GsLstmPassTape<T> tape, ReadOnlySpan<T> h0, ReadOnlySpan<T> c0)
    {
        int padded = GateLayout.Pad(_size);
        Span<T> states = tape.H.Span, cells = tape.C.Span;
        NeuralPrimitives.GatherRows(x, _inputSize, ScheduleOf(both).Order, _inputSize, tape.X.Span[..x.Length], _inputSize);
        states[..padded].Clear();
        cells[..padded].Clear();
        h0.CopyTo(states);
        c0.CopyTo(cells);
    }

    /// <summary>Writes columns <paramref name="column"/> … of the rows of h and c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GsLstmSchedule both, Span<T> h, Span<T> c, int stride, int column, GsLstmPassTape<T> tape)
    {
        NarySchedule schedule = ScheduleOf(both);
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(_size), width = Gates * padded;
        Span<T> states = tape.H.Span, cells = tape.C.Span;
        _input.Forward(tape.X.Span[..(nodes * _inputSize)], _inputSize, nodes, tape.Gates.Span, width, tape.Workers);
        for (int level = 0; level < schedule.LevelCount; level++)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<ForwardLevel>.Run(new ForwardLevel(this, schedule, tape, first), first, rows, 2L * width * _size, tape.Workers);
        }

        if (nodes == 0)
        {
            return;
        }

        NeuralPrimitives.ScatterRows<T>(states[padded..], padded, schedule.Order, _size, h[column..], stride);
        if (!c.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(cells[padded..], padded, schedule.Order, _size, c[column..], stride);
        }
    }

    /// <summary>Reads columns <paramref name="column"/> … of the rows of dh and dc.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BeginBackward(
        GsLstmSchedule both, ReadOnlySpan<T> dh, ReadOnlySpan<T> dc, int stride, int column, GsLstmPassTape<T> tape)
    {
        int padded = GateLayout.Pad(_size);
        Span<T> slopeH = tape.HGradient.Span, slopeC = tape.CGradient.Span;
        GraphTape.GatherUpstream(dh, ScheduleOf(both).Order, _size, slopeH[padded..], stride, column);
        GraphTape.GatherUpstream(dc, ScheduleOf(both).Order, _size, slopeC[padded..], stride, column);
        slopeH[..padded].Clear();
        slopeC[..padded].Clear();
    }

    // A node pulls ∂h and ∂c from every place that it stands at, the initial state from every empty one.
    /// <summary>Adds to dx, and writes dh0 and dc0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GsLstmSchedule both, Span<T> dx, GsLstmPassTape<T> tape, Span<T> dh0, Span<T> dc0)
    {
        NarySchedule schedule = ScheduleOf(both);
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(_size), width = Gates * padded;
        Span<T> slopeH = tape.HGradient.Span, slopeC = tape.CGradient.Span, workspace = tape.Workspace.Span;
        for (int level = schedule.LevelCount - 1; level >= 0; level--)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<BackwardLevel>.Run(new BackwardLevel(this, schedule, tape), first, rows, 2L * width * _size, tape.Workers);
        }

        Pull(schedule, tape, 0, 1, workers: null);
        slopeH[..dh0.Length].CopyTo(dh0);
        slopeC[..dc0.Length].CopyTo(dc0);
        Span<T> gates = tape.Gates.Span, sorted = tape.X.Span;
        _state.AccumulateWeightGradient(gates, width, tape.Seen.Span, 2 * _size, nodes, workspace, tape.Workers);
        _joined.ScatterGradients();
        _input.AccumulateWeightGradient(gates, width, sorted, _inputSize, nodes, workspace, tape.Workers);
        _input.AccumulateBiasGradient(gates, width, nodes, _bias.Gradient, default, workspace, tape.Workers);
        if (!dx.IsEmpty)
        {
            NeuralPrimitives.GatherRows<T>(dx, _inputSize, schedule.Order, _inputSize, sorted, _inputSize);
            _input.Backward(gates, width, nodes, sorted, _inputSize, accumulate: true, tape.Workers);
            NeuralPrimitives.ScatterRows<T>(sorted, _inputSize, schedule.Order, _inputSize, dx, _inputSize);
        }
    }

    private NarySchedule ScheduleOf(GsLstmSchedule both) => _isReverse ? both.Backward : both.Forward;
}
