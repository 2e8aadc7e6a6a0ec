using System.Diagnostics;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Soak;

/// <summary>What came of it.</summary>
/// <param name="Steps">Steps that were compared with those of the single thread.</param>
/// <param name="Differences">How many of them had other bits.</param>
internal readonly record struct SharedWeightsResult(long Steps, long Differences);

/// <summary>Many streams, and trees and graphs with tapes of their own, on many threads over the same weights.</summary>
internal static class SharedWeights
{
    private const int Size = 32, WideSize = 128, StreamLength = 256, WideLength = 16, GraphLength = 4, Nodes = 120;

    /// <summary>
    /// A group a thread: its share of the streams, half of them of one LSTM and half of one GRU, a forest through one binary Tree-LSTM and
    /// a graph through one Graph LSTM, and a stream of an LSTM wide enough for its steps to be shared among workers.
    /// All have run once, alone.
    /// </summary>
    /// <param name="threads">Groups.</param>
    /// <param name="streams">The narrow streams of all groups together.</param>
    /// <param name="workers">What the wide streams contend for.</param>
    public static SoakStream[][] CreateGroups(int threads, int streams, WorkerPool workers)
    {
        Lstm<float> lstm = BenchNetworks.Lstm(Size), wide = BenchNetworks.Lstm(WideSize);
        Gru<float> gru = BenchNetworks.Gru(Size);
        NaryTreeLstm<float> trees = new(Size, Size);
        trees.Initialise(1);
        GraphLstm<float> graphs = new(new GraphLstmOptions { InputSize = Size, HiddenSize = Size });
        graphs.Initialise(1);
        NarySchedule forest = new(BenchGraphs.BinaryTrees(Nodes / 37, 1), 2);
        CsrGraph graph = BenchGraphs.Nearest(Nodes, 6, 1).Symmetric();
        GraphLstmSchedule waves = new(graph, BenchGraphs.Order(Nodes, 1));
        SoakStream[][] groups = new SoakStream[threads][];
        for (int group = 0; group < threads; group++)
        {
            int thisGroup = group;
            groups[group] =
            [
                .. Enumerable.Range(0, streams).Where(stream => stream % threads == thisGroup)
                    .Select(stream => stream / threads % 2 == 0
                        ? Stream(lstm.CreateStream(), StreamLength, stream)
                        : Stream(gru.CreateStream(), StreamLength, stream)),
                Stream(wide.CreateStream(workers), WideLength, group),
                Trees(trees, forest, group),
                Graphs(graphs, waves, graph.EdgeCount, group),
            ];
            Array.ForEach(groups[group], stream => stream.Record());
        }

        return groups;
    }

    /// <summary>
    /// Runs them for a while, a thread a group, the steps of a group's streams in turns.
    /// When all have come to their end the groups go to the next thread.
    /// </summary>
    /// <exception cref="AggregateException">A thread failed.</exception>
    public static SharedWeightsResult Run(SoakStream[][] groups, TimeSpan duration, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp(), steps = 0, differences = 0;
        bool isOver = false;
        List<Exception> failures = [];
        using Barrier lap = new(groups.Length, _ => isOver = failures.Count > 0 || cancellation.IsCancellationRequested
            || Stopwatch.GetElapsedTime(start) >= duration);
        Thread[] threads = [.. groups.Select((_, thread) => new Thread(() => Work(thread)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        cancellation.ThrowIfCancellationRequested();
        return failures.Count == 0 ? new(steps, differences) : throw new AggregateException(failures);

        void Work(int thread)
        {
            for (int turn = thread; !isOver; turn++)
            {
                try
                {
                    (long taken, long different) = RunToEnd(groups[turn % groups.Length]);
                    Interlocked.Add(ref steps, taken);
                    Interlocked.Add(ref differences, different);
                }
                catch (Exception exception)
                {
                    lock (failures)
                    {
                        failures.Add(exception);
                    }
                }

                lap.SignalAndWait();
            }
        }
    }

    private static (long Steps, long Differences) RunToEnd(SoakStream[] group)
    {
        long steps = 0, differences = 0;
        int longest = group.Max(stream => stream.Length);
        for (int t = 0; t < longest; t++)
        {
            foreach (SoakStream stream in group)
            {
                if (t < stream.Length)
                {
                    steps++;
                    differences += stream.Step(t) ? 0 : 1;
                }
            }
        }

        return (steps, differences);
    }

    private static SoakStream Stream(RecurrentStream<float> stream, int length, int seed)
    {
        int size = stream.HiddenSize;
        float[] x = BenchGraphs.Values(length * size, seed), y = new float[size];
        return new SoakStream(length, stream.Reset, t => stream.Step(x.AsSpan(t * size, size), y), y);
    }

    private static SoakStream Trees(NaryTreeLstm<float> cell, NarySchedule schedule, int seed)
    {
        NaryTreeLstmTape<float> tape = cell.CreateTape(schedule.NodeCount);
        int inputs = schedule.NodeCount * Size;
        float[] x = BenchGraphs.Values(GraphLength * inputs, seed), h = new float[inputs];
        return new SoakStream(GraphLength, () => { }, t => cell.Forward(schedule, x.AsSpan(t * inputs, inputs), h, default, tape), h);
    }

    private static SoakStream Graphs(GraphLstm<float> cell, GraphLstmSchedule schedule, int edges, int seed)
    {
        GraphLstmTape<float> tape = cell.CreateTape(Nodes, edges);
        int inputs = Nodes * Size;
        float[] x = BenchGraphs.Values(GraphLength * inputs, seed), h = new float[inputs];
        return new SoakStream(GraphLength, () => { },
            t => cell.Forward(schedule, x.AsSpan(t * inputs, inputs), default, default, h, default, tape), h);
    }
}
