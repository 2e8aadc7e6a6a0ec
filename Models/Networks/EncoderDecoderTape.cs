using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of an <see cref="EncoderDecoder{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class EncoderDecoderTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly EncoderDecoder<T> _owner;
    private readonly AlignedBuffer<T>[] _perSource;
    private readonly AlignedBuffer<T>[] _perTarget;
    private readonly AlignedBuffer<T>[] _perSequence;
    private readonly AlignedBuffer<T> _weights;
    private readonly AlignedBuffer<T> _workspace;
    private readonly int[] _sourceSizes;
    private readonly int[] _targetSizes;
    private readonly int[] _sequenceSizes;
    private int _sources;
    private int _targets;
    private int _batch;
    private int _weightsLength;

    internal EncoderDecoderTape(EncoderDecoder<T> owner, int maxSourceSteps, int maxTargetSteps, int maxBatch, bool recording,
        WorkerPool? workers)
    {
        Require.Positive(maxSourceSteps);
        Require.Positive(maxTargetSteps);
        Require.Positive(maxBatch);
        _owner = owner;
        int size = owner.Options.HiddenSize, embedding = owner.Options.EmbeddingSize;
        EncoderTape = recording
            ? owner.Encoder.CreateTape(maxSourceSteps, maxBatch, workers: workers)
            : owner.Encoder.CreateWorkspace(maxSourceSteps, maxBatch, workers: workers);
        DecoderTape = recording
            ? owner.Decoder.CreateTape(maxTargetSteps, maxBatch, workers: workers)
            : owner.Decoder.CreateWorkspace(maxTargetSteps, maxBatch, workers: workers);
        int gradient = recording ? size : 0;
        _sourceSizes = [embedding, 2 * size, 2 * gradient, size, gradient];
        _targetSizes = [embedding, size, gradient, 2 * size, 2 * gradient, 3 * size, 3 * gradient, size, gradient, gradient];
        _sequenceSizes = [2 * size, 2 * size, 2 * gradient, size, gradient];
        _perSource = [.. _sourceSizes.Select(width => new AlignedBuffer<T>((long)EncoderTape.MaxRows * width))];
        _perTarget = [.. _targetSizes.Select(width => new AlignedBuffer<T>((long)DecoderTape.MaxRows * width))];
        _perSequence = [.. _sequenceSizes.Select(width => new AlignedBuffer<T>((long)maxBatch * width))];
        _weights = new AlignedBuffer<T>(owner.Attention is null ? 0 : (long)maxBatch * maxSourceSteps * maxTargetSteps);
        _workspace = GradientWorkspace.Create<T>(recording ? owner.WorkspaceLength : 0, workers);
    }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers => EncoderTape.Workers;

    internal Tape<T> EncoderTape { get; }

    internal Tape<T> DecoderTape { get; }

    internal Span<T> EncoderInput => OfSource(0);

    internal Span<T> Encoded => OfSource(1);

    internal Span<T> EncodedGradient => OfSource(2);

    internal Span<T> Keys => OfSource(3);

    internal Span<T> KeyGradient => OfSource(4);

    internal Span<T> DecoderInput => OfTarget(0);

    internal Span<T> Queries => OfTarget(1);

    internal Span<T> QueryGradient => OfTarget(2);

    internal Span<T> Contexts => OfTarget(3);

    internal Span<T> ContextGradient => OfTarget(4);

    internal Span<T> Joined => OfTarget(5);

    internal Span<T> JoinedGradient => OfTarget(6);

    internal Span<T> Combined => OfTarget(7);

    internal Span<T> CombinedGradient => OfTarget(8);

    internal Span<T> DirectGradient => OfTarget(9);

    /// <summary>h of the encoder after the last step, [2, B, H].</summary>
    internal Span<T> EncoderStates => OfSequence(0);

    /// <summary>The same as [B, 2H].</summary>
    internal Span<T> LastStates => OfSequence(1);

    internal Span<T> LastStatesGradient => OfSequence(2);

    /// <summary>The decoder's first state.</summary>
    internal Span<T> Bridged => OfSequence(3);

    internal Span<T> BridgedGradient => OfSequence(4);

    internal Span<T> Weights => _weights.Span[..(_owner.Attention is null ? 0 : _weightsLength)];

    internal Span<T> Workspace => _workspace.Span;

    /// <summary>Throws unless the memory was made for runs that can be taken back.</summary>
    internal void CheckRecording()
    {
        if (!EncoderTape.IsRecording)
        {
            throw new InvalidOperationException("A workspace records nothing: Backward needs a tape made by CreateTape.");
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{(EncoderTape.IsRecording ? "recording tape" : "workspace")} for {EncoderTape.MaxBatch} pairs of up to {EncoderTape.MaxSteps} "
            + $"and {DecoderTape.MaxSteps} words, "
        + TapeText.Of(EncoderTape.Bytes + DecoderTape.Bytes, Workers,
            [.. _perSource, .. _perTarget, .. _perSequence, _weights, _workspace]);

    /// <summary>Checks the sizes of a batch and cuts all memory to them.</summary>
    internal void Set(EncoderDecoder<T> owner, int sources, int targets, int batch, long weights)
    {
        Require.MadeBy(_owner, owner, "network");

        if (sources > EncoderTape.MaxRows || targets > DecoderTape.MaxRows || batch > EncoderTape.MaxBatch
            || weights > Math.Max(_weights.Length, _owner.Attention is null ? weights : 0))
        {
            throw new ArgumentException(
                $"{batch} pairs with {sources} and {targets} words do not fit into a tape for {EncoderTape.MaxBatch} pairs with "
                + $"{EncoderTape.MaxRows} and {DecoderTape.MaxRows}.", "tape");
        }

        (_sources, _targets, _batch, _weightsLength) = (sources, targets, batch, (int)weights);
    }

    private Span<T> OfSource(int i) => _perSource[i].Span[..(_sources * _sourceSizes[i])];

    private Span<T> OfTarget(int i) => _perTarget[i].Span[..(_targets * _targetSizes[i])];

    private Span<T> OfSequence(int i) => _perSequence[i].Span[..(_batch * _sequenceSizes[i])];
}
