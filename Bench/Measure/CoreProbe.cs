using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Measure;

/// <summary>
/// Whether some threads have a core each at this moment, and how far apart the first two are. Two processors of a virtual machine may be
/// the two hardware threads of one core, for a tenth of a second or for seconds, or change from one cache to another, and the system in it
/// cannot know: only arithmetic on both at the same time tells, and a cache line that goes to and fro.
/// </summary>
internal sealed class CoreProbe : IDisposable
{
    private const int Steps = 4000; // of the loop between two looks at the clock: some 10 µs
    private const int Windows = 20; // in which one thread shows how fast a core is
    private const int Trips = 500; // of the cache line
    private const int Line = 32; // longs: lines are fetched in pairs

    // Hardware threads of one core get half of its multiply-adds each; a core that others slow down gets three quarters or more.
    private const double LeastShare = 0.7;

    private readonly Thread[] _others;
    private readonly SemaphoreSlim[] _starts;
    private readonly double[] _rates;
    private readonly long[] _lines = new long[3 * Line];
    private readonly List<double> _trips = [];
    private readonly long _window = Stopwatch.Frequency / 500;
    private double _best;
    private long _end; // of the present window, in ticks; 0 until all threads are there
    private int _here, _done;
    private volatile bool _disposed;

    /// <summary>Starts the threads, and finds out how fast one is alone.</summary>
    /// <param name="threads">Threads that are to have a core each, the caller's among them.</param>
    public CoreProbe(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _rates = new double[threads];
        FmaLoop.Run<float>(Steps);
        for (int i = 0; i < Windows; i++)
        {
            _best = Math.Max(_best, Rate(Stopwatch.GetTimestamp() + _window));
        }

        _starts = [.. Enumerable.Range(1, threads - 1).Select(_ => new SemaphoreSlim(0))];
        _others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Join(index)) { IsBackground = true })];
        foreach (Thread other in _others)
        {
            other.Start();
        }
    }

    /// <summary>Lets all threads compute for 2 ms, in registers, and looks whether each was about as fast as one alone.</summary>
    public bool HasCoreEach()
    {
        _here = 0;
        _done = 0;
        _end = 0;
        foreach (SemaphoreSlim start in _starts)
        {
            start.Release();
        }

        Await(ref _here, _others.Length);
        long end = Stopwatch.GetTimestamp() + _window;
        Volatile.Write(ref _end, end);
        _rates[0] = Rate(end);
        if (_others.Length > 0)
        {
            _trips.Add(Ask());
        }

        Await(ref _done, _others.Length);
        _best = Math.Max(_best, _rates.Max());
        return _rates.Min() >= LeastShare * _best;
    }

    /// <summary>Seconds that a cache line took from the first thread's core to the second's and back: the median since the last call;
    /// 0 if nothing was measured. It is the least that sharing work can cost.</summary>
    public double RoundTrip()
    {
        double median = _trips.Count == 0 ? 0 : Measurement.Summarise([.. _trips], 0).Median;
        _trips.Clear();
        return median;
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (SemaphoreSlim start in _starts)
        {
            start.Release();
        }

        foreach (Thread other in _others)
        {
            other.Join();
        }

        foreach (SemaphoreSlim start in _starts)
        {
            start.Dispose();
        }
    }

    private void Join(int index)
    {
        while (true)
        {
            _starts[index - 1].Wait();
            if (_disposed)
            {
                return;
            }

            Interlocked.Increment(ref _here);
            long end;
            while ((end = Volatile.Read(ref _end)) == 0)
            {
                Thread.Yield(); // all threads may have to share a core: then waiting must let the others run
            }

            _rates[index] = Rate(end);
            if (index == 1)
            {
                Answer();
            }

            Interlocked.Increment(ref _done);
        }
    }

    private static void Await(ref int counter, int value)
    {
        while (Volatile.Read(ref counter) != value)
        {
            Thread.Yield();
        }
    }

    /// <summary>Steps of the loop a tick, in a window: a thread that gets no core before its end is slow, too.</summary>
    private double Rate(long end)
    {
        long start = end - _window, steps = 0, now;
        do
        {
            FmaLoop.Run<float>(Steps);
            steps += Steps;
            now = Stopwatch.GetTimestamp();
        }
        while (now < end);
        return (double)steps / (now - start);
    }

    /// <summary>Writes a line and waits for the other thread to write its own; seconds a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Ask()
    {
        ref long question = ref _lines[Line], answer = ref _lines[2 * Line];
        long turn = question;
        Volatile.Write(ref question, ++turn);
        AwaitLine(ref answer, turn); // the other thread may come later
        long start = Stopwatch.GetTimestamp();
        for (int trip = 0; trip < Trips; trip++)
        {
            Volatile.Write(ref question, ++turn);
            AwaitLine(ref answer, turn);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / Trips;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Answer()
    {
        ref long question = ref _lines[Line], answer = ref _lines[2 * Line];
        long turn = answer;
        for (int trip = 0; trip <= Trips; trip++)
        {
            AwaitLine(ref question, ++turn);
            Volatile.Write(ref answer, turn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AwaitLine(ref long line, long value)
    {
        for (int looks = 1; Volatile.Read(ref line) != value; looks++)
        {
            if (looks % 10_000 == 0)
            {
                Thread.Yield();
            }
        }
    }
}
