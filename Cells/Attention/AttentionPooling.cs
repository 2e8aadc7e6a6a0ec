using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One vector for each sequence: the mean of its rows, weighted by attention (Yang et al. 2016). Sequences lie one after another, each of
/// any length; an empty one gives zeros.
/// </summary>
/// <remarks>
/// <code>
/// u_t = tanh(W h_t + b)      α = softmax_t(u_t · u)      s = Σ_t α_t h_t
/// </code>
/// Parameters <c>weight</c> [A, H], <c>bias</c> [A], <c>u</c> [A].
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AttentionPooling<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _projection;
    private readonly Linear<T> _score;
    private readonly Parameter<T> _context;

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="inputSize">H.</param>
    /// <param name="attentionSize">A.</param>
    public AttentionPooling(int inputSize, int attentionSize)
    {
        InputSize = inputSize;
        AttentionSize = attentionSize;
        _projection = new Linear<T>(inputSize, attentionSize);
        _context = new Parameter<T>("u", attentionSize);
        _score = new Linear<T>(new Parameter<T>("u as a row", 1, attentionSize), null);
        Parameters = new ParameterSet<T>().Join("", _projection.Parameters).Join("", new ParameterSet<T>(_context));
    }

    /// <summary>H.</summary>
    public int InputSize { get; }

    /// <summary>A.</summary>
    public int AttentionSize { get; }

    /// <summary><c>weight</c>, <c>bias</c>, <c>u</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters uniformly from ±1/√H, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(InputSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _projection.Pack();
        _context.Value.CopyTo(_score.Weight);
        _score.Pack();
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxRows">Rows of all sequences together.</param>
    /// <param name="workers">Threads that share the products; null for the calling one alone.</param>
    public AttentionTape<T> CreateTape(int maxRows, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        _score.Parameters.AllocateGradients();
        return new AttentionTape<T>(maxRows, InputSize, AttentionSize,
            Math.Max(_projection.WorkspaceLength, _score.WorkspaceLength), workers);
    }

    /// <summary>Pools. Nothing is allocated.</summary>
    /// <param name="h">[M, H], the rows of all sequences in turn.</param>
    /// <param name="lengths">Rows of each sequence, [B], Σ = M; may be 0.</param>
    /// <param name="s">[B, H], written.</param>
    /// <param name="alpha">[M], the attention, written.</param>
    /// <param name="tape">Memory for at least M rows.</param>
    /// <exception cref="ArgumentException">A size does not fit, or memory overlaps; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> h, ReadOnlySpan<int> lengths, Span<T> s, Span<T> alpha, AttentionTape<T> tape)
    {
        int rows = Check(h.Length, lengths, s.Length, alpha.Length, tape);
        Require.Apart(s, h);
        Require.Apart(alpha, h);
        Require.Apart<T>(alpha, s);
        Span<T> u = tape.Projected[..(rows * AttentionSize)];
        _projection.Forward(h, u, tape.Workers);
        NeuralPrimitives.Tanh<T>(u, u);
        _score.Forward(u, alpha, tape.Workers);
        int at = 0;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            Span<T> weights = alpha.Slice(at, lengths[sequence]), pooled = s.Slice(sequence * InputSize, InputSize);
            NeuralPrimitives.Softmax<T>(weights, weights);
            pooled.Clear();
            for (int t = 0; t < weights.Length; t++)
            {
                NeuralPrimitives.MultiplyAdd(h.Slice((at + t) * InputSize, InputSize), weights[t], pooled);
            }

            at += weights.Length;
        }

        tape.Set(rows);
    }

    // With e_t = u_t · u:  ∂α_t = ∂s · h_t      ∂e_t = α_t (∂α_t − Σ_τ α_τ ∂α_τ)      ∂h_t = α_t ∂s + Wᵀ (∂e_t u ⊙ (1 − u_t²))
    /// <summary>Takes a run back: writes dh and adds the parameters' gradients. Nothing is allocated; the tape is used up.</summary>
    /// <param name="h">[M, H], as in the forward run.</param>
    /// <param name="lengths">[B].</param>
    /// <param name="alpha">[M], as the forward run wrote it.</param>
    /// <param name="ds">[B, H], the gradient of s.</param>
    /// <param name="dalpha">[M], a gradient of α itself; empty for none.</param>
    /// <param name="dh">[M, H], written; not memory of what is read.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit, the run had other rows, or dh overlaps what is read; nothing has been
    /// written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        ReadOnlySpan<T> h, ReadOnlySpan<int> lengths, ReadOnlySpan<T> alpha, ReadOnlySpan<T> ds, ReadOnlySpan<T> dalpha, Span<T> dh,
        AttentionTape<T> tape)
    {
        int rows = Check(h.Length, lengths, ds.Length, alpha.Length, tape, nameof(ds));
        Require.Length(dh.Length, h.Length);
        Require.LengthOrEmpty(dalpha.Length, rows);
        Require.Apart(dh, h);
        Require.Apart(dh, alpha);
        Require.Apart(dh, ds);
        Require.Apart(dh, dalpha);
        tape.Take(rows);
        Span<T> u = tape.Projected[..(rows * AttentionSize)], slope = tape.ProjectedGradient[..u.Length],
            score = tape.ScoreGradient[..rows];
        int at = 0;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            ReadOnlySpan<T> pooled = ds.Slice(sequence * InputSize, InputSize);
            T mean = T.Zero;
            for (int t = at; t < at + lengths[sequence]; t++)
            {
                score[t] = NeuralPrimitives.Dot(pooled, h.Slice(t * InputSize, InputSize)) + (dalpha.IsEmpty ? T.Zero : dalpha[t]);
                mean = T.FusedMultiplyAdd(alpha[t], score[t], mean);
            }

            for (int t = at; t < at + lengths[sequence]; t++)
            {
                score[t] = alpha[t] * (score[t] - mean);
                NeuralPrimitives.MultiplyScalar(pooled, alpha[t], dh.Slice(t * InputSize, InputSize));
            }

            at += lengths[sequence];
        }

        _score.Backward(u, score, slope, tape.Workspace, workers: tape.Workers);
        NeuralPrimitives.Add(_context.Gradient, _score.WeightGradient, _context.Gradient);
        _score.WeightGradient.Clear();
        NeuralPrimitives.TanhBackward<T>(u, slope, slope);
        NeuralPrimitives.FlushTiny<T>(slope, slope);
        _projection.Backward(h, slope, dh, tape.Workspace, accumulate: true, tape.Workers);
    }

    /// <inheritdoc/>
    public override string ToString() => $"attention pooling {InputSize}, {AttentionSize}: {Parameters}";

    private int Check(int h, ReadOnlySpan<int> lengths, int s, int alpha, AttentionTape<T> tape, string name = "s")
    {
        ArgumentNullException.ThrowIfNull(tape);
        int rows = Require.MultipleOf(h, InputSize, "h");
        Ragged.Check(lengths, rows);
        Require.Length(s, (long)lengths.Length * InputSize, name, "B·H");
        Require.Length(alpha, rows, "alpha", "M");
        tape.Check(rows, InputSize, AttentionSize);
        return rows;
    }
}
