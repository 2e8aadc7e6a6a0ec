using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class Han<T>
{
    // ∂β_Φ = ⟨∂Z, z^Φ⟩      ∂w_Φ = β_Φ (∂β_Φ − Σ β ∂β)      ∂z_i^Φ = β_Φ ∂Z_i + Wᵀ (∂w_Φ/N · q ⊙ (1 − u_i²))   with u = tanh(W z + b)
    // through elu to s_i = Σ_j α_ij h'_j, then   ∂α_ij = ⟨∂s_i, h'_j⟩      ∂h'_j = Σ_i α_ij ∂s_i + ∂l_j a_l + ∂r_j a_r
    // with ∂l, ∂r through softmax and leaky relu; every node pulls what it gets from others, so nothing is scattered.
    /// <summary>Takes the last forward run back: writes dx and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dz">[N, K·F], the gradient of Z.</param>
    /// <param name="dbeta">[paths], a gradient of β itself; empty for none.</param>
    /// <param name="dx">[N_τ, D_τ] of every type in turn, written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dz, ReadOnlySpan<T> dbeta, Span<T> dx, HanTape<T> tape)
    {
        GraphTape.RequireRun(tape, tape?.Nodes >= 0 ? tape.Paths[0].Path : null);
        int nodes = tape!.Nodes, paths = Options.Paths;
        GraphTape.Check(tape, tape.Owner, this, nodes, tape.MaxNodes);
        CountNodes(tape.NodeCounts, out long inputs);
        Require.Length(dz.Length, (long)nodes * Options.OutputSize, shape: "N·K·F");
        Require.LengthOrEmpty(dbeta.Length, paths, shape: "paths");
        Require.LengthOrEmpty(dx.Length, inputs, shape: "Σ N_τ·D_τ");
        tape.Nodes = -1;
        Span<T> beta = tape.Beta.Span, slopes = tape.BetaGradient.Span;
        T mean = T.Zero;
        for (int path = 0; path < paths; path++)
        {
            T slope = LongDot(dz, tape.Paths[path].Z.Span[..dz.Length]);
            slopes[path] = dbeta.IsEmpty ? slope : slope + dbeta[path];
            mean = T.FusedMultiplyAdd(beta[path], slopes[path], mean);
        }

        Span<T> projected = tape.Projected.Span[..dz.Length], gradient = tape.ProjectedGradient.Span[..dz.Length];
        gradient.Clear();
        for (int path = 0; path < paths; path++)
        {
            HanPathTape<T> memory = tape.Paths[path];
            Span<T> own = tape.ZGradient.Span[..dz.Length], z = memory.Z.Span[..dz.Length];
            WeighBackward(beta[path] * (slopes[path] - mean) / Scalar.From<T>(Math.Max(1, nodes)), z, own, memory, tape);
            NeuralPrimitives.MultiplyAdd(dz, beta[path], own);
            NeuralPrimitives.EluBackward<T>(z, own, own);
            NeuralPrimitives.FlushTiny<T>(own, own);
            Span<T> scores = tape.ScoresGradient.Span[..(2 * nodes * Options.Heads)];
            AttendBackward(path, projected, own, gradient, scores, memory, tape);
            _scores[path].Backward(projected, scores, gradient, tape.Workspace.Span, accumulate: true, tape.Workers);
            _attention[path].ScatterGradients();
            memory.Path = null;
        }

        NeuralPrimitives.FlushTiny<T>(gradient, gradient);
        ProjectBackward(gradient, dx, tape);
    }

    /// <summary>dz = Wᵀ (c q ⊙ (1 − u²)), and the gradients of W, b and q.</summary>
    private void WeighBackward(T c, ReadOnlySpan<T> z, Span<T> dz, HanPathTape<T> memory, HanTape<T> tape)
    {
        int size = Options.SemanticSize;
        Span<T> u = memory.Semantic.Span[..(z.Length / Options.OutputSize * size)], slope = tape.SemanticGradient.Span;
        NeuralPrimitives.MultiplyAdd(memory.SemanticSum.Span, c, _query.Gradient);
        NeuralPrimitives.MultiplyScalar(_query.Value, c, slope);
        for (int at = 0; at < u.Length; at += size)
        {
            Span<T> row = u.Slice(at, size);
            NeuralPrimitives.TanhBackward(row, slope, row);
        }

        NeuralPrimitives.FlushTiny<T>(u, u);
        _semantic.Backward(z, u, dz, tape.Workspace.Span, workers: tape.Workers);
    }

    /// <summary>Adds to the gradient of h' what comes through the sums, and writes those of l and r.</summary>
    private void AttendBackward(
        int path, ReadOnlySpan<T> projected, ReadOnlySpan<T> dz, Span<T> gradient, Span<T> scoresGradient, HanPathTape<T> memory,
        HanTape<T> tape)
    {
        int heads = Options.Heads, features = Options.HeadSize, right = Math.Min(heads, scoresGradient.Length);
        Span<T> scores = memory.Scores.Span[..scoresGradient.Length];
        if (memory.Middle is { } middle)
        {
            middle.Backward(memory.Path!.Members!, scores, projected, dz, gradient, scoresGradient);
            NeuralPrimitives.FlushTiny<T>(scoresGradient, scoresGradient);
            return;
        }

        CsrPattern pattern = memory.Path!.Pattern;
        MetaPath.ColumnEntries columns = memory.Path.Columns!;
        Span<T> alpha = memory.Alpha.Span[..(pattern.Count * heads)], slopes = tape.AlphaGradient.Span[..alpha.Length], weights = alpha;
        NeuralPrimitives.SegmentDot(pattern, dz, projected, heads, features, slopes, workers: tape.Workers);
        if (tape.Seed is int seed && Options.AttentionDropout > 0)
        {
            DropAttention(slopes, pattern, path, seed);
            weights = memory.Dropped.Span[..alpha.Length];
        }

        NeuralPrimitives.AggregateHeadsBackward(columns.Entries, columns.Rows, weights, dz, heads, features, gradient,
            workers: tape.Workers);
        NeuralPrimitives.SegmentSoftmaxBackward<T>(pattern, scores, scores[right..], 2 * heads, heads, alpha, slopes, scoresGradient,
            workers: tape.Workers);
        NeuralPrimitives.Aggregate<T>(columns.Entries, default, slopes, heads, heads, scoresGradient[right..], 2 * heads,
            workers: tape.Workers);
    }

    private void ProjectBackward(ReadOnlySpan<T> gradient, Span<T> dx, HanTape<T> tape)
    {
        int at = 0, node = 0, width = Options.OutputSize;
        for (int type = 0; type < _projections.Length; type++)
        {
            int rows = tape.NodeCounts[type], length = rows * _projections[type].InputSize;
            ReadOnlySpan<T> x = tape.X.Span.Slice(at, length);
            _projections[type].Backward(x, gradient.Slice(node * width, rows * width),
                dx.IsEmpty ? default : dx.Slice(at, length), tape.Workspace.Span, workers: tape.Workers);
            at += length;
            node += rows;
        }

        if (!dx.IsEmpty)
        {
            DropInputs(dx, tape);
        }
    }

    /// <summary>⟨a, b⟩ over all nodes, block after block, the blocks in double.</summary>
    private static T LongDot(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        const int Block = 16384;
        double sum = 0;
        for (int at = 0; at < a.Length; at += Block)
        {
            int length = Math.Min(Block, a.Length - at);
            sum += Scalar.ToDouble(NeuralPrimitives.Dot(a.Slice(at, length), b.Slice(at, length)));
        }

        return Scalar.From<T>(sum);
    }
}
