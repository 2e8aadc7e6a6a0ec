using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of one meta-path in a <see cref="HanTape{T}"/>.</summary>
internal sealed class HanPathTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public HanPathTape(HanOptions options, int maxNodes, MetaPath path)
    {
        MaxEntries = path.EntryCount;
        long coefficients = path.IsListed ? (long)path.EntryCount * options.Heads : 0;
        Middle = path.IsListed ? null : new MiddleAttention<T>(options, maxNodes, path);
        Scores = new AlignedBuffer<T>(2L * maxNodes * options.Heads);
        Alpha = new AlignedBuffer<T>(coefficients);
        Dropped = new AlignedBuffer<T>(options.AttentionDropout > 0 ? coefficients : 0);
        Z = new AlignedBuffer<T>((long)maxNodes * options.OutputSize);
        Semantic = new AlignedBuffer<T>((long)maxNodes * options.SemanticSize);
        SemanticSum = new AlignedBuffer<T>(options.SemanticSize);
        SemanticBlock = new AlignedBuffer<T>(options.SemanticSize);
    }

    public int MaxEntries { get; }

    /// <summary>The path of the run.</summary>
    public MetaPath? Path { get; set; }

    /// <summary>What a path through middles needs; null for one with its neighbours listed.</summary>
    public MiddleAttention<T>? Middle { get; }

    /// <summary>[N, 2K]: l, then r.</summary>
    public AlignedBuffer<T> Scores { get; }

    /// <summary>[E, K]: α.</summary>
    public AlignedBuffer<T> Alpha { get; }

    /// <summary>[E, K]: α with some left out.</summary>
    public AlignedBuffer<T> Dropped { get; }

    /// <summary>[N, K·F]: z.</summary>
    public AlignedBuffer<T> Z { get; }

    /// <summary>[N, S]: tanh(W z + b), then the gradients of W z + b.</summary>
    public AlignedBuffer<T> Semantic { get; }

    /// <summary>[S]: Σ_i tanh(W z_i + b).</summary>
    public AlignedBuffer<T> SemanticSum { get; }

    /// <summary>[S]: the same over a block of nodes.</summary>
    public AlignedBuffer<T> SemanticBlock { get; }

    /// <summary>Throws unless a path fits.</summary>
    public void Check(MetaPath path, int number)
    {
        if (path.IsListed != Middle is null)
        {
            throw new ArgumentException(
                $"Path {number} is {(path.IsListed ? "listed" : "through middles")}, the tape is for the other form.", "tape");
        }

        if (path.EntryCount > MaxEntries || Middle?.Holds(path) == false)
        {
            throw new ArgumentException(
                $"Path {number} does not fit into the tape: it has {path.EntryCount} entries of {MaxEntries}, the largest middle "
                + $"{path.MaxMembers}.", "tape");
        }
    }
}
