using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of an <see cref="AgcNetwork{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AgcNetworkTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal AgcNetworkTape(AgcNetwork<T> owner, Tape<T> augmentation, int maxSteps, int maxBatch, AgcLstmTape<T>[] layers, int workspace,
        WorkerPool? workers)
    {
        AgcNetworkOptions options = owner.Options;
        Owner = owner;
        Workers = workers;
        MaxSteps = maxSteps;
        MaxBatch = maxBatch;
        Augmentation = augmentation;
        Layers = layers;
        Steps = new int[layers.Length];
        int joints = owner.Partitions.NodeCount, last = layers[^1].MaxSteps;
        long rows = (long)maxSteps * maxBatch * joints, graphs = (long)last * maxBatch;
        Coordinates = new AlignedBuffer<T>(rows * options.CoordinateSize);
        Position = new AlignedBuffer<T>(rows * options.PositionSize);
        int widest = Math.Max(2 * options.PositionSize, Math.Max(options.FeatureSize, options.HiddenSize));
        Activations = (new AlignedBuffer<T>(rows * widest), new AlignedBuffer<T>(rows * widest));
        Alpha = [.. layers.Select(layer => new AlignedBuffer<T>(options.AttentionSize > 0 ? (long)layer.MaxSteps * maxBatch * joints : 0))];
        AlphaGradient = new AlignedBuffer<T>(Alpha[0].Length);
        StepScores = new AlignedBuffer<T>(graphs * options.Classes);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
        int heads = options.AttentionSize > 0 ? 2 : 1;
        Heads = [.. Enumerable.Range(0, heads)
            .Select(_ => new AgcHeadTape<T>(graphs * options.HiddenSize, (long)maxBatch * options.Classes))];
    }

    /// <summary>Steps that fit.</summary>
    public int MaxSteps { get; }

    /// <summary>Sequences that fit.</summary>
    public int MaxBatch { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    /// <summary>α of a layer in the last run, [T_j, B, N]: how far each step attends to each joint. Empty without attention.</summary>
    /// <param name="layer">j, from 0.</param>
    /// <returns>A view, valid until the next run.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<T> GetAttention(int layer)
    {
        Require.Index(layer, Alpha.Length);
        ReadOnlySpan<T> alpha = Alpha[layer].Span;
        return alpha.IsEmpty ? default : alpha[..(Steps[layer] * Batch * Owner.Partitions.NodeCount)];
    }

    internal AgcNetwork<T> Owner { get; }

    /// <summary>Sequences of the last run.</summary>
    internal int Batch { get; set; }

    /// <summary>Steps of every layer in the last run.</summary>
    internal int[] Steps { get; }

    /// <summary>Whether a run has been recorded and not yet been taken back.</summary>
    internal bool HasRun { get; set; }

    internal Tape<T> Augmentation { get; }

    internal AgcLstmTape<T>[] Layers { get; }

    /// <summary>[T·B·N, coordinates].</summary>
    internal AlignedBuffer<T> Coordinates { get; }

    /// <summary>[T·B·N, P].</summary>
    internal AlignedBuffer<T> Position { get; }

    /// <summary>Inputs and outputs of the parts in turn, and their gradients; the parts' tapes keep what must be kept.</summary>
    internal (AlignedBuffer<T> First, AlignedBuffer<T> Second) Activations { get; }

    /// <summary>[T_j·B·N] of each layer.</summary>
    internal AlignedBuffer<T>[] Alpha { get; }

    internal AlignedBuffer<T> AlphaGradient { get; }

    /// <summary>[T·B, classes] of the last layer's steps: scores of one classifier, then their gradients.</summary>
    internal AlignedBuffer<T> StepScores { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>Of the global classifier and, with attention, of the local one.</summary>
    internal AgcHeadTape<T>[] Heads { get; }
}
