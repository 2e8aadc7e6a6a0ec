using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Attention of a decoder's states over an encoder's (Luong et al. 2015, "general"), for a batch of ragged pairs of sequences.
/// </summary>
/// <remarks>
/// <code>
/// a_ts = softmax_s(q_t · W e_s)      c_t = Σ_s a_ts e_s
/// </code>
/// q [Q] are the decoder's states, e [E] the encoder's; an empty source gives a context of zeros. Parameter <c>weight</c> [Q, E].
/// The weights of pair b, [T_b, S_b], lie one pair after another.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class CrossAttention<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _keys;

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="querySize">Q ≥ 1.</param>
    /// <param name="sourceSize">E ≥ 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public CrossAttention(int querySize, int sourceSize)
    {
        Require.Positive(querySize);
        Require.Positive(sourceSize);
        _keys = new Linear<T>(sourceSize, querySize, bias: false);
    }

    /// <summary>Q.</summary>
    public int QuerySize => _keys.OutputSize;

    /// <summary>E.</summary>
    public int SourceSize => _keys.InputSize;

    /// <summary><c>weight</c>.</summary>
    public ParameterSet<T> Parameters => _keys.Parameters;

    /// <summary>Elements of workspace that <see cref="Backward"/> needs.</summary>
    public int WorkspaceLength => _keys.WorkspaceLength;

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed) => _keys.Initialise(seed);

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack() => _keys.Pack();

    /// <summary>Elements of the attention weights of a batch, Σ T_b·S_b.</summary>
    /// <param name="targetLengths">[B], each ≥ 0.</param>
    /// <param name="sourceLengths">[B], each ≥ 0.</param>
    /// <exception cref="ArgumentException">There are not as many of the ones as of the others, or one is negative.</exception>
    public static long GetWeightsLength(ReadOnlySpan<int> targetLengths, ReadOnlySpan<int> sourceLengths)
    {
        Require.Length(sourceLengths.Length, targetLengths.Length, "sourceLengths", "B");
        long sum = 0;
        for (int b = 0; b < targetLengths.Length; b++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(targetLengths[b], nameof(targetLengths));
            ArgumentOutOfRangeException.ThrowIfNegative(sourceLengths[b], nameof(sourceLengths));
            sum += (long)targetLengths[b] * sourceLengths[b];
        }

        return sum;
    }

    /// <summary>W e for all rows of the sources; once a batch, however often it is attended to.</summary>
    /// <param name="sources">e [S, E].</param>
    /// <param name="keys">[S, Q], written.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    public void ComputeKeys(ReadOnlySpan<T> sources, Span<T> keys, WorkerPool? workers = null)
    {
        Require.Length(keys.Length, (long)Require.MultipleOf(sources.Length, SourceSize) * QuerySize, shape: "S·Q");
        _keys.Forward(sources, keys, workers);
    }

    /// <summary>Contexts and attention weights. Nothing is allocated.</summary>
    /// <param name="queries">q [T, Q], T = Σ T_b.</param>
    /// <param name="targetLengths">[B].</param>
    /// <param name="sources">e [S, E], S = Σ S_b.</param>
    /// <param name="keys">W e [S, Q], from <see cref="ComputeKeys"/>.</param>
    /// <param name="sourceLengths">[B].</param>
    /// <param name="weights">a, written.</param>
    /// <param name="contexts">c [T, E], written.</param>
    /// <exception cref="ArgumentException">A size does not fit, or memory overlaps; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        ReadOnlySpan<T> queries, ReadOnlySpan<int> targetLengths, ReadOnlySpan<T> sources, ReadOnlySpan<T> keys,
        ReadOnlySpan<int> sourceLengths,
        Span<T> weights, Span<T> contexts)
    {
        Check(queries.Length, targetLengths, sources.Length, keys.Length, sourceLengths, weights.Length, contexts.Length);
        CheckApart(weights, queries, sources, keys);
        CheckApart(contexts, queries, sources, keys);
        Require.Apart<T>(contexts, weights);
        int target = 0, source = 0, at = 0;
        for (int b = 0; b < targetLengths.Length; b++)
        {
            int length = sourceLengths[b];
            for (int t = 0; t < targetLengths[b]; t++, target++, at += length)
            {
                ReadOnlySpan<T> query = queries.Slice(target * QuerySize, QuerySize);
                Span<T> row = weights.Slice(at, length), context = contexts.Slice(target * SourceSize, SourceSize);
                for (int s = 0; s < length; s++)
                {
                    row[s] = NeuralPrimitives.Dot(query, keys.Slice((source + s) * QuerySize, QuerySize));
                }

                NeuralPrimitives.Softmax<T>(row, row);
                context.Clear();
                for (int s = 0; s < length; s++)
                {
                    NeuralPrimitives.MultiplyAdd(sources.Slice((source + s) * SourceSize, SourceSize), row[s], context);
                }
            }

            source += length;
        }
    }

    // With z_ts = q_t · k_s:  ∂a_ts = ∂c_t · e_s      ∂z_ts = a_ts (∂a_ts − Σ_σ a_tσ ∂a_tσ)
    //                         ∂q_t = Σ_s ∂z_ts k_s    ∂k_s = Σ_t ∂z_ts q_t    ∂e_s = Σ_t a_ts ∂c_t + Wᵀ ∂k_s
    /// <summary>Takes a run back: writes the gradients of the queries and the sources and adds that of the parameter.
    /// Nothing is allocated.</summary>
    /// <param name="queries">q [T, Q].</param>
    /// <param name="targetLengths">[B].</param>
    /// <param name="sources">e [S, E].</param>
    /// <param name="keys">W e [S, Q].</param>
    /// <param name="sourceLengths">[B].</param>
    /// <param name="weights">a, as the forward run wrote it.</param>
    /// <param name="contextGradient">[T, E].</param>
    /// <param name="queryGradient">[T, Q], written.</param>
    /// <param name="sourceGradient">[S, E], written.</param>
    /// <param name="keyGradient">[S, Q], scratch.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> elements for each thread.</param>
    /// <param name="workers">Threads that share the products; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or memory overlaps; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        ReadOnlySpan<T> queries, ReadOnlySpan<int> targetLengths, ReadOnlySpan<T> sources, ReadOnlySpan<T> keys,
        ReadOnlySpan<int> sourceLengths,
        ReadOnlySpan<T> weights, ReadOnlySpan<T> contextGradient, Span<T> queryGradient, Span<T> sourceGradient, Span<T> keyGradient,
        Span<T> workspace,
        WorkerPool? workers = null)
    {
        Check(queries.Length, targetLengths, sources.Length, keys.Length, sourceLengths, weights.Length, contextGradient.Length);
        Require.Length(queryGradient.Length, queries.Length);
        Require.Length(sourceGradient.Length, sources.Length);
        Require.Length(keyGradient.Length, keys.Length);
        Require.AtLeast(workspace.Length, (long)WorkspaceLength * (workers?.Count ?? 1));
        CheckApart(queryGradient, queries, sources, keys);
        CheckApart(queryGradient, weights, contextGradient, sourceGradient);
        CheckApart(sourceGradient, queries, sources, keys);
        CheckApart(sourceGradient, weights, contextGradient, keyGradient);
        CheckApart(keyGradient, queries, sources, keys);
        CheckApart(keyGradient, weights, contextGradient, queryGradient);
        queryGradient.Clear();
        sourceGradient.Clear();
        keyGradient.Clear();
        int target = 0, source = 0, at = 0;
        for (int b = 0; b < targetLengths.Length; b++)
        {
            int length = sourceLengths[b];
            for (int t = 0; t < targetLengths[b]; t++, target++, at += length)
            {
                ReadOnlySpan<T> query = queries.Slice(target * QuerySize, QuerySize),
                    context = contextGradient.Slice(target * SourceSize, SourceSize);
                ReadOnlySpan<T> row = weights.Slice(at, length);
                Span<T> slope = queryGradient.Slice(target * QuerySize, QuerySize);
                T mean = T.Zero;
                for (int s = 0; s < length; s++)
                {
                    mean = T.FusedMultiplyAdd(row[s],
                        NeuralPrimitives.Dot(context, sources.Slice((source + s) * SourceSize, SourceSize)), mean);
                }

                for (int s = 0; s < length; s++)
                {
                    T a = row[s];
                    T z = a * (NeuralPrimitives.Dot(context, sources.Slice((source + s) * SourceSize, SourceSize)) - mean);
                    NeuralPrimitives.MultiplyAdd(context, a, sourceGradient.Slice((source + s) * SourceSize, SourceSize));
                    NeuralPrimitives.MultiplyAdd(keys.Slice((source + s) * QuerySize, QuerySize), z, slope);
                    NeuralPrimitives.MultiplyAdd(query, z, keyGradient.Slice((source + s) * QuerySize, QuerySize));
                }
            }

            source += length;
        }

        NeuralPrimitives.FlushTiny<T>(keyGradient, keyGradient);
        _keys.Backward(sources, keyGradient, sourceGradient, workspace, accumulate: true, workers);
    }

    /// <inheritdoc/>
    public override string ToString() => $"cross attention of {QuerySize} over {SourceSize}: {Parameters}";

    private static void CheckApart(
        ReadOnlySpan<T> written, ReadOnlySpan<T> first, ReadOnlySpan<T> second, ReadOnlySpan<T> third,
        [CallerArgumentExpression(nameof(written))] string name = "", [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(second))] string secondName = "", [CallerArgumentExpression(nameof(third))] string thirdName = "")
    {
        Require.Apart(written, first, name, firstName);
        Require.Apart(written, second, name, secondName);
        Require.Apart(written, third, name, thirdName);
    }

    private void Check(
        int queries, ReadOnlySpan<int> targetLengths, int sources, int keys, ReadOnlySpan<int> sourceLengths, int weights, int contexts)
    {
        int targets = Require.MultipleOf(queries, QuerySize), rows = Require.MultipleOf(sources, SourceSize);
        Require.Length(sourceLengths.Length, targetLengths.Length, "sourceLengths", "B");
        Ragged.Check(targetLengths, targets, nameof(targetLengths));
        Ragged.Check(sourceLengths, rows, nameof(sourceLengths));
        Require.Length(keys, (long)rows * QuerySize, "keys", "S·Q");
        Require.Length(weights, GetWeightsLength(targetLengths, sourceLengths), "weights", "Σ T_b·S_b");
        Require.Length(contexts, (long)targets * SourceSize, "contexts", "T·E");
    }
}
