using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The memory of a <see cref="GruUpdate{T}"/> or an <see cref="MlpUpdate{T}"/>.</summary>
internal sealed class GraphUpdateTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public GraphUpdateTape(GraphNetOptions options, long maxNodes)
    {
        bool gru = options.Update == UpdateFunction.Gru;
        long state = GateLayout.Pad(options.HiddenSize), hidden = gru ? 0 : GateLayout.Pad(options.UpdateHiddenSize);
        Gates = new AlignedBuffer<T>(gru ? 3 * maxNodes * state : 0);
        Saved = new AlignedBuffer<T>(gru ? 6 * state * options.Rounds * maxNodes : 0);
        RecurrentGradient = new AlignedBuffer<T>(gru ? maxNodes * state : 0);
        InputStride = GateLayout.Pad(options.HiddenSize + options.MessageSize);
        Input = new AlignedBuffer<T>(gru ? 0 : options.Rounds * maxNodes * InputStride);
        InputGradient = new AlignedBuffer<T>(gru ? 0 : maxNodes * InputStride);
        Hidden = new AlignedBuffer<T>(options.Rounds * maxNodes * hidden);
        HiddenGradient = new AlignedBuffer<T>(maxNodes * hidden);
    }

    /// <summary>[N, r z n]: b + W m.</summary>
    public AlignedBuffer<T> Gates { get; }

    /// <summary>[rounds, N]: what the GRU keeps, see <see cref="Cells.GruCell{T}"/>.</summary>
    public AlignedBuffer<T> Saved { get; }

    public AlignedBuffer<T> RecurrentGradient { get; }

    /// <summary>⌈H + M⌉.</summary>
    public int InputStride { get; }

    /// <summary>[rounds, N, H + M]: [h_v; m_v].</summary>
    public AlignedBuffer<T> Input { get; }

    public AlignedBuffer<T> InputGradient { get; }

    /// <summary>[rounds, N, ⌈K⌉]: the MLP's hidden layer.</summary>
    public AlignedBuffer<T> Hidden { get; }

    public AlignedBuffer<T> HiddenGradient { get; }
}
