using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Child-Sum Tree-LSTM (Tai, Socher and Manning 2015): an LSTM whose nodes have any number of children in no order.</summary>
/// <remarks>
/// <code>
/// h̃_j = Σ_k h_k                                  over the children k of node j
/// i_j = σ(W_i x_j + U_i h̃_j + b_i)     o_j = σ(W_o x_j + U_o h̃_j + b_o)     u_j = tanh(W_u x_j + U_u h̃_j + b_u)
/// f_jk = σ(W_f x_j + U_f h_k + b_f)               one a child
/// c_j = i_j ⊙ u_j + Σ_k f_jk ⊙ c_k                h_j = o_j ⊙ tanh(c_j)
/// </code>
/// Parameters <c>weight_iou</c> [3H, D], <c>u_iou</c> [3H, H], <c>bias_iou</c> [3H] (rows i, o, u), <c>weight_f</c> [H, D], <c>u_f</c> [H,
/// H], <c>bias_f</c> [H]. A node may have several parents. A level of the schedule is one matrix product over all its nodes,
/// in all trees of a batch.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class TreeLstm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _biasIou;
    private readonly Parameter<T> _biasF;
    private readonly PackedLinear<T> _inputIou;
    private readonly PackedLinear<T> _inputF;
    private readonly PackedLinear<T> _stateIou;
    private readonly PackedLinear<T> _stateF;

    /// <summary>A cell whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="inputSize">D ≥ 1.</param>
    /// <param name="hiddenSize">H ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public TreeLstm(int inputSize, int hiddenSize)
    {
        Require.Positive(inputSize);
        Require.Positive(hiddenSize);
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        Parameter<T> weightIou = new("weight_iou", 3 * hiddenSize, inputSize), stateIou = new("u_iou", 3 * hiddenSize, hiddenSize);
        Parameter<T> weightF = new("weight_f", hiddenSize, inputSize), stateF = new("u_f", hiddenSize, hiddenSize);
        _biasIou = new Parameter<T>("bias_iou", 3 * hiddenSize);
        _biasF = new Parameter<T>("bias_f", hiddenSize);
        Parameters = new ParameterSet<T>(weightIou, stateIou, _biasIou, weightF, stateF, _biasF);
        GateLayout iou = new(3, hiddenSize), f = new(1, hiddenSize);
        _inputIou = new PackedLinear<T>(weightIou, iou, bias: true);
        _inputF = new PackedLinear<T>(weightF, f, bias: true);
        _stateIou = new PackedLinear<T>(stateIou, iou, bias: false);
        _stateF = new PackedLinear<T>(stateF, f, bias: false);
    }

    /// <summary>D.</summary>
    public int InputSize { get; }

    /// <summary>H.</summary>
    public int HiddenSize { get; }

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
        _stateIou.Pack();
        _stateF.Pack();
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many nodes and edges.</summary>
    /// <param name="maxNodes">Nodes of all trees together.</param>
    /// <param name="maxEdges">Edges of all trees together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public TreeLstmTape<T> CreateTape(int maxNodes, int maxEdges, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        int workspace = GraphTape.Longest(
            _inputIou.GradientWorkspaceLength, _inputF.GradientWorkspaceLength,
            _stateIou.GradientWorkspaceLength, _stateF.GradientWorkspaceLength);
        return new TreeLstmTape<T>(this, maxNodes, maxEdges, workspace, workers);
    }

    /// <summary>States of all nodes. Nothing is allocated.</summary>
    /// <param name="schedule">The trees.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="h">[N, H], written.</param>
    /// <param name="c">[N, H], written; empty if not wanted.</param>
    /// <param name="tape">Memory made by this cell.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(LevelSchedule schedule, ReadOnlySpan<T> x, Span<T> h, Span<T> c, TreeLstmTape<T> tape)
    {
        Check(schedule, tape);
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(HiddenSize);
        Require.Length(x.Length, (long)nodes * InputSize, shape: "N·D");
        Require.Length(h.Length, (long)nodes * HiddenSize, shape: "N·H");
        Require.LengthOrEmpty(c.Length, (long)nodes * HiddenSize, shape: "N·H");
        tape.Schedule = schedule;
        Span<T> sorted = tape.X.Span[..x.Length];
        NeuralPrimitives.GatherRows(x, InputSize, schedule.Order, InputSize, sorted, InputSize);
        _inputIou.Forward(sorted, InputSize, nodes, tape.Iou.Span, 3 * padded, tape.Workers);
        _inputF.Forward(sorted, InputSize, nodes, tape.InputF.Span, padded, tape.Workers);
        for (int level = 0; level < schedule.LevelCount; level++)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<ForwardLevel>.Run(new ForwardLevel(this, schedule, tape, level > 0), first, rows, 4L * padded * padded, tape.Workers);
        }

        NeuralPrimitives.ScatterRows<T>(tape.H.Span, padded, schedule.Order, HiddenSize, h, HiddenSize);
        if (!c.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(tape.C.Span, padded, schedule.Order, HiddenSize, c, HiddenSize);
        }
    }

    // A level's gradients come from the levels above it, so every node pulls its own: with primes for gradients of pre-activations,
    //   ∂h_k = upstream + Σ_j ∂h̃_j + U_fᵀ Σ_j ∂f'_jk      ∂c_k = upstream + Σ_j f_jk ⊙ ∂c_j      over the parents j
    /// <summary>Takes the last forward run back: writes dx and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, H], the gradient of h.</param>
    /// <param name="dc">[N, H], the gradient of c; empty for none.</param>
    /// <param name="dx">[N, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, ReadOnlySpan<T> dc, Span<T> dx, TreeLstmTape<T> tape)
    {
        LevelSchedule schedule = GraphTape.RequireRun(tape, tape?.Schedule);
        Check(schedule, tape!);
        int nodes = schedule.NodeCount, padded = GateLayout.Pad(HiddenSize);
        Require.Length(dh.Length, (long)nodes * HiddenSize, shape: "N·H");
        Require.LengthOrEmpty(dc.Length, (long)nodes * HiddenSize, shape: "N·H");
        Require.LengthOrEmpty(dx.Length, (long)nodes * InputSize, shape: "N·D");
        tape!.Schedule = null;
        Span<T> workspace = tape.Workspace.Span;
        GraphTape.GatherUpstream(dh, schedule.Order, HiddenSize, tape.HGradient.Span);
        GraphTape.GatherUpstream(dc, schedule.Order, HiddenSize, tape.CGradient.Span);
        for (int level = schedule.LevelCount - 1; level >= 0; level--)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<BackwardLevel>.Run(new BackwardLevel(this, schedule, tape, level > 0), first, rows, 4L * padded * padded,
                tape.Workers);
        }

        int inner = schedule.LevelCount > 0 ? schedule.LevelOffsets[1] : 0;
        Span<T> iou = tape.Iou.Span, f = tape.InputF.Span, sorted = tape.X.Span;
        _stateIou.AccumulateWeightGradient(iou[(inner * 3 * padded)..], 3 * padded, tape.ChildSum.Span[(inner * padded)..], padded,
            nodes - inner, workspace, tape.Workers);
        _stateF.AccumulateWeightGradient(tape.StateF.Span, padded, tape.H.Span, padded, nodes, workspace, tape.Workers);
        _inputIou.AccumulateWeightGradient(iou, 3 * padded, sorted, InputSize, nodes, workspace, tape.Workers);
        _inputIou.AccumulateBiasGradient(iou, 3 * padded, nodes, _biasIou.Gradient, default, workspace, tape.Workers);
        _inputF.AccumulateWeightGradient(f, padded, sorted, InputSize, nodes, workspace, tape.Workers);
        _inputF.AccumulateBiasGradient(f, padded, nodes, _biasF.Gradient, default, workspace, tape.Workers);
        if (!dx.IsEmpty)
        {
            _inputIou.Backward(iou, 3 * padded, nodes, sorted, InputSize, accumulate: false, tape.Workers);
            _inputF.Backward(f, padded, nodes, sorted, InputSize, accumulate: true, tape.Workers);
            NeuralPrimitives.ScatterRows<T>(sorted, InputSize, schedule.Order, InputSize, dx, InputSize);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"Child-Sum Tree-LSTM {InputSize} → {HiddenSize}: {Parameters}";

    private void Check(LevelSchedule schedule, TreeLstmTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        GraphTape.Check(tape, tape?.Owner, this, schedule.NodeCount, tape?.MaxNodes ?? 0, schedule.EdgeCount, tape?.MaxEdges ?? 0);
    }
}
