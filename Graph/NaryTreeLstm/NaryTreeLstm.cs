using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>N-ary Tree-LSTM (Tai, Socher and Manning 2015): an LSTM whose nodes have children at fixed places,
/// each with weights of its own.</summary>
/// <remarks>
/// <code>
/// i_j = σ(W_i x_j + Σ_l U_i,l h_jl + b_i)     o_j = σ(W_o x_j + Σ_l U_o,l h_jl + b_o)     u_j = tanh(W_u x_j + Σ_l U_u,l h_jl + b_u)
/// f_jk = σ(W_f x_j + Σ_l U_f,kl h_jl + b_f)   one a place k
/// c_j = i_j ⊙ u_j + Σ_k f_jk ⊙ c_jk           h_j = o_j ⊙ tanh(c_j)
/// </code>
/// Parameters <c>weight_iou</c> [3H, D], <c>u_iou</c> [N, 3H, H], <c>bias_iou</c> [3H] (rows i, o, u), <c>weight_f</c> [H, D], <c>u_f</c>
/// [N, N, H, H] (entry k, l: gate of child k seeing child l), <c>bias_f</c> [H]. A missing child counts as zeros. All gates of a level are
/// one product with the children's states side by side.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class NaryTreeLstm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _biasIou;
    private readonly Parameter<T> _biasF;
    private readonly JoinedWeight<T> _joined;
    private readonly PackedLinear<T> _inputIou;
    private readonly PackedLinear<T> _inputF;
    private readonly PackedLinear<T> _state;

    /// <summary>A cell whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="inputSize">D ≥ 1.</param>
    /// <param name="hiddenSize">H ≥ 1.</param>
    /// <param name="arity">N, children a node; 2 for constituency trees.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or <paramref name="arity"/> is not positive.</exception>
    public NaryTreeLstm(int inputSize, int hiddenSize, int arity = 2)
    {
        Require.Positive(inputSize);
        Require.Positive(hiddenSize);
        Require.Positive(arity);
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        Arity = arity;
        int size = hiddenSize;
        Parameter<T> weightIou = new("weight_iou", 3 * size, inputSize), stateIou = new("u_iou", arity, 3 * size, size);
        Parameter<T> weightF = new("weight_f", size, inputSize), stateF = new("u_f", arity, arity, size, size);
        _biasIou = new Parameter<T>("bias_iou", 3 * size);
        _biasF = new Parameter<T>("bias_f", size);
        Parameters = new ParameterSet<T>(weightIou, stateIou, _biasIou, weightF, stateF, _biasF);
        _joined = new JoinedWeight<T>((3 + arity) * size, arity * size);
        for (int l = 0; l < arity; l++)
        {
            _joined.Add(stateIou, l * 3 * size * size, 3 * size, size, 0, l * size);
            for (int k = 0; k < arity; k++)
            {
                _joined.Add(stateF, (k * arity + l) * size * size, size, size, (3 + k) * size, l * size);
            }
        }

        _inputIou = new PackedLinear<T>(weightIou, new GateLayout(3, size), bias: true);
        _inputF = new PackedLinear<T>(weightF, new GateLayout(1, size), bias: true);
        _state = new PackedLinear<T>(_joined.Weight, new GateLayout(3 + arity, size), bias: false);
    }

    /// <summary>D.</summary>
    public int InputSize { get; }

    /// <summary>H.</summary>
    public int HiddenSize { get; }

    /// <summary>N, children a node.</summary>
    public int Arity { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters uniformly from ±1/√H, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(HiddenSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _inputIou.Pack();
        _inputIou.AddBias(_biasIou.Value);
        _inputF.Pack();
        _inputF.AddBias(_biasF.Value);
        _joined.Gather();
        _state.Pack();
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many nodes.</summary>
    /// <param name="maxNodes">Nodes of all trees together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative.</exception>
    public NaryTreeLstmTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        _joined.AllocateGradient();
        int workspace = GraphTape.Longest(
            _inputIou.GradientWorkspaceLength, _inputF.GradientWorkspaceLength, _state.GradientWorkspaceLength);
        return new NaryTreeLstmTape<T>(this, maxNodes, workspace, workers);
    }

    /// <summary>States of all nodes. Nothing is allocated.</summary>
    /// <param name="schedule">The trees.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="h">[N, H], written.</param>
    /// <param name="c">[N, H], written; empty if not wanted.</param>
    /// <param name="tape">Memory made by this cell.</param>
    /// <param name="leavesOnly">
    /// Inner nodes have no input, as in constituency trees with words at the leaves: their rows of x are not read,
    /// and nothing is computed for them.
    /// </param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(NarySchedule schedule, ReadOnlySpan<T> x, Span<T> h, Span<T> c, NaryTreeLstmTape<T> tape, bool leavesOnly = false)
    {
        Check(schedule, tape);
        int nodes = schedule.NodeCount, size = HiddenSize, padded = GateLayout.Pad(size);
        Require.Length(x.Length, (long)nodes * InputSize, shape: "N·D");
        Require.Length(h.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(c.Length, (long)nodes * size, shape: "N·H");
        tape.Schedule = schedule;
        tape.InputRows = leavesOnly && nodes > 0 ? schedule.LevelOffsets[1] : nodes;
        Span<T> sorted = tape.X.Span[..(tape.InputRows * InputSize)], states = tape.H.Span;
        NeuralPrimitives.GatherRows(x, InputSize, schedule.Order[..tape.InputRows], InputSize, sorted, InputSize);
        _inputIou.Forward(sorted, InputSize, tape.InputRows, tape.Iou.Span, 3 * padded, tape.Workers);
        _inputF.Forward(sorted, InputSize, tape.InputRows, tape.InputF.Span, padded, tape.Workers);
        _inputIou.FillBias(nodes - tape.InputRows, tape.Iou.Span[(tape.InputRows * 3 * padded)..], 3 * padded);
        _inputF.FillBias(nodes - tape.InputRows, tape.InputF.Span[(tape.InputRows * padded)..], padded);
        for (int level = 0; level < schedule.LevelCount; level++)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<ForwardLevel>.Run(new ForwardLevel(this, schedule, tape, level > 0), first, rows, WorkOfRow(level), tape.Workers);
        }

        NeuralPrimitives.ScatterRows<T>(states[padded..], padded, schedule.Order, size, h, size);
        if (!c.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(tape.C.Span[padded..], padded, schedule.Order, size, c, size);
        }
    }

    /// <summary>Takes the last forward run back: writes dx and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, H], the gradient of h.</param>
    /// <param name="dc">[N, H], the gradient of c; empty for none.</param>
    /// <param name="dx">[N, D], written, zeros for nodes without input; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, ReadOnlySpan<T> dc, Span<T> dx, NaryTreeLstmTape<T> tape)
    {
        NarySchedule schedule = GraphTape.RequireRun(tape, tape?.Schedule);
        Check(schedule, tape!);
        int nodes = schedule.NodeCount, size = HiddenSize, padded = GateLayout.Pad(size), gates = (3 + Arity) * padded,
            slots = Arity * size;
        Require.Length(dh.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dc.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dx.Length, (long)nodes * InputSize, shape: "N·D");
        tape!.Schedule = null;
        Span<T> workspace = tape.Workspace.Span;
        GraphTape.GatherUpstream(dh, schedule.Order, size, tape.HGradient.Span);
        GraphTape.GatherUpstream(dc, schedule.Order, size, tape.CGradient.Span);
        for (int level = schedule.LevelCount - 1; level >= 0; level--)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<BackwardLevel>.Run(new BackwardLevel(this, schedule, tape, level > 0), first, rows, WorkOfRow(level), tape.Workers);
        }

        int leaves = nodes > 0 ? schedule.LevelOffsets[1] : 0, inputs = tape.InputRows;
        Span<T> iou = tape.Iou.Span, f = tape.InputF.Span, sorted = tape.X.Span;
        _state.AccumulateWeightGradient(tape.Gates.Span[(leaves * gates)..], gates, tape.Children.Span[(leaves * slots)..], slots,
            nodes - leaves, workspace, tape.Workers);
        _joined.ScatterGradients();
        _inputIou.AccumulateWeightGradient(iou, 3 * padded, sorted, InputSize, inputs, workspace, tape.Workers);
        _inputIou.AccumulateBiasGradient(iou, 3 * padded, nodes, _biasIou.Gradient, default, workspace, tape.Workers);
        _inputF.AccumulateWeightGradient(f, padded, sorted, InputSize, inputs, workspace, tape.Workers);
        _inputF.AccumulateBiasGradient(f, padded, nodes, _biasF.Gradient, default, workspace, tape.Workers);
        if (!dx.IsEmpty)
        {
            _inputIou.Backward(iou, 3 * padded, inputs, sorted, InputSize, accumulate: false, tape.Workers);
            _inputF.Backward(f, padded, inputs, sorted, InputSize, accumulate: true, tape.Workers);
            dx.Clear();
            NeuralPrimitives.ScatterRows<T>(sorted, InputSize, schedule.Order[..inputs], InputSize, dx, InputSize);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Arity}-ary Tree-LSTM {InputSize} → {HiddenSize}: {Parameters}";

    /// <summary>The multiply-adds of a node; leaves have activations alone, which cost some dozens each.</summary>
    private long WorkOfRow(int level) => (long)HiddenSize * (level > 0 ? (3 + Arity) * Arity * HiddenSize : 64);

    private void Check(NarySchedule schedule, NaryTreeLstmTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        GraphTape.Check(tape, tape?.Owner, this, schedule.NodeCount, tape?.MaxNodes ?? 0);
        if (schedule.Arity != Arity)
        {
            throw new ArgumentException($"The schedule is for {schedule.Arity} children a node, the cell for {Arity}.", nameof(schedule));
        }
    }
}
