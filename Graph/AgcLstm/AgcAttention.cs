using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The spatial attention of an <see cref="AgcLstm{T}"/>: which joints a step looks at.</summary>
/// <remarks>
/// <code>
/// q = relu(W_q Σ_n Ĥ_n + b_q)      α_n = σ(u · tanh(W_h Ĥ_n + W_s q + b_s) + b_u)      H_n = Ĥ_n + α_n Ĥ_n
/// </code>
/// </remarks>
internal sealed class AgcAttention<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _biasQ;
    private readonly Parameter<T> _biasS;
    private readonly Parameter<T> _u;
    private readonly Parameter<T> _biasU;
    private readonly PackedLinear<T> _query;
    private readonly PackedLinear<T> _joint;
    private readonly PackedLinear<T> _added;
    private readonly AlignedBuffer<T> _context;
    private readonly int _hiddenSize;
    private readonly int _joints;

    public AgcAttention(int hiddenSize, int size, int joints)
    {
        _hiddenSize = hiddenSize;
        _joints = joints;
        Parameter<T> weightQ = new("att.weight_q", hiddenSize, hiddenSize);
        Parameter<T> weightH = new("att.weight_h", size, hiddenSize), weightS = new("att.weight_s", size, hiddenSize);
        _biasQ = new Parameter<T>("att.bias_q", hiddenSize);
        _biasS = new Parameter<T>("att.bias_s", size);
        _u = new Parameter<T>("att.u", size);
        _biasU = new Parameter<T>("att.bias_u", 1);
        _query = new PackedLinear<T>(weightQ, new GateLayout(1, hiddenSize), bias: true);
        _joint = new PackedLinear<T>(weightH, new GateLayout(1, size), bias: false);
        _added = new PackedLinear<T>(weightS, new GateLayout(1, size), bias: true);
        _context = new AlignedBuffer<T>(GateLayout.Pad(size));
        Parameters = [weightQ, _biasQ, weightH, weightS, _biasS, _u, _biasU];
    }

    public IReadOnlyList<Parameter<T>> Parameters { get; }

    public int GradientWorkspaceLength => GraphTape.Longest(
        _query.GradientWorkspaceLength, _joint.GradientWorkspaceLength, _added.GradientWorkspaceLength,
        NeuralPrimitives.GetGemmTransposedWorkspaceLength(_u.Length));

    private int Hidden => GateLayout.Pad(_hiddenSize);

    private int Size => _context.Length;

    public void Pack()
    {
        _query.Pack();
        _query.AddBias(_biasQ.Value);
        _joint.Pack();
        _added.Pack();
        _added.AddBias(_biasS.Value);
        _u.Value.CopyTo(_context.Span);
    }

    /// <summary>From Ĥ of a step, which lies in the tape, to α and H.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="step">t.</param>
    /// <param name="h">H [B·N, H padded], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(AgcLstmTape<T> tape, int step, Span<T> h)
    {
        int batch = tape.Batch, rows = batch * _joints, hidden = Hidden, size = Size;
        ReadOnlySpan<T> unattended = tape.Unattended.Span.Slice(step * rows * hidden, rows * hidden);
        Span<T> sum = tape.Sum.Span.Slice(step * batch * hidden, batch * hidden),
            query = tape.Query.Span.Slice(step * batch * hidden, batch * hidden);
        Span<T> inner = tape.Inner.Span.Slice(step * rows * size, rows * size), alpha = tape.Alpha.Span.Slice(step * rows, rows);
        Span<T> added = tape.Added.Span[..(batch * size)];
        sum.Clear();
        for (int graph = 0; graph < batch; graph++)
        {
            NeuralPrimitives.ColumnSum(unattended[(graph * _joints * hidden)..], hidden, _joints, sum.Slice(graph * hidden, hidden));
        }

        _query.Forward(sum, hidden, batch, query, hidden, tape.Workers);
        NeuralPrimitives.Relu<T>(query, query);
        _added.Forward(query, hidden, batch, added, size, tape.Workers);
        _joint.Forward(unattended, hidden, rows, inner, size, tape.Workers);
        AgcScore<T> score = new() { Graphs = batch, Joints = _joints, Size = size, Added = added, Inner = inner };
        VectorKernel.Run<AgcScore<T>, T>(ref score);
        T bias = _biasU.Value[0];
        for (int row = 0; row < rows; row++)
        {
            alpha[row] = NeuralPrimitives.Dot<T>(inner.Slice(row * size, size), _context.Span) + bias;
        }

        NeuralPrimitives.Sigmoid<T>(alpha, alpha);
        AgcAttend<T> attend = new() { Rows = rows, Hidden = hidden, Alpha = alpha, Unattended = unattended, H = h };
        VectorKernel.Run<AgcAttend<T>, T>(ref attend);
    }

    // With ∂ for gradients, primes for those of pre-activations, local = Σ_n α_n Ĥ_n:
    //   ∂α_n += (∂H_n + ∂local) · Ĥ_n      ∂e_n = ∂α_n α_n (1−α_n)      ∂z'_n = ∂e_n u ⊙ (1 − z_n²)      ∂q' = W_sᵀ Σ_n ∂z'_n where q > 0
    //   ∂Ĥ_n = ∂H_n + α_n (∂H_n + ∂local) + W_qᵀ ∂q' + W_hᵀ ∂z'_n
    /// <summary>Takes a step back.</summary>
    /// <param name="tape">The tape of the forward run.</param>
    /// <param name="step">t.</param>
    /// <param name="alphaGradient">[B·N], an upstream gradient of α; empty for none.</param>
    /// <param name="localGradient">[B, H], the gradient of the local feature; empty for none.</param>
    /// <param name="gradient">∂H [B·N, H padded], in its place ∂Ĥ.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(AgcLstmTape<T> tape, int step, ReadOnlySpan<T> alphaGradient, ReadOnlySpan<T> localGradient, Span<T> gradient)
    {
        int batch = tape.Batch, rows = batch * _joints, hidden = Hidden, size = Size;
        ReadOnlySpan<T> unattended = tape.Unattended.Span.Slice(step * rows * hidden, rows * hidden);
        ReadOnlySpan<T> alpha = tape.Alpha.Span.Slice(step * rows, rows);
        Span<T> score = tape.ScoreGradient.Span.Slice(step * rows, rows), local = tape.Local.Span[..(batch * hidden)];
        Rows.Load(localGradient, _hiddenSize, batch, local);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<T> h = unattended.Slice(row * hidden, hidden);
            T slope = NeuralPrimitives.Dot(gradient.Slice(row * hidden, hidden), h) + (alphaGradient.IsEmpty ? T.Zero : alphaGradient[row]);
            score[row] = localGradient.IsEmpty ? slope : slope + NeuralPrimitives.Dot(local.Slice(row / _joints * hidden, hidden), h);
        }

        NeuralPrimitives.SigmoidBackward(alpha, score, score);
        NeuralPrimitives.FlushTiny<T>(score, score);
        Span<T> innerGradient = tape.InnerGradient.Span.Slice(step * rows * size, rows * size);
        Span<T> addedGradient = tape.AddedGradient.Span.Slice(step * batch * size, batch * size);
        AgcScoreBackward<T> inner = new()
        {
            Graphs = batch,
            Joints = _joints,
            Size = size,
            Context = _context.Span,
            ScoreGradient = score,
            Inner = tape.Inner.Span.Slice(step * rows * size, rows * size),
            InnerGradient = innerGradient,
            AddedGradient = addedGradient,
        };
        VectorKernel.Run<AgcScoreBackward<T>, T>(ref inner);
        Span<T> queryGradient = tape.QueryGradient.Span.Slice(step * batch * hidden, batch * hidden);
        Span<T> sumGradient = tape.SumGradient.Span[..(batch * hidden)];
        _added.Backward(addedGradient, size, batch, queryGradient, hidden, accumulate: false, tape.Workers);
        NeuralPrimitives.ReluBackward(tape.Query.Span.Slice(step * batch * hidden, batch * hidden), queryGradient, queryGradient);
        _query.Backward(queryGradient, hidden, batch, sumGradient, hidden, accumulate: false, tape.Workers);
        AgcAttendBackward<T> attend = new()
        {
            Graphs = batch,
            Joints = _joints,
            Hidden = hidden,
            Alpha = alpha,
            LocalGradient = local,
            SumGradient = sumGradient,
            HGradient = gradient,
        };
        VectorKernel.Run<AgcAttendBackward<T>, T>(ref attend);
        _joint.Backward(innerGradient, size, rows, gradient, hidden, accumulate: true, tape.Workers);
    }

    /// <summary>Adds the parameters' gradients from all steps at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(AgcLstmTape<T> tape)
    {
        int graphs = tape.Steps * tape.Batch, rows = graphs * _joints, hidden = Hidden, size = Size;
        Span<T> workspace = tape.Workspace.Span, added = tape.AddedGradient.Span, query = tape.QueryGradient.Span;
        ReadOnlySpan<T> score = tape.ScoreGradient.Span[..rows];
        _query.AccumulateWeightGradient(query, hidden, tape.Sum.Span, hidden, graphs, workspace, tape.Workers);
        _query.AccumulateBiasGradient(query, hidden, graphs, _biasQ.Gradient, default, workspace, tape.Workers);
        _added.AccumulateWeightGradient(added, size, tape.Query.Span, hidden, graphs, workspace, tape.Workers);
        _added.AccumulateBiasGradient(added, size, graphs, _biasS.Gradient, default, workspace, tape.Workers);
        _joint.AccumulateWeightGradient(tape.InnerGradient.Span, size, tape.Unattended.Span, hidden, rows, workspace, tape.Workers);
        NeuralPrimitives.GemmTransposed(score, 1, new GateLayout(1, 1), tape.Inner.Span, size, rows, _u.Gradient, _u.Length, workspace,
            tape.Workers);
        _biasU.Gradient[0] += NeuralPrimitives.Sum(score);
    }
}
