using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of one classifier of an <see cref="AgcNetwork{T}"/>.</summary>
internal sealed class AgcHeadTape<T>(long features, long scores)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[T·B, H] of the last layer's steps.</summary>
    public AlignedBuffer<T> Feature { get; } = new(features);

    public AlignedBuffer<T> FeatureGradient { get; } = new(features);

    /// <summary>o = Σ_t o_t, [B, classes].</summary>
    public AlignedBuffer<T> Scores { get; } = new(scores);

    /// <summary>softmax o, then ∂L/∂o, [B, classes].</summary>
    public AlignedBuffer<T> Probabilities { get; } = new(scores);
}
