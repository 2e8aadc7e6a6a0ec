using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="LinearMessage{T}"/>.</summary>
internal sealed class LinearMessageTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public LinearMessageTape(GraphNetOptions options, long maxNodes, long maxEdges)
    {
        long states = maxNodes * GateLayout.Pad(options.HiddenSize);
        long sources = options.SumsFirst ? 0 : options.EdgeTypes == 1 ? maxNodes : Math.Min(maxEdges, maxNodes * options.EdgeTypes);
        Sources = new AlignedBuffer<T>(options.EdgeTypes == 1 ? 0 : sources * GateLayout.Pad(options.HiddenSize));
        Messages = new AlignedBuffer<T>(sources * GateLayout.Pad(options.MessageSize));
        Sums = new AlignedBuffer<T>(options.SumsFirst ? options.Rounds * states : 0);
        SumGradient = new AlignedBuffer<T>(options.SumsFirst ? states : 0);
    }

    /// <summary>[pairs, ⌈H⌉]: the states of all pairs of a type and a node, type after type; on the way back their gradients.</summary>
    public AlignedBuffer<T> Sources { get; }

    /// <summary>[pairs, ⌈M⌉]: W_type h_u + b_type; on the way back its gradient.</summary>
    public AlignedBuffer<T> Messages { get; }

    /// <summary>[rounds, N, ⌈H⌉]: Σ h_u, where it is summed first.</summary>
    public AlignedBuffer<T> Sums { get; }

    /// <summary>[N, ⌈H⌉].</summary>
    public AlignedBuffer<T> SumGradient { get; }
}
