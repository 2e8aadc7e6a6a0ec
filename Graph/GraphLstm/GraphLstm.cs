using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Graph LSTM (Liang et al. 2016): nodes of an undirected graph, such as superpixels,
/// update their states in a given order.</summary>
/// <remarks>
/// <code>
/// h*_j, m*_j = the new state of a neighbour j that came before, else the old one      h̄_i = Σ_j h*_j / |N(i)|
/// g^u = σ(W_u f_i + U_u h_i + U_un h̄_i + b_u)     g^f = σ(W_f f_i + U_f h_i + b_f)     ḡ^f_ij = σ(W_f f_i + U_fn h_j + b_f), h_j old
/// g^o = σ(W_o f_i + U_o h_i [+ U_on h̄_i] + b_o)   g^c = tanh(W_c f_i + U_c h_i + U_cn h̄_i + b_c)
/// m_i' = Σ_j ḡ^f_ij ⊙ m*_j / |N(i)| + g^f ⊙ m_i + g^u ⊙ g^c                            h_i' = tanh(g^o ⊙ m_i')
/// </code>
/// Parameters of layer k: <c>weight_x_lk</c> [4H, D], <c>weight_h_lk</c> [4H, H] (rows u, f, o, c), <c>weight_n_lk</c> [2H, H] (rows u, c;
/// with <see cref="GraphLstmOptions.OutputSeesNeighbours"/> [3H, H], rows u, o, c), <c>weight_fn_lk</c> [H, H], <c>bias_lk</c> [4H]. A node
/// without neighbours has sums of zero; a self loop makes a node its own neighbour, with its old state. Products with old states are taken
/// for all nodes at once, those with new ones a wave at a time.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GraphLstm<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GraphLstmLayer<T>[] _layers;

    /// <summary>A cell whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Sizes and variant.</param>
    /// <exception cref="ArgumentException">A size is not positive, or there are residual connections with D ≠ H.</exception>
    public GraphLstm(GraphLstmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.Positive(options.InputSize);
        Require.Positive(options.HiddenSize);
        Require.Positive(options.Layers);
        if (options.Residual && options.InputSize != options.HiddenSize)
        {
            throw new ArgumentException(
                $"Residual connections add states to features: D = {options.InputSize} must be H = {options.HiddenSize}.", nameof(options));
        }

        Options = options;
        _layers = [.. Enumerable.Range(0, options.Layers).Select(layer => new GraphLstmLayer<T>(options, layer))];
        Parameters = new ParameterSet<T>();
        foreach (GraphLstmLayer<T> layer in _layers)
        {
            Parameters.Join("", layer.Parameters);
        }
    }

    /// <summary>Sizes and variant.</summary>
    public GraphLstmOptions Options { get; }

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
        foreach (GraphLstmLayer<T> layer in _layers)
        {
            layer.Pack();
        }
    }

    /// <summary>Memory for a forward and a backward run over graphs of up to so many nodes and edges.</summary>
    /// <param name="maxNodes">Nodes.</param>
    /// <param name="maxEdges">Edges, both ways counted.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public GraphLstmTape<T> CreateTape(int maxNodes, int maxEdges, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new GraphLstmTape<T>(this, maxNodes, maxEdges, _layers.Max(layer => layer.WorkspaceLength), workers);
    }

    /// <summary>States of all nodes after the last layer. Nothing is allocated.</summary>
    /// <param name="schedule">The graph and the order of its nodes.</param>
    /// <param name="x">f, the features [N, D].</param>
    /// <param name="h0">The states before [N, H]; empty for zeros.</param>
    /// <param name="m0">The memories before [N, H]; empty for zeros.</param>
    /// <param name="h">[N, H], written.</param>
    /// <param name="m">[N, H], written; empty if not wanted.</param>
    /// <param name="tape">Memory made by this cell.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphLstmSchedule schedule, ReadOnlySpan<T> x, ReadOnlySpan<T> h0, ReadOnlySpan<T> m0, Span<T> h, Span<T> m,
        GraphLstmTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        GraphTape.Check(tape, tape?.Owner, this, schedule.NodeCount, tape?.MaxNodes ?? 0, schedule.EdgeCount, tape?.MaxEdges ?? 0);
        int nodes = schedule.NodeCount, size = Options.HiddenSize, padded = GateLayout.Pad(size);
        Require.Length(x.Length, (long)nodes * Options.InputSize, shape: "N·D");
        Require.LengthOrEmpty(h0.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(m0.Length, (long)nodes * size, shape: "N·H");
        Require.Length(h.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(m.Length, (long)nodes * size, shape: "N·H");
        tape!.Schedule = schedule;
        NeuralPrimitives.GatherRows(x, Options.InputSize, schedule.Order, Options.InputSize, tape.Features(0), Options.InputSize);
        GraphTape.GatherUpstream(h0, schedule.Order, size, tape.H.Span);
        GraphTape.GatherUpstream(m0, schedule.Order, size, tape.M.Span);
        for (int l = 0; l < _layers.Length; l++)
        {
            if (l > 0 && Options.Residual)
            {
                Rows.Copy<T>(tape.H.Span[(l * nodes * padded)..], padded, size, nodes, tape.Features(l), size);
                NeuralPrimitives.Add<T>(tape.Features(l)[..x.Length], tape.Features(l - 1)[..x.Length], tape.Features(l)[..x.Length]);
            }

            _layers[l].Forward(schedule, tape.Layers[l], tape.Features(l), tape.H.Span[(l * nodes * padded)..],
                tape.M.Span[(l * nodes * padded)..], tape);
        }

        int last = _layers.Length * nodes * padded;
        NeuralPrimitives.ScatterRows<T>(tape.H.Span[last..], padded, schedule.Order, size, h, size);
        if (!m.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(tape.M.Span[last..], padded, schedule.Order, size, m, size);
        }
    }

    /// <summary>Takes the last forward run back: writes dx, dh0, dm0 and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dh">[N, H], the gradient of h.</param>
    /// <param name="dm">[N, H], the gradient of m; empty for none.</param>
    /// <param name="dx">[N, D], written; empty if not wanted.</param>
    /// <param name="dh0">[N, H], written; empty if not wanted.</param>
    /// <param name="dm0">[N, H], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dh, ReadOnlySpan<T> dm, Span<T> dx, Span<T> dh0, Span<T> dm0, GraphLstmTape<T> tape)
    {
        GraphLstmSchedule schedule = GraphTape.RequireRun(tape, tape?.Schedule);
        GraphTape.Check(tape, tape!.Owner, this, schedule.NodeCount, tape.MaxNodes, schedule.EdgeCount, tape.MaxEdges);
        int nodes = schedule.NodeCount, inputs = Options.InputSize, size = Options.HiddenSize, padded = GateLayout.Pad(size);
        Require.Length(dh.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dm.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dx.Length, (long)nodes * inputs, shape: "N·D");
        Require.LengthOrEmpty(dh0.Length, (long)nodes * size, shape: "N·H");
        Require.LengthOrEmpty(dm0.Length, (long)nodes * size, shape: "N·H");
        tape.Schedule = null;
        int last = _layers.Length * nodes * padded;
        GraphTape.GatherUpstream(dh, schedule.Order, size, tape.HGradient.Span[last..]);
        GraphTape.GatherUpstream(dm, schedule.Order, size, tape.MGradient.Span[last..]);
        Span<T> features = tape.FeatureGradient.Span[..(nodes * inputs)];
        features.Clear();
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            int at = l * nodes * padded;
            if (l < _layers.Length - 1 && Options.Residual)
            {
                Rows.Add<T>(features, size, nodes, tape.HGradient.Span[(at + nodes * padded)..]);
            }

            _layers[l].Backward(
                schedule, tape.Layers[l], tape.Features(l), features, tape.H.Span[at..], tape.M.Span[at..], tape.HGradient.Span[at..],
                tape.MGradient.Span[at..], tape);
        }

        if (!dx.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(features, inputs, schedule.Order, inputs, dx, inputs);
        }

        if (!dh0.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(tape.HGradient.Span, padded, schedule.Order, size, dh0, size);
        }

        if (!dm0.IsEmpty)
        {
            NeuralPrimitives.ScatterRows<T>(tape.MGradient.Span, padded, schedule.Order, size, dm0, size);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"Graph LSTM {Options.InputSize} → {Options.HiddenSize}, {Options.Layers} layers: {Parameters}";
}
