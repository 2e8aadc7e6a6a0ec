using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class NaryTreeLstm<T>
{
    /// <summary>From the children's states to those of some nodes of a level.</summary>
    private readonly struct ForwardLevel(NaryTreeLstm<T> cell, NarySchedule schedule, NaryTreeLstmTape<T> tape, bool isInner) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int arity = cell.Arity, size = cell.HiddenSize, padded = GateLayout.Pad(size), gates = (3 + arity) * padded,
                slots = arity * size;
            Span<T> states = tape.H.Span;
            if (isInner)
            {
                Span<T> children = tape.Children.Span.Slice(first * slots, rows * slots);
                NeuralPrimitives.GatherRows<T>(states, padded, schedule.Rows.Slice(first * arity, rows * arity), size, children, size);
                cell._state.Forward(children, slots, rows, tape.Gates.Span.Slice(first * gates, rows * gates), gates, workers);
            }

            NaryTreeLstmForward<T> kernel = new()
            {
                Places = schedule.Rows,
                Arity = arity,
                First = first,
                Rows = rows,
                Inner = isInner,
                Hidden = padded,
                Iou = tape.Iou.Span,
                InputF = tape.InputF.Span,
                Gates = tape.Gates.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                H = states,
            };
            VectorKernel.Run<NaryTreeLstmForward<T>, T>(ref kernel);
        }
    }

    /// <summary>From the gradients at the places where they stand to those of some nodes of a level, which pull their own.</summary>
    private readonly struct BackwardLevel(NaryTreeLstm<T> cell, NarySchedule schedule, NaryTreeLstmTape<T> tape, bool isInner) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int arity = cell.Arity, size = cell.HiddenSize, padded = GateLayout.Pad(size), gates = (3 + arity) * padded,
                slots = arity * size;
            Span<T> children = tape.ChildrenGradient.Span, childrenC = tape.ChildrenCGradient.Span;
            Span<T> slopeH = tape.HGradient.Span[(first * padded)..], slopeC = tape.CGradient.Span[(first * padded)..];
            NeuralPrimitives.Aggregate(schedule.Users, default, children, size, size, slopeH, padded, first + 1, rows,
                accumulate: true, workers);
            NeuralPrimitives.Aggregate(schedule.Users, default, childrenC, padded, padded, slopeC, padded, first + 1, rows,
                accumulate: true, workers);
            NaryTreeLstmBackward<T> kernel = new()
            {
                Places = schedule.Rows,
                Arity = arity,
                First = first,
                Rows = rows,
                Inner = isInner,
                Hidden = padded,
                Iou = tape.Iou.Span,
                InputF = tape.InputF.Span,
                Gates = tape.Gates.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                HGradient = tape.HGradient.Span,
                CGradient = tape.CGradient.Span,
                ChildrenCGradient = childrenC,
            };
            VectorKernel.Run<NaryTreeLstmBackward<T>, T>(ref kernel);
            if (isInner)
            {
                cell._state.Backward(tape.Gates.Span[(first * gates)..], gates, rows, children[(first * slots)..], slots,
                    accumulate: false, workers);
            }
        }
    }
}
