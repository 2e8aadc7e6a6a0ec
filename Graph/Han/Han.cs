using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Heterogeneous graph attention network (Wang et al. 2019): attention over neighbours along each meta-path,
/// then over the meta-paths.</summary>
/// <remarks>
/// <code>
/// h'_i = M_τ x_i + b_τ                                              τ the type of node i; K heads of F features
/// e_ij = leakyrelu_0.2(a_l · h'_i + a_r · h'_j)                     for each path Φ and head k, j a neighbour of i along Φ
/// α_ij = softmax_j(e_ij)            z_i^Φ = ‖_k elu(Σ_j α_ij h'_j)
/// w_Φ  = mean_i qᵀ tanh(W z_i^Φ + b)          β = softmax_Φ(w)          Z = Σ_Φ β_Φ z^Φ
/// </code>
/// Parameters <c>path.Φ.att_l</c>, <c>path.Φ.att_r</c> [K, F], <c>type.τ.weight</c> [K·F, D_τ], <c>type.τ.bias</c> [K·F], <c>sem.weight</c>
/// [S, K·F], <c>sem.bias</c> [S], <c>sem.q</c> [S], counted from 0. Nodes are numbered type after type. A node without neighbours along a
/// path has z = 0 there; w is the mean over all nodes, and 0 where there are none.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class Han<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int BlockRows = 512; // sums over nodes are sums of sums over so many: a chain over a million loses four digits of a float

    private readonly Linear<T>[] _projections;
    private readonly JoinedWeight<T>[] _attention;
    private readonly Linear<T>[] _scores;
    private readonly Linear<T> _semantic;
    private readonly Parameter<T> _query;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">The shape.</param>
    /// <exception cref="ArgumentException">A size is not positive, K·F is more than an array can have,
    /// there is no type, or a rate does not lie in 0 ≤ rate &lt; 1.</exception>
    public Han(HanOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.InputSizes);
        Require.Positive(options.Heads);
        Require.Positive(options.HeadSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)options.Heads * options.HeadSize, Array.MaxLength, "options.HeadSize");
        Require.Positive(options.Paths);
        Require.Positive(options.SemanticSize);
        Require.Positive(options.InputSizes.Count);
        DropoutMask.CheckRate(options.InputDropout, "options.InputDropout");
        DropoutMask.CheckRate(options.AttentionDropout, "options.AttentionDropout");
        Options = options with { InputSizes = [.. options.InputSizes] };
        int heads = options.Heads, features = options.HeadSize, width = options.OutputSize;
        Parameters = new ParameterSet<T>();
        _attention = new JoinedWeight<T>[options.Paths];
        _scores = new Linear<T>[options.Paths];
        for (int path = 0; path < options.Paths; path++)
        {
            Parameter<T> left = new($"path.{path}.att_l", heads, features), right = new($"path.{path}.att_r", heads, features);
            Parameters.Join("", new ParameterSet<T>(left, right));

            // All l and r of a path are one matrix product, [l; r] = A h' with the heads' vectors in blocks along two diagonals: K times
            // the multiplications needed, but at the speed of the projection, beside which they are few.
            _attention[path] = new JoinedWeight<T>(2 * heads, width);
            for (int head = 0; head < heads; head++)
            {
                _attention[path].Add(left, head * features, 1, features, head, head * features);
                _attention[path].Add(right, head * features, 1, features, heads + head, head * features);
            }

            _scores[path] = new Linear<T>(_attention[path].Weight, null);
        }

        _projections = new Linear<T>[Options.InputSizes.Count];
        for (int type = 0; type < _projections.Length; type++)
        {
            Require.Positive(Options.InputSizes[type]);
            _projections[type] = new Linear<T>(
                new Parameter<T>($"type.{type}.weight", width, Options.InputSizes[type]), new Parameter<T>($"type.{type}.bias", width));
            Parameters.Join("", _projections[type].Parameters);
        }

        _semantic = new Linear<T>(new Parameter<T>("sem.weight", options.SemanticSize, width),
            new Parameter<T>("sem.bias", options.SemanticSize));
        _query = new Parameter<T>("sem.q", options.SemanticSize);
        Parameters.Join("", _semantic.Parameters).Join("", new ParameterSet<T>(_query));
    }

    /// <summary>The shape.</summary>
    public HanOptions Options { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws matrices and attention vectors by Xavier's rule, as the paper's program does,
    /// leaves biases at zero, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Random random = new(seed);
        foreach ((_, Parameter<T> parameter) in Parameters)
        {
            if (parameter.Shape.Length == 2)
            {
                Initialiser.Xavier(parameter, random);
            }
            else
            {
                parameter.Value.Clear();
            }
        }

        double bound = Math.Sqrt(6.0 / (1 + Options.SemanticSize));
        foreach (ref T value in _query.Value)
        {
            value = Scalar.From<T>(Draws.Uniform(random, bound));
        }

        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        foreach (Linear<T> projection in _projections)
        {
            projection.Pack();
        }

        for (int path = 0; path < _scores.Length; path++)
        {
            _attention[path].Gather();
            _scores[path].Pack();
        }

        _semantic.Pack();
    }

    /// <summary>Memory for runs over graphs no larger than these.</summary>
    /// <param name="nodeCounts">Nodes of each type.</param>
    /// <param name="paths">The meta-paths; what counts is whether each is listed, its number of entries and its largest middle.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">Numbers of types or paths differ from the network's, or a path has other nodes.</exception>
    public HanTape<T> CreateTape(ReadOnlySpan<int> nodeCounts, ReadOnlySpan<MetaPath> paths, WorkerPool? workers = null)
    {
        int nodes = CountNodes(nodeCounts, out long inputs);
        CheckPaths(paths, nodes);
        Parameters.AllocateGradients();
        int workspace = _semantic.WorkspaceLength;
        foreach (Linear<T> linear in (ReadOnlySpan<Linear<T>>)[.. _projections, .. _scores])
        {
            workspace = Math.Max(workspace, linear.WorkspaceLength);
        }

        HanPathTape<T>[] memory = new HanPathTape<T>[paths.Length];
        for (int path = 0; path < paths.Length; path++)
        {
            _attention[path].AllocateGradient();
            memory[path] = new HanPathTape<T>(Options, nodes, paths[path]);
        }

        return new HanTape<T>(this, nodes, inputs, memory, workspace, workers);
    }

    /// <summary>Representations of all nodes. Nothing is allocated.</summary>
    /// <param name="x">[N_τ, D_τ] of every type τ in turn.</param>
    /// <param name="nodeCounts">N_τ of every type; Σ = N.</param>
    /// <param name="paths">The meta-paths, each over all N nodes.</param>
    /// <param name="z">[N, K·F], Z, written.</param>
    /// <param name="beta">[paths], β, written; empty if not wanted.</param>
    /// <param name="tape">Memory made by this network.</param>
    /// <param name="seed">In training, what <see cref="HanOptions"/>' dropout leaves out, another one for every run;
    /// null to leave out nothing.</param>
    /// <exception cref="ArgumentException">
    /// A size does not fit, or attention is to be left out on a path through middles; nothing has been written.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<T> x, ReadOnlySpan<int> nodeCounts, ReadOnlySpan<MetaPath> paths, Span<T> z, Span<T> beta, HanTape<T> tape,
        int? seed = null)
    {
        int nodes = CountNodes(nodeCounts, out long inputs);
        CheckPaths(paths, nodes);
        CheckTape(tape, nodes, inputs, paths);
        CheckDropout(paths, seed);
        Require.Length(x.Length, inputs, shape: "Σ N_τ·D_τ");
        Require.Length(z.Length, (long)nodes * Options.OutputSize, shape: "N·K·F");
        Require.LengthOrEmpty(beta.Length, paths.Length, shape: "paths");
        tape.Nodes = nodes;
        tape.Seed = seed;
        nodeCounts.CopyTo(tape.NodeCounts);
        Span<T> projected = tape.Projected.Span[..z.Length], w = tape.Beta.Span;
        Project(x, projected, tape);
        for (int path = 0; path < paths.Length; path++)
        {
            HanPathTape<T> memory = tape.Paths[path];
            memory.Path = paths[path];
            Span<T> own = memory.Z.Span[..z.Length];
            _scores[path].Forward(projected, memory.Scores.Span[..(2 * nodes * Options.Heads)], tape.Workers);
            Attend(path, projected, own, memory, tape);
            NeuralPrimitives.Elu<T>(own, own);
            w[path] = Weigh(own, memory, nodes, tape.Workers);
        }

        NeuralPrimitives.Softmax<T>(w, w);
        if (!beta.IsEmpty)
        {
            w.CopyTo(beta);
        }

        NeuralPrimitives.MultiplyScalar(tape.Paths[0].Z.Span[..z.Length], w[0], z);
        for (int path = 1; path < paths.Length; path++)
        {
            NeuralPrimitives.MultiplyAdd(tape.Paths[path].Z.Span[..z.Length], w[path], z);
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"heterogeneous graph attention of {Options.Paths} paths, {Options.Heads} heads of {Options.HeadSize}: {Parameters}";

    /// <summary>h' of all nodes, from inputs of which some are left out.</summary>
    private void Project(ReadOnlySpan<T> x, Span<T> projected, HanTape<T> tape)
    {
        Span<T> kept = tape.X.Span[..x.Length];
        x.CopyTo(kept);
        DropInputs(kept, tape);
        int at = 0, node = 0, width = Options.OutputSize;
        for (int type = 0; type < _projections.Length; type++)
        {
            int rows = tape.NodeCounts[type], length = rows * _projections[type].InputSize;
            _projections[type].Forward(kept.Slice(at, length), projected.Slice(node * width, rows * width), tape.Workers);
            at += length;
            node += rows;
        }
    }

    /// <summary>Σ_j α_ij h'_j of all nodes and heads along a path.</summary>
    private void Attend(int path, ReadOnlySpan<T> projected, Span<T> z, HanPathTape<T> memory, HanTape<T> tape)
    {
        CsrPattern pattern = memory.Path!.Pattern;
        int heads = Options.Heads;
        Span<T> scores = memory.Scores.Span;
        if (memory.Middle is { } middle)
        {
            middle.Forward(memory.Path.Members!, scores, projected, z);
            return;
        }

        Span<T> alpha = memory.Alpha.Span[..(pattern.Count * heads)];
        NeuralPrimitives.SegmentSoftmax(pattern, scores, scores[Math.Min(heads, scores.Length)..], 2 * heads, heads, alpha,
            workers: tape.Workers);
        if (tape.Seed is int seed && Options.AttentionDropout > 0)
        {
            Span<T> dropped = memory.Dropped.Span[..alpha.Length];
            alpha.CopyTo(dropped);
            DropAttention(dropped, pattern, path, seed);
            alpha = dropped;
        }

        NeuralPrimitives.AggregateHeads<T>(pattern, alpha, projected, heads, Options.HeadSize, z, workers: tape.Workers);
    }

    /// <summary>w = mean_i qᵀ tanh(W z_i + b).</summary>
    private T Weigh(ReadOnlySpan<T> z, HanPathTape<T> memory, int nodes, WorkerPool? workers)
    {
        int size = Options.SemanticSize;
        Span<T> u = memory.Semantic.Span[..(nodes * size)], sum = memory.SemanticSum.Span;
        _semantic.Forward(z, u, workers);
        NeuralPrimitives.Tanh<T>(u, u);
        sum.Clear();
        Span<T> block = memory.SemanticBlock.Span;
        for (int first = 0; first < nodes; first += BlockRows)
        {
            block.Clear();
            NeuralPrimitives.ColumnSum(u[(first * size)..], size, Math.Min(BlockRows, nodes - first), block);
            NeuralPrimitives.Add<T>(block, sum, sum);
        }

        return NeuralPrimitives.Dot<T>(_query.Value, sum) / Scalar.From<T>(Math.Max(1, nodes));
    }

    private void DropInputs(Span<T> x, HanTape<T> tape)
    {
        if (tape.Seed is not int seed || Options.InputDropout == 0)
        {
            return;
        }

        int at = 0;
        for (int type = 0; type < _projections.Length; type++)
        {
            int size = _projections[type].InputSize;
            for (int row = 0; row < tape.NodeCounts[type]; row++, at += size)
            {
                DropoutMask.Apply(x.Slice(at, size), Options.InputDropout, seed, DropoutMask.InputPurpose, type, row, 0);
            }
        }
    }

    private void DropAttention(Span<T> values, CsrPattern pattern, int path, int seed)
    {
        int heads = Options.Heads;
        for (int row = 0; row < pattern.Rows; row++)
        {
            Span<T> own = values[(pattern.Offsets[row] * heads)..(pattern.Offsets[row + 1] * heads)];
            DropoutMask.Apply(own, Options.AttentionDropout, seed, DropoutMask.AttentionPurpose, path, row, 0);
        }
    }

    private int CountNodes(ReadOnlySpan<int> nodeCounts, out long inputs)
    {
        Require.Length(nodeCounts.Length, _projections.Length, shape: "types");
        long nodes = inputs = 0;
        for (int type = 0; type < nodeCounts.Length; type++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(nodeCounts[type], nameof(nodeCounts));
            nodes += nodeCounts[type];
            inputs += (long)nodeCounts[type] * _projections[type].InputSize;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, int.MaxValue, nameof(nodeCounts));
        return (int)nodes;
    }

    private void CheckPaths(ReadOnlySpan<MetaPath> paths, int nodes)
    {
        Require.Length(paths.Length, Options.Paths, shape: "paths");
        for (int path = 0; path < paths.Length; path++)
        {
            ArgumentNullException.ThrowIfNull(paths[path], nameof(paths));
            if (paths[path].NodeCount != nodes)
            {
                throw new ArgumentException($"Path {path} is over {paths[path].NodeCount} nodes, the types together have {nodes}.",
                    nameof(paths));
            }
        }
    }

    private void CheckTape(HanTape<T> tape, int nodes, long inputs, ReadOnlySpan<MetaPath> paths)
    {
        GraphTape.Check(tape, tape?.Owner, this, nodes, tape?.MaxNodes ?? 0);
        if (inputs > tape.MaxInputs)
        {
            throw new ArgumentException($"{inputs} input values do not fit into a tape for {tape.MaxInputs}.", nameof(tape));
        }

        for (int path = 0; path < paths.Length; path++)
        {
            tape.Paths[path].Check(paths[path], path);
        }
    }

    private void CheckDropout(ReadOnlySpan<MetaPath> paths, int? seed)
    {
        for (int path = 0; path < paths.Length && seed is not null && Options.AttentionDropout > 0; path++)
        {
            if (!paths[path].IsListed)
            {
                throw new ArgumentException(
                    $"Path {path} is through middles: its attention coefficients are never listed, so none can be left out.",
                    nameof(paths));
            }
        }
    }
}
