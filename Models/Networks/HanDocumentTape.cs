using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of a <see cref="HanDocument{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class HanDocumentTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal HanDocumentTape(object owner, AttentiveEncoder<T>.Memory words, AttentiveEncoder<T>.Memory sentences, int pooled,
        int workspace, WorkerPool? workers)
    {
        Owner = owner;
        Workers = workers;
        Words = words;
        Sentences = sentences;
        Pooled = new AlignedBuffer<T>(pooled);
        PooledGradient = new AlignedBuffer<T>(pooled);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal object Owner { get; }

    internal AttentiveEncoder<T>.Memory Words { get; }

    /// <summary>Its input rows are the sentence vectors.</summary>
    internal AttentiveEncoder<T>.Memory Sentences { get; }

    internal AlignedBuffer<T> Pooled { get; }

    internal AlignedBuffer<T> PooledGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"recording tape for {Sentences.Tape.MaxBatch} documents, {Words.Tape.MaxBatch} sentences, {Words.Tape.MaxRows} words, "
        + TapeText.Of(Words.Bytes + Sentences.Bytes, Workers, Pooled, PooledGradient, Workspace);
}
