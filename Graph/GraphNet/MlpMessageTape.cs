using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of an <see cref="MlpMessage{T}"/>.</summary>
internal sealed class MlpMessageTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public MlpMessageTape(GraphNetOptions options, long maxNodes, long maxEdges)
    {
        bool max = options.Aggregate == Aggregation.Max;
        long hidden = GateLayout.Pad(options.MessageHiddenSize);
        Nodes = new AlignedBuffer<T>(2 * maxNodes * hidden);
        Features = new AlignedBuffer<T>(maxEdges * options.EdgeSize);
        Edges = new AlignedBuffer<T>(options.EdgeSize == 0 ? 0 : maxEdges * hidden);
        Hidden = new AlignedBuffer<T>(options.Rounds * maxEdges * hidden);
        Sums = new AlignedBuffer<T>(max ? 0 : options.Rounds * maxNodes * hidden);
        Messages = new AlignedBuffer<T>(max ? maxEdges * GateLayout.Pad(options.MessageSize) : 0);
        HiddenGradient = new AlignedBuffer<T>((max ? maxEdges : maxNodes) * hidden);
    }

    /// <summary>[N, 2⌈K⌉]: b_1 + W_v h_v, then W_u h_u; on the way back their gradients.</summary>
    public AlignedBuffer<T> Nodes { get; }

    /// <summary>[E, De]: the edges' features.</summary>
    public AlignedBuffer<T> Features { get; }

    /// <summary>[E, ⌈K⌉]: W_e e, the same in all rounds; on the way back the sum of its gradients.</summary>
    public AlignedBuffer<T> Edges { get; }

    /// <summary>[rounds, E, ⌈K⌉]: the hidden layer; on the way back the gradient of its pre-activation.</summary>
    public AlignedBuffer<T> Hidden { get; }

    /// <summary>[rounds, N, ⌈K⌉]: the hidden layer, summed or averaged over a node's edges.</summary>
    public AlignedBuffer<T> Sums { get; }

    /// <summary>[E, ⌈M⌉]: messages before their maximum; on the way back their gradient.</summary>
    public AlignedBuffer<T> Messages { get; }

    /// <summary>[N, ⌈K⌉] of <see cref="Sums"/>, or for maxima [E, ⌈K⌉] of <see cref="Hidden"/>.</summary>
    public AlignedBuffer<T> HiddenGradient { get; }
}
