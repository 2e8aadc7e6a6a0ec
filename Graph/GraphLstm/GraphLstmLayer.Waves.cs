using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

internal sealed partial class GraphLstmLayer<T>
{
    /// <summary>From the neighbours' states to those of some nodes of a wave.</summary>
    private ref struct ForwardWave : ILevel
    {
        public GraphLstmLayer<T> Layer;
        public GraphLstmSchedule Schedule;
        public GraphLstmLayerTape<T> Tape;
        public GraphLstmTape<T> Shared;
        public Span<T> H;
        public Span<T> M;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int first, int rows, WorkerPool? workers)
        {
            int padded = GateLayout.Pad(Layer._size), meanWidth = Layer._meanGates * padded;
            Span<T> means = Tape.Mean.Span.Slice(first * padded, rows * padded), meanGates = Tape.MeanGates.Span;
            NeuralPrimitives.Aggregate<T>(Schedule.Seen, default, H, padded, padded, means, padded, first, rows, workers: workers);
            DivideByDegree(Schedule, first, rows, means, padded);
            Layer._mean.Forward(means, padded, rows, meanGates[(first * meanWidth)..], meanWidth, workers);
            GraphLstmForward<T> kernel = new()
            {
                Seen = Schedule.Seen,
                Neighbours = Schedule.Neighbours,
                First = first,
                Rows = rows,
                Hidden = padded,
                OutputSeesNeighbours = Layer._meanGates == 3,
                InputGates = Tape.InputGates.Span,
                StateGates = Tape.StateGates.Span,
                MeanGates = meanGates,
                Neighbour = Shared.Neighbour.Span,
                Forget = Tape.Forget.Span,
                H = H,
                M = M,
            };
            VectorKernel.Run<GraphLstmForward<T>, T>(ref kernel);
        }
    }

    /// <summary>From the gradients of later waves, which saw the new states, to those of some nodes of a wave.</summary>
    private ref struct BackwardWave : ILevel
    {
        public GraphLstmLayer<T> Layer;
        public GraphLstmSchedule Schedule;
        public GraphLstmLayerTape<T> Tape;
        public GraphLstmTape<T> Shared;
        public ReadOnlySpan<T> H;
        public ReadOnlySpan<T> M;
        public Span<T> HGradient;
        public Span<T> MGradient;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int first, int rows, WorkerPool? workers)
        {
            int nodes = Schedule.NodeCount, padded = GateLayout.Pad(Layer._size), meanWidth = Layer._meanGates * padded,
                state = nodes + first;
            Span<T> means = Shared.MeanGradient.Span, dh = HGradient[(state * padded)..], dm = MGradient[(state * padded)..];
            NeuralPrimitives.Aggregate<T>(Schedule.SeenTargets, default, means, padded, padded, dh, padded, state, rows,
                accumulate: true, workers);
            NeuralPrimitives.Aggregate<T>(Schedule.SeenEdges, default, Tape.Forget.Span, padded, padded, dm, padded, state, rows,
                accumulate: true, workers);
            GraphLstmBackward<T> kernel = new()
            {
                Seen = Schedule.Seen,
                First = first,
                Rows = rows,
                Nodes = nodes,
                Hidden = padded,
                OutputSeesNeighbours = Layer._meanGates == 3,
                InputGates = Tape.InputGates.Span,
                StateGates = Tape.StateGates.Span,
                MeanGates = Tape.MeanGates.Span,
                Forget = Tape.Forget.Span,
                ForgetGradient = Shared.ForgetGradient.Span,
                H = H,
                M = M,
                HGradient = HGradient,
                MGradient = MGradient,
            };
            VectorKernel.Run<GraphLstmBackward<T>, T>(ref kernel);
            Span<T> own = means.Slice(first * padded, rows * padded);
            Layer._mean.Backward(Tape.MeanGates.Span[(first * meanWidth)..], meanWidth, rows, own, padded, accumulate: false, workers);
            DivideByDegree(Schedule, first, rows, own, padded);
        }
    }

    /// <summary>Divides rows of some nodes by their numbers of neighbours.</summary>
    private static void DivideByDegree(GraphLstmSchedule schedule, int first, int rows, Span<T> values, int padded)
    {
        ReadOnlySpan<int> offsets = schedule.Seen.Offsets.Slice(first, rows + 1);
        for (int row = 0; row < rows; row++)
        {
            T share = T.One / Scalar.From<T>(Math.Max(1, offsets[row + 1] - offsets[row]));
            Span<T> own = values.Slice(row * padded, padded);
            NeuralPrimitives.MultiplyScalar(own, share, own);
        }
    }
}
