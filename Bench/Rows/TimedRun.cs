using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Rows;

/// <summary>Something to time on one thread or on several, and what it writes.</summary>
/// <param name="Run">So many calls.</param>
/// <param name="Results">Arrays that a call writes; the same calls write the same bits on any number of threads.</param>
internal sealed record TimedRun(Candidate Run, params float[][] Results)
{
    /// <summary>A network's streaming step; input size = hidden size.</summary>
    public static TimedRun Step<TCell>(RecurrentNetwork<TCell, float> network, WorkerPool? workers = null)
        where TCell : struct, IRecurrentCell<float>
    {
        RecurrentStream<TCell, float> stream = network.CreateStream(workers);
        float[] x = BenchGraphs.Values(network.InputSize), y = new float[network.OutputSize];
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    stream.Step(x, y);
                }
            },
            y);
    }

    /// <summary>One step of many streams together.</summary>
    public static TimedRun Sessions<TCell>(RecurrentNetwork<TCell, float> network, int count, WorkerPool? workers = null)
        where TCell : struct, IRecurrentCell<float>
    {
        StreamPool<TCell, float> pool = network.CreateStreamPool(count, workers);
        int[] sessions = [.. Enumerable.Range(0, count).Select(_ => pool.Open())];
        float[] x = BenchGraphs.Values(count * network.InputSize), y = new float[count * network.OutputSize];
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    pool.Step(sessions, x, y);
                }
            },
            y);
    }

    /// <summary>A batch of sequences, forward.</summary>
    public static TimedRun Sequences(RecurrentNetwork<float> network, int steps, int batch, WorkerPool? workers = null)
    {
        Tape<float> workspace = network.CreateWorkspace(steps, batch, workers: workers);
        float[] x = BenchGraphs.Values(steps * batch * network.InputSize), y = new float[steps * batch * network.OutputSize];
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    network.Run(new SequenceInput<float> { Steps = steps, Batch = batch, X = x },
                        new SequenceOutput<float> { Y = y }, workspace);
                }
            },
            y);
    }

    /// <summary>A batch of sequences, forward and backward.</summary>
    public static TimedRun Training(RecurrentNetwork<float> network, int steps, int batch, WorkerPool? workers = null)
    {
        Tape<float> tape = network.CreateTape(steps, batch, workers: workers);
        float[] x = BenchGraphs.Values(steps * batch * network.InputSize), dx = new float[x.Length];
        float[] y = new float[steps * batch * network.OutputSize], dy = BenchGraphs.Values(y.Length);
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    network.Run(new SequenceInput<float> { Steps = steps, Batch = batch, X = x },
                        new SequenceOutput<float> { Y = y }, tape);
                    network.Backward(new SequenceOutputGradient<float> { Y = dy }, new SequenceInputGradient<float> { X = dx }, tape);
                }
            },
            y, dx);
    }

    /// <summary>The sums of all nodes' neighbours.</summary>
    public static TimedRun NeighbourSums(CsrGraph graph, int features, WorkerPool? workers = null)
    {
        float[] x = BenchGraphs.Values(graph.NodeCount * features), y = new float[x.Length];
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    NeuralPrimitives.Aggregate<float>(graph.Incoming, default, x, features, features, y, features, workers: workers);
                }
            },
            y);
    }

    /// <summary>Any operation forward and backward, at sizes that say on how many threads.</summary>
    public static TimedRun ThereAndBack(Operation<float> operation, Sizes sizes)
    {
        OperationRun<float> run = operation.Create(sizes);
        return new(
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    run.Forward();
                    run.Backward!();
                }
            },
            [.. run.Numbers.Where(operand => operand.Role is Role.Output or Role.Gradient && !operand.IsAddedTo)
            .Select(operand => operand.Values)]);
    }
}
