using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="Readout{T}"/>.</summary>
internal sealed class GraphReadoutTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public GraphReadoutTape(GraphNetOptions options, long maxNodes, long maxGraphs, AttentionTape<T>? attention)
    {
        long state = GateLayout.Pad(options.HiddenSize);
        bool pools = options.Readout is GraphReadout.Sum or GraphReadout.Mean or GraphReadout.Max;
        Pooled = new AlignedBuffer<T>(pools ? maxGraphs * state : 0);
        Winner = new AlignedBuffer<T>(options.Readout == GraphReadout.Max ? maxGraphs * state : 0);
        Sorted = new AlignedBuffer<T>(attention is null ? 0 : maxNodes * options.HiddenSize);
        SortedGradient = new AlignedBuffer<T>(Sorted.Length);
        Alpha = new AlignedBuffer<T>(attention is null ? 0 : maxNodes);
        Attention = attention;
    }

    /// <summary>[G, ⌈H⌉]: the maxima; on the way back the gradient of y.</summary>
    public AlignedBuffer<T> Pooled { get; }

    /// <summary>[G, ⌈H⌉]: whose state was the largest.</summary>
    public AlignedBuffer<T> Winner { get; }

    /// <summary>[N, H]: the states, graph after graph.</summary>
    public AlignedBuffer<T> Sorted { get; }

    public AlignedBuffer<T> SortedGradient { get; }

    /// <summary>[N]: the attention, graph after graph.</summary>
    public AlignedBuffer<T> Alpha { get; }

    public AttentionTape<T>? Attention { get; }
}
