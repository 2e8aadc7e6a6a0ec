using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Recursive network (Pollack 1990; Socher et al. 2011): one composition,
/// shared by all inner nodes of a binary tree or acyclic graph.</summary>
/// <remarks>
/// <code>
/// leaf:  h_i = x_i          inner node:  h_i = f(W [h_left; h_right] + b)
/// </code>
/// Parameters <c>weight</c> [H, 2H], <c>bias</c> [H]. A node can have several parents, and both children can be the same node. On a chain
/// that always meets a fresh leaf it is the simple recurrent network.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class Recursive<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _bias;
    private readonly PackedLinear<T> _composition;

    /// <summary>A cell whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="hiddenSize">H ≥ 1, also the size of the leaves' inputs.</param>
    /// <param name="activation">f.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="hiddenSize"/> is not positive,
    /// or there is no such activation.</exception>
    public Recursive(int hiddenSize, Activation activation = Activation.Tanh)
    {
        Require.Positive(hiddenSize);
        Require.Defined(activation);
        HiddenSize = hiddenSize;
        Activation = activation;
        Parameter<T> weight = new("weight", hiddenSize, 2 * hiddenSize);
        _bias = new Parameter<T>("bias", hiddenSize);
        _composition = new PackedLinear<T>(weight, new GateLayout(1, hiddenSize), bias: true);
        Parameters = new ParameterSet<T>(weight, _bias);
    }

    /// <summary>H.</summary>
    public int HiddenSize { get; }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters uniformly from ±1/√(2H), and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(2 * HiddenSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _composition.Pack();
        _composition.AddBias(_bias.Value);
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many nodes.</summary>
    /// <param name="maxNodes">Nodes of all trees together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative.</exception>
    public RecursiveTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new RecursiveTape<T>(this, maxNodes, _composition.GradientWorkspaceLength, workers);
    }

    /// <summary>States of all nodes. Nothing is allocated.</summary>
    /// <param name="schedule">The trees: two places a node, left and right child; leaves have neither.</param>
    /// <param name="x">[N, H]; rows of inner nodes are not read.</param>
    /// <param name="h">[N, H], written.</param>
    /// <param name="tape">Memory made by this cell.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a node has one child; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(NarySchedule schedule, ReadOnlySpan<T> x, Span<T> h, RecursiveTape<T> tape)
    {
        int leaves = Check(schedule, tape), size = HiddenSize, padded = GateLayout.Pad(size);
        Require.Length(x.Length, (long)schedule.NodeCount * size, shape: "N·H");
        Require.Length(h.Length, (long)schedule.NodeCount * size, shape: "N·H");
        tape.Schedule = schedule;
        Span<T> states = tape.H.Span;
        NeuralPrimitives.GatherRows(x, size, schedule.Order[..leaves], size, states[padded..], padded);
        for (int level = 1; level < schedule.LevelCount; level++)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<ForwardLevel>.Run(new ForwardLevel(this, schedule, tape), first, rows, 2L * size * size, tape.Workers);
        }

        NeuralPrimitives.ScatterRows<T>(states[padded..], padded, schedule.Order, size, h, size);
    }

    // ∂[h_left; h_right] = Wᵀ (∂h f′): a node pulls its share from every place that it stands at.
    /// <summary>Takes the last forward run back: writes dx and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, H], the gradient of h.</param>
    /// <param name="dx">[N, H], written, zeros for inner nodes; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, Span<T> dx, RecursiveTape<T> tape)
    {
        NarySchedule schedule = GraphTape.RequireRun(tape, tape?.Schedule);
        int leaves = Check(schedule, tape!), nodes = schedule.NodeCount, size = HiddenSize, padded = GateLayout.Pad(size);
        Require.Length(dh.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dx.Length, (long)nodes * size, shape: "N·H");
        tape!.Schedule = null;
        Span<T> slopes = tape.HGradient.Span, workspace = tape.Workspace.Span;
        GraphTape.GatherUpstream(dh, schedule.Order, size, slopes);
        for (int level = schedule.LevelCount - 1; level >= 0; level--)
        {
            int first = schedule.LevelOffsets[level], rows = schedule.LevelOffsets[level + 1] - first;
            LevelJob<BackwardLevel>.Run(new BackwardLevel(this, schedule, tape, level > 0), first, rows, 2L * size * size, tape.Workers);
        }

        Span<T> inner = slopes[(leaves * padded)..];
        _composition.AccumulateWeightGradient(inner, padded, tape.Children.Span[(leaves * 2 * size)..], 2 * size, nodes - leaves, workspace,
            tape.Workers);
        _composition.AccumulateBiasGradient(inner, padded, nodes - leaves, _bias.Gradient, default, workspace, tape.Workers);
        if (!dx.IsEmpty)
        {
            dx.Clear();
            NeuralPrimitives.ScatterRows<T>(slopes, padded, schedule.Order[..leaves], size, dx, size);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"recursive network {HiddenSize}, {Activation}: {Parameters}";

    /// <summary>Returns the number of leaves.</summary>
    private int Check(NarySchedule schedule, RecursiveTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        GraphTape.Check(tape, tape?.Owner, this, schedule.NodeCount, tape?.MaxNodes ?? 0);
        int leaves = schedule.LevelCount > 0 ? schedule.LevelOffsets[1] : 0;
        if (schedule.Arity != 2)
        {
            throw new ArgumentException($"A node of a recursive network has 2 children, not {schedule.Arity}.", nameof(schedule));
        }

        int missing = schedule.Rows[(2 * leaves)..].IndexOf(0);
        return missing < 0
            ? leaves
            : throw new ArgumentException($"Node {schedule.Order[leaves + missing / 2]} has one child; a node has two or none.",
                nameof(schedule));
    }
}
