using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="Han{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class HanTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal HanTape(Han<T> owner, int maxNodes, long maxInputs, HanPathTape<T>[] paths, int workspace, WorkerPool? workers)
    {
        HanOptions options = owner.Options;
        Owner = owner;
        Workers = workers;
        MaxNodes = maxNodes;
        MaxInputs = maxInputs;
        Paths = paths;
        int entries = 0;
        foreach (HanPathTape<T> path in paths)
        {
            entries = Math.Max(entries, path.Middle is null ? path.MaxEntries : 0);
        }

        NodeCounts = new int[options.InputSizes.Count];
        X = new AlignedBuffer<T>(maxInputs);
        Projected = new AlignedBuffer<T>((long)maxNodes * options.OutputSize);
        ProjectedGradient = new AlignedBuffer<T>((long)maxNodes * options.OutputSize);
        ZGradient = new AlignedBuffer<T>((long)maxNodes * options.OutputSize);
        AlphaGradient = new AlignedBuffer<T>((long)entries * options.Heads);
        ScoresGradient = new AlignedBuffer<T>(2L * maxNodes * options.Heads);
        SemanticGradient = new AlignedBuffer<T>(options.SemanticSize);
        Beta = new AlignedBuffer<T>(options.Paths);
        BetaGradient = new AlignedBuffer<T>(options.Paths);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);
    }

    /// <summary>Nodes that fit.</summary>
    public int MaxNodes { get; }

    /// <summary>Input values of all nodes that fit.</summary>
    public long MaxInputs { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal Han<T> Owner { get; }

    internal HanPathTape<T>[] Paths { get; }

    /// <summary>Nodes of each type in the run.</summary>
    internal int[] NodeCounts { get; }

    /// <summary>Nodes of the run; −1 when there is none to take back.</summary>
    internal int Nodes { get; set; } = -1;

    /// <summary>The seed of the run's dropout.</summary>
    internal int? Seed { get; set; }

    /// <summary>[N_τ, D_τ] type after type: the inputs, with some left out.</summary>
    internal AlignedBuffer<T> X { get; }

    /// <summary>[N, K·F]: h'.</summary>
    internal AlignedBuffer<T> Projected { get; }

    internal AlignedBuffer<T> ProjectedGradient { get; }

    /// <summary>[N, K·F], of one path.</summary>
    internal AlignedBuffer<T> ZGradient { get; }

    /// <summary>[E, K], of one path.</summary>
    internal AlignedBuffer<T> AlphaGradient { get; }

    /// <summary>[N, 2K], of one path.</summary>
    internal AlignedBuffer<T> ScoresGradient { get; }

    /// <summary>[S]: (∂w / N) q.</summary>
    internal AlignedBuffer<T> SemanticGradient { get; }

    /// <summary>[paths]: w, then β.</summary>
    internal AlignedBuffer<T> Beta { get; }

    internal AlignedBuffer<T> BetaGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }
}
