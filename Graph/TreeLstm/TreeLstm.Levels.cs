using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class TreeLstm<T>
{
    /// <summary>From the children's states to those of some nodes of a level.</summary>
    private readonly struct ForwardLevel(TreeLstm<T> cell, LevelSchedule schedule, TreeLstmTape<T> tape, bool isInner) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int padded = GateLayout.Pad(cell.HiddenSize);
            Span<T> states = tape.H.Span, recurrent = tape.StateIou.Span.Slice(first * 3 * padded, isInner ? rows * 3 * padded : 0);
            if (isInner)
            {
                Span<T> sums = tape.ChildSum.Span.Slice(first * padded, rows * padded);
                NeuralPrimitives.Aggregate(schedule.Incoming, default, states, padded, padded, sums, padded, first, rows, workers: workers);
                cell._stateIou.Forward(sums, padded, rows, recurrent, 3 * padded, workers);
            }

            TreeLstmForward<T> kernel = new()
            {
                Incoming = schedule.Incoming,
                First = first,
                Rows = rows,
                Hidden = padded,
                Recurrent = recurrent,
                Iou = tape.Iou.Span,
                InputF = tape.InputF.Span,
                StateF = tape.StateF.Span,
                Forget = tape.Forget.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                H = states,
            };
            VectorKernel.Run<TreeLstmForward<T>, T>(ref kernel);
            cell._stateF.Forward(states.Slice(first * padded, rows * padded), padded, rows,
                tape.StateF.Span.Slice(first * padded, rows * padded), padded, workers);
        }
    }

    /// <summary>From the parents' gradients to those of some nodes of a level, which pull their own.</summary>
    private readonly struct BackwardLevel(TreeLstm<T> cell, LevelSchedule schedule, TreeLstmTape<T> tape, bool isInner) : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int first, int rows, WorkerPool? workers)
        {
            int padded = GateLayout.Pad(cell.HiddenSize), at = first * padded;
            CsrPattern edges = schedule.OutgoingEdges;
            Span<T> sums = tape.ChildSumGradient.Span, slopeH = tape.HGradient.Span[at..], slopeC = tape.CGradient.Span[at..],
                slopeF = tape.StateF.Span[at..];
            NeuralPrimitives.Aggregate(schedule.OutgoingTargets, default, sums, padded, padded, slopeH, padded, first, rows,
                accumulate: true, workers);
            NeuralPrimitives.Aggregate(edges, default, tape.Forget.Span, padded, padded, slopeC, padded, first, rows,
                accumulate: true, workers);
            NeuralPrimitives.Aggregate(edges, default, tape.ForgetGradient.Span, padded, padded, slopeF, padded, first, rows,
                workers: workers);
            cell._stateF.Backward(slopeF, padded, rows, slopeH, padded, accumulate: true, workers);
            TreeLstmBackward<T> kernel = new()
            {
                Incoming = schedule.Incoming,
                First = first,
                Rows = rows,
                Hidden = padded,
                Iou = tape.Iou.Span,
                InputF = tape.InputF.Span,
                Forget = tape.Forget.Span,
                ForgetGradient = tape.ForgetGradient.Span,
                C = tape.C.Span,
                TanhC = tape.TanhC.Span,
                HGradient = tape.HGradient.Span,
                CGradient = tape.CGradient.Span,
            };
            VectorKernel.Run<TreeLstmBackward<T>, T>(ref kernel);
            if (isInner)
            {
                cell._stateIou.Backward(tape.Iou.Span[(3 * at)..], 3 * padded, rows, sums.Slice(at, rows * padded), padded,
                    accumulate: false, workers);
            }
        }
    }
}
