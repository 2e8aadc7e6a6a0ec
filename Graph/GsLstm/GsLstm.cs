using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Graph-Structured LSTM (Zayats and Ostendorf 2018): an LSTM over threads of comments,
/// along their hierarchy and along time at once.</summary>
/// <remarks>
/// <code>
/// [i f g o] = σ(W x + U h_p + V h_π + b)     c̃ = a(W_c x + U_c h_p + V_c h_π + b_c)
/// c = f ⊙ c_p + g ⊙ c_π + i ⊙ c̃              h = o ⊙ tanh(c)
/// </code>
/// Forward, node t sees its elder sibling p and its parent π; backward, with weights of its own, its younger sibling s and its first child
/// k. Whoever is missing contributes the initial state. Parameters <c>weight_x</c> [5H, D], <c>weight_p</c> [5H, H], <c>weight_pi</c> [5H,
/// H], <c>bias</c> [5H], rows i, f, g, o, c; those of the backward direction end in <c>_reverse</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GsLstm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GsLstmPass<T>[] _passes;

    /// <summary>A cell whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Sizes and variant.</param>
    /// <exception cref="ArgumentException">A size is not positive, there is no such direction,
    /// or the candidate's function is neither Identity nor Tanh.</exception>
    public GsLstm(GsLstmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.Positive(options.InputSize);
        Require.Positive(options.HiddenSize);
        Require.Defined(options.Direction, nameof(options.Direction));
        if (options.Candidate is not (Activation.Identity or Activation.Tanh))
        {
            throw new ArgumentException($"The candidate's function is Identity or Tanh, not {options.Candidate}.", nameof(options));
        }

        Options = options;
        _passes = options.Direction switch
        {
            GsLstmDirection.Forward => [new GsLstmPass<T>(options, isReverse: false)],
            GsLstmDirection.Backward => [new GsLstmPass<T>(options, isReverse: true)],
            _ => [new GsLstmPass<T>(options, isReverse: false), new GsLstmPass<T>(options, isReverse: true)],
        };
        Parameters = new ParameterSet<T>();
        foreach (GsLstmPass<T> pass in _passes)
        {
            Parameters.Join("", pass.Parameters);
        }
    }

    /// <summary>Sizes and variant.</summary>
    public GsLstmOptions Options { get; }

    /// <summary>H, or 2H for both directions: the length of a node's output row.</summary>
    public int OutputSize => _passes.Length * Options.HiddenSize;

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters uniformly from ±1/√H, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(Options.HiddenSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        foreach (GsLstmPass<T> pass in _passes)
        {
            pass.Pack();
        }
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many nodes.</summary>
    /// <param name="maxNodes">Nodes of all threads together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative.</exception>
    public GsLstmTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        foreach (GsLstmPass<T> pass in _passes)
        {
            pass.AllocateGradients();
        }

        return new GsLstmTape<T>(this, maxNodes, Options, [.. _passes.Select(pass => pass.WorkspaceLength)], workers);
    }

    /// <summary>States of all nodes, [forward; backward] in each row. Nothing is allocated.</summary>
    /// <param name="schedule">The threads.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="h">[N, <see cref="OutputSize"/>], written; may be memory of what is read.</param>
    /// <param name="c">[N, <see cref="OutputSize"/>], written, likewise; empty if not wanted.</param>
    /// <param name="tape">Memory made by this cell.</param>
    /// <param name="h0">[directions, H], the initial states; empty for zeros.</param>
    /// <param name="c0">[directions, H], likewise.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        GsLstmSchedule schedule, ReadOnlySpan<T> x, Span<T> h, Span<T> c, GsLstmTape<T> tape, ReadOnlySpan<T> h0 = default,
        ReadOnlySpan<T> c0 = default)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        GraphTape.Check(tape, tape?.Owner, this, schedule.NodeCount, tape?.MaxNodes ?? 0);
        int size = Options.HiddenSize;
        Require.Length(x.Length, (long)schedule.NodeCount * Options.InputSize, shape: "N·D");
        Require.Length(h.Length, (long)schedule.NodeCount * OutputSize, shape: "N·H·directions");
        Require.LengthOrEmpty(c.Length, (long)schedule.NodeCount * OutputSize, shape: "N·H·directions");
        Require.LengthOrEmpty(h0.Length, OutputSize, shape: "directions·H");
        Require.LengthOrEmpty(c0.Length, OutputSize, shape: "directions·H");
        tape!.Schedule = schedule;
        for (int d = 0; d < _passes.Length; d++) // both have read before one writes
        {
            _passes[d].Begin(schedule, x, tape.Passes[d], h0.IsEmpty ? default : h0.Slice(d * size, size),
                c0.IsEmpty ? default : c0.Slice(d * size, size));
        }

        for (int d = 0; d < _passes.Length; d++)
        {
            _passes[d].Forward(schedule, h, c, OutputSize, d * size, tape.Passes[d]);
        }
    }

    /// <summary>Takes the last forward run back: writes dx, dh0, dc0 and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, <see cref="OutputSize"/>], the gradient of h.</param>
    /// <param name="dc">[N, <see cref="OutputSize"/>], the gradient of c; empty for none.</param>
    /// <param name="dx">[N, D], written; empty if not wanted. May be memory of what is read, as may the next two.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <param name="dh0">[directions, H], written; empty if not wanted.</param>
    /// <param name="dc0">[directions, H], written; empty if not wanted.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, ReadOnlySpan<T> dc, Span<T> dx, GsLstmTape<T> tape, Span<T> dh0 = default,
        Span<T> dc0 = default)
    {
        GsLstmSchedule schedule = GraphTape.RequireRun(tape, tape?.Schedule);
        GraphTape.Check(tape, tape!.Owner, this, schedule.NodeCount, tape.MaxNodes);
        int size = Options.HiddenSize;
        Require.Length(dh.Length, (long)schedule.NodeCount * OutputSize, shape: "N·H·directions");
        Require.LengthOrEmpty(dc.Length, (long)schedule.NodeCount * OutputSize, shape: "N·H·directions");
        Require.LengthOrEmpty(dx.Length, (long)schedule.NodeCount * Options.InputSize, shape: "N·D");
        Require.LengthOrEmpty(dh0.Length, OutputSize, shape: "directions·H");
        Require.LengthOrEmpty(dc0.Length, OutputSize, shape: "directions·H");
        tape.Schedule = null;
        for (int d = 0; d < _passes.Length; d++) // both have read before one writes
        {
            _passes[d].BeginBackward(schedule, dh, dc, OutputSize, d * size, tape.Passes[d]);
        }

        dx.Clear();
        for (int d = 0; d < _passes.Length; d++)
        {
            _passes[d].Backward(
                schedule, dx, tape.Passes[d], dh0.IsEmpty ? default : dh0.Slice(d * size, size),
                dc0.IsEmpty ? default : dc0.Slice(d * size, size));
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"Graph-Structured LSTM {Options.InputSize} → {Options.HiddenSize}, {Options.Direction}: {Parameters}";
}
