using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class Recursive<T>
{
    /// <summary>From the children's states to those of some nodes of a level above the leaves.</summary>
    private readonly struct ForwardLevel(Recursive<T> cell, NarySchedule schedule, RecursiveTape<T> tape) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int size = cell.HiddenSize, padded = GateLayout.Pad(size);
            Span<T> states = tape.H.Span, children = tape.Children.Span.Slice(first * 2 * size, rows * 2 * size),
                own = states.Slice((first + 1) * padded, rows * padded);
            NeuralPrimitives.GatherRows<T>(states, padded, schedule.Rows.Slice(first * 2, rows * 2), size, children, size);
            cell._composition.Forward(children, 2 * size, rows, own, padded, workers);
            NeuralPrimitives.Activate<T>(cell.Activation, own, own);
            NeuralPrimitives.FlushTiny<T>(own, own);
        }
    }

    /// <summary>From the gradients at the places where they stand to those of some nodes of a level, which pull their own.</summary>
    private readonly struct BackwardLevel(Recursive<T> cell, NarySchedule schedule, RecursiveTape<T> tape, bool isInner) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int size = cell.HiddenSize, padded = GateLayout.Pad(size);
            Span<T> places = tape.ChildrenGradient.Span, slope = tape.HGradient.Span.Slice(first * padded, rows * padded);
            NeuralPrimitives.Aggregate(schedule.Users, default, places, size, size, slope, padded, first + 1, rows,
                accumulate: true, workers);
            if (isInner)
            {
                NeuralPrimitives.ActivateBackward<T>(cell.Activation, tape.H.Span.Slice((first + 1) * padded, rows * padded), slope, slope);
                NeuralPrimitives.FlushTiny<T>(slope, slope);
                cell._composition.Backward(slope, padded, rows, places[(first * 2 * size)..], 2 * size, accumulate: false, workers);
            }
        }
    }
}
