using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

internal sealed partial class GsLstmPass<T>
{
    /// <summary>From the siblings' and the parents' states to those of some nodes of a level.</summary>
    private readonly struct ForwardLevel(GsLstmPass<T> pass, NarySchedule schedule, GsLstmPassTape<T> tape, int levelFirst) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int size = pass._size, padded = GateLayout.Pad(size), width = Gates * padded;
            Span<T> states = tape.H.Span, seen = tape.Seen.Span.Slice(first * 2 * size, rows * 2 * size);
            Span<T> recurrent = tape.Recurrent.Span.Slice((first - levelFirst) * width, rows * width);
            NeuralPrimitives.GatherRows<T>(states, padded, schedule.Rows.Slice(first * 2, rows * 2), size, seen, size);
            pass._state.Forward(seen, 2 * size, rows, recurrent, width, workers);
            GsLstmForward<T> kernel = new()
            {
                Places = schedule.Rows,
                First = first,
                Rows = rows,
                Squashes = pass._squashes,
                Hidden = padded,
                Recurrent = recurrent,
                Gates = tape.Gates.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                H = states,
            };
            VectorKernel.Run<GsLstmForward<T>, T>(ref kernel);
        }
    }

    /// <summary>From the gradients at the places where they stand to those of some nodes of a level, which pull their own.</summary>
    private readonly struct BackwardLevel(GsLstmPass<T> pass, NarySchedule schedule, GsLstmPassTape<T> tape) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int size = pass._size, padded = GateLayout.Pad(size), width = Gates * padded;
            pass.Pull(schedule, tape, first + 1, rows, workers);
            GsLstmBackward<T> kernel = new()
            {
                Places = schedule.Rows,
                First = first,
                Rows = rows,
                Squashes = pass._squashes,
                Hidden = padded,
                Gates = tape.Gates.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                HGradient = tape.HGradient.Span,
                CGradient = tape.CGradient.Span,
                SeenCGradient = tape.SeenCGradient.Span,
            };
            VectorKernel.Run<GsLstmBackward<T>, T>(ref kernel);
            pass._state.Backward(
                tape.Gates.Span[(first * width)..], width, rows, tape.SeenGradient.Span[(first * 2 * size)..], 2 * size,
                accumulate: false, workers);
        }
    }

    /// <summary>Adds to ∂h and ∂c of some states what they get at every place that they stand at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pull(NarySchedule schedule, GsLstmPassTape<T> tape, int row, int rows, WorkerPool? workers)
    {
        int padded = GateLayout.Pad(_size), at = row * padded;
        Span<T> seen = tape.SeenGradient.Span, seenC = tape.SeenCGradient.Span;
        NeuralPrimitives.Aggregate(schedule.Users, default, seen, _size, _size, tape.HGradient.Span[at..], padded, row, rows,
            accumulate: true, workers);
        NeuralPrimitives.Aggregate(schedule.Users, default, seenC, padded, padded, tape.CGradient.Span[at..], padded, row, rows,
            accumulate: true, workers);
    }
}
