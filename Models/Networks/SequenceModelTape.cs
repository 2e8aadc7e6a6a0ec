using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of the runs of a <see cref="SequenceClassifier{T}"/> or a <see cref="SequenceTagger{T}"/>.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceModelTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _h;
    private readonly AlignedBuffer<T> _pooled;
    private readonly AlignedBuffer<T> _readGradient;
    private readonly AlignedBuffer<T> _workspace;
    private int _rows;
    private int _batch;

    internal SequenceModelTape(SequenceReadout<T> owner, int maxSteps, int maxBatch, bool hasEmbedding, WorkerPool? workers)
    {
        Owner = owner;
        Tape = owner.Network.CreateTape(maxSteps, maxBatch, workers: workers);
        long rows = Tape.MaxRows, outputSize = owner.Network.OutputSize;
        bool last = owner.Pooling == SequencePooling.LastState, every = owner.Pooling is null;
        _x = new AlignedBuffer<T>(hasEmbedding ? rows * owner.Network.InputSize : 0);
        _y = new AlignedBuffer<T>(last ? 0 : rows * outputSize);
        _h = new AlignedBuffer<T>(last ? (long)owner.Network.StateRows * maxBatch * owner.Network.HiddenSize : 0);
        _pooled = new AlignedBuffer<T>(every ? 0 : maxBatch * outputSize);
        _readGradient = new AlignedBuffer<T>((every ? rows : maxBatch) * outputSize);
        _workspace = GradientWorkspace.Create<T>(owner.WorkspaceLength, workers);
    }

    internal SequenceReadout<T> Owner { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers => Tape.Workers;

    internal Tape<T> Tape { get; }

    /// <summary>The vectors of the ids, then their gradients.</summary>
    internal Span<T> X => _x.Span[..(_rows * Owner.Network.InputSize)];

    /// <summary>All states, unless the last ones suffice; of their mean, then the gradient.</summary>
    internal Span<T> Y => Owner.Pooling == SequencePooling.LastState ? default : _y.Span[..(_rows * Owner.Network.OutputSize)];

    /// <summary>The last states, if they are wanted, then their gradient.</summary>
    internal Span<T> H =>
        Owner.Pooling == SequencePooling.LastState ? _h.Span[..(Owner.Network.StateRows * _batch * Owner.Network.HiddenSize)] : default;

    internal Span<T> Pooled => _pooled.Span[..(_batch * Owner.Network.OutputSize)];

    /// <summary>The gradient of what the linear layer reads.</summary>
    internal Span<T> ReadGradient => _readGradient.Span[..((Owner.Pooling is null ? _rows : _batch) * Owner.Network.OutputSize)];

    internal Span<T> Workspace => _workspace.Span;

    /// <inheritdoc/>
    public override string ToString() =>
        $"recording tape for {Tape.MaxSteps} steps × {Tape.MaxBatch} sequences, "
        + TapeText.Of(Tape.Bytes, Workers, _x, _y, _h, _pooled, _readGradient, _workspace);

    /// <summary>Cuts all memory to the sizes of a run, or checks that the recorded run was of these lengths.</summary>
    internal void Set(int rows, ReadOnlySpan<int> lengths, bool backward)
    {
        if (backward)
        {
            Tape.CheckRun(rows, lengths);
        }

        int longest = Ragged.Longest(lengths);
        if (longest > Tape.MaxSteps || lengths.Length > Tape.MaxBatch)
        {
            throw new ArgumentException($"{lengths.Length} sequences of up to {longest} steps do not fit into a {Tape}.", "tape");
        }

        (_rows, _batch) = (rows, lengths.Length);
        Tape.HasRun &= backward; // memory cut to other sizes no longer fits a run recorded before
    }
}
