using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>From rows of messages to one message a node, and the gradients back. A node that receives nothing gets zeros.</summary>
internal static class MessageAggregation
{
    /// <param name="pattern">Who receives which row.</param>
    /// <param name="messages">[rows, ⌈M⌉].</param>
    /// <param name="tape">Where the round's message is written, and for maxima whose it is.</param>
    /// <param name="round">The round.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(MessagePattern pattern, ReadOnlySpan<T> messages, GraphNetTape<T> tape, int round)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = tape.MessageStride;
        Span<T> message = tape.MessageOf(round);
        if (tape.Owner.Options.Aggregate == Aggregation.Max)
        {
            NeuralPrimitives.AggregateMax(pattern.Incoming, messages, size, message, tape.WinnerOf(round), tape.Workers);
            return;
        }

        NeuralPrimitives.Aggregate(pattern.Incoming, default, messages, size, size, message, size, workers: tape.Workers);
        if (tape.Owner.Options.Aggregate == Aggregation.Mean)
        {
            Rows.Scale(message, size, size, tape.InverseDegree);
        }
    }

    /// <summary>Every row of messages pulls its gradient from the nodes that received it.</summary>
    /// <param name="pattern">Who receives which row.</param>
    /// <param name="tape">Holds the gradient of the round's message, which is used up.</param>
    /// <param name="round">The round.</param>
    /// <param name="gradient">[rows, ⌈M⌉], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(MessagePattern pattern, GraphNetTape<T> tape, int round, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = tape.MessageStride;
        Span<T> message = tape.MessageGradient;
        if (tape.Owner.Options.Aggregate == Aggregation.Max)
        {
            gradient.Clear();
            NeuralPrimitives.AggregateMaxBackward(pattern.Incoming, pattern.Entries!, pattern.Targets, tape.WinnerOf(round), message, size,
                gradient, tape.Workers);
            return;
        }

        if (tape.Owner.Options.Aggregate == Aggregation.Mean)
        {
            Rows.Scale(message, size, size, tape.InverseDegree);
        }

        NeuralPrimitives.Aggregate(pattern.Outgoing!, default, message, size, size, gradient, size, workers: tape.Workers);
    }
}
