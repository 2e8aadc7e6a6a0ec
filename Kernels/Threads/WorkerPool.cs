using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Threads that help the caller's with one piece of work after another. They spin for a while after each, so that back-to-back work is
/// shared within a fraction of a microsecond, then they park and cost nothing.
/// </summary>
/// <remarks>
/// A worker always takes the same share of a step, so that its core's caches keep its part of the weights. A batch's sequences go from
/// thread to thread in groups, so that all threads end together. What a worker has not begun by the time the caller's own share is done,
/// because it was parked or not scheduled, the caller does itself: a pool never waits for a thread to wake. The shares change no bit of
/// any result. Sharing allocates nothing and takes no lock.
/// <para>
/// One piece of work is shared at a time: while a pool is at work for one thread, work of other threads, and work within work, runs on the
/// thread that brought it. Small work (less than about a microsecond) is never shared.
/// </para>
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    private const int Line = Counter.Line;

    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _wake;
    // [worker·Line]: the last turn whose share somebody has taken; on a line that the caller touches only to take it.
    private readonly long[] _taken;
    private readonly long[] _done; // [worker·Line]: the last turn whose share the worker has done
    private readonly int[] _parked; // [worker·Line]: 1 while a worker waits to be woken
    private readonly long _spinTicks;
    private Present _present;
    private Exception? _failure;

    /// <summary>Starts the threads.</summary>
    /// <param name="workers">Threads that compute, the caller's among them: at most as many as there are cores makes sense.</param>
    /// <param name="spin">How long a worker waits for more work before it parks; 100 µs by default.
    /// Waking it then costs the caller some microseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is not in 1 … 1024,
    /// or <paramref name="spin"/> is negative.</exception>
    public WorkerPool(int workers, TimeSpan? spin = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, 1024);
        TimeSpan time = spin ?? TimeSpan.FromMicroseconds(100);
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(spin));
        Count = workers;
        _spinTicks = (long)(time.TotalSeconds * Stopwatch.Frequency);
        _taken = new long[workers * Line];
        _done = new long[workers * Line];
        _parked = new int[workers * Line];
        _wake = [.. Enumerable.Range(0, workers).Select(_ => new SemaphoreSlim(0))];
        _threads = [.. Enumerable.Range(1, workers - 1)
            .Select(worker => new Thread(() => Serve(worker)) { IsBackground = true, Name = $"FastRecurrent worker {worker}" })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }

        Counter.Yield(); // else compiled by the first step that waits for a thread without a core
    }

    /// <summary>Threads that compute, the caller's among them.</summary>
    public int Count { get; }

    /// <summary>Multiply-adds below which sharing costs more than it saves: about half a microsecond of them.</summary>
    internal long MinimumWork { get; init; } = 1 << 16;

    /// <summary>Ends the threads. Work given afterwards runs on the caller's thread; a second call does nothing.</summary>
    /// <exception cref="InvalidOperationException">The pool is at work, for another thread or for the one that calls.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _present.Busy, 1) != 0)
        {
            if (Volatile.Read(ref _present.Turn) < 0)
            {
                return; // Busy has stayed since the first call
            }

            throw new InvalidOperationException("The pool is at work.");
        }

        Volatile.Write(ref _present.Turn, -1); // and Busy stays: nobody shares work any more
        for (int worker = 1; worker < Count; worker++)
        {
            _wake[worker].Release();
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (SemaphoreSlim wake in _wake)
        {
            wake.Dispose();
        }
    }

    /// <summary>How many parts work of a size is worth: 1, or all workers.</summary>
    /// <param name="pool">The pool or null.</param>
    /// <param name="multiplyAdds">The work.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Parts(WorkerPool? pool, long multiplyAdds) => pool is null || multiplyAdds < pool.MinimumWork ? 1 : pool.Count;

    /// <summary>One part's share of a number of things that are handed out in whole blocks.</summary>
    /// <param name="count">Things.</param>
    /// <param name="block">Things in a block; the last one may be smaller.</param>
    /// <param name="part">0 … parts − 1.</param>
    /// <param name="parts">Parts in all.</param>
    /// <returns>Its things [from, to), none where there are more parts than blocks.</returns>
    internal static (int From, int To) Share(int count, int block, int part, int parts)
    {
        long blocks = (count + block - 1) / block;
        return ((int)Math.Min(count, blocks * part / parts * block), (int)Math.Min(count, blocks * (part + 1) / parts * block));
    }

    /// <summary>Does all parts of a job, one on each thread, and returns when all are done.</summary>
    /// <param name="job">The job; it stays where it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Run<TJob>(scoped ref TJob job)
        where TJob : struct, IWorkerJob, allows ref struct =>
        Run(&Do<TJob>, Unsafe.AsPointer(ref job), null, 0); // a job is on a stack and stays there until this returns

    /// <summary>
    /// The same for a job that stands ready, and an input that comes with the turn. Nothing of the job is written from time to time: all
    /// cores keep it in their caches, where a job on a stack goes from one to the other.
    /// </summary>
    /// <param name="job">The job, in an array that does not move.</param>
    /// <param name="input">What changes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Run<TJob, T>(ref TJob job, ReadOnlySpan<T> input)
        where TJob : struct, IStandingJob<T>
        where T : unmanaged
    {
        fixed (T* start = input)
        {
            Run(&Do<TJob, T>, Unsafe.AsPointer(ref job), start, input.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Do<TJob>(ref readonly Work work, int part, int parts)
        where TJob : struct, IWorkerJob, allows ref struct
    {
        // All lines at once, which the caller has just written, not one when the one before is there.
        Cache.Prefetch(new ReadOnlySpan<byte>(work.Job, Unsafe.SizeOf<TJob>()));
        Unsafe.AsRef<TJob>(work.Job).Run(part, parts);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Do<TJob, T>(ref readonly Work work, int part, int parts)
        where TJob : struct, IStandingJob<T>
        where T : unmanaged =>
        Unsafe.AsRef<TJob>(work.Job).Run(new ReadOnlySpan<T>(work.Input, work.InputLength), part, parts);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(delegate*<ref readonly Work, int, int, void> run, void* job, void* input, int inputLength)
    {
        int parts = Count;
        if (parts == 1 || Interlocked.Exchange(ref _present.Busy, 1) != 0)
        {
            Work work = new() { Run = run, Job = job, Input = input, InputLength = inputLength };
            for (int part = 0; part < parts; part++)
            {
                run(in work, part, parts);
            }

            return;
        }

        _present.Work.Run = run;
        _present.Work.Job = job;
        _present.Work.Input = input;
        _present.Work.InputLength = inputLength;
        long turn = _present.Turn + 1;
        Volatile.Write(ref _present.Turn, turn); // and no fence before looking for parked workers: they make one when they park
        for (int worker = 1; worker < parts; worker++)
        {
            if (Volatile.Read(ref _parked[worker * Line]) != 0 && Interlocked.Exchange(ref _parked[worker * Line], 0) != 0)
            {
                _wake[worker].Release();
            }
        }

        try
        {
            run(in _present.Work, 0, parts);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        for (int part = 1; part < parts; part++)
        {
            ref long done = ref _done[part * Line];
            if (!Counter.Reaches(ref done, turn, Counter.PatientLooks) && !TryDo(part, turn))
            {
                Counter.Await(ref done, turn);
            }
        }

        Exception? first = _failure;
        if (first is not null)
        {
            _failure = null; // only then: workers read the fields around it
        }

        Volatile.Write(ref _present.Busy, 0);
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Takes a share of a turn unless somebody has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryDo(int part, long turn)
    {
        ref long taken = ref _taken[part * Line];
        long seen = Volatile.Read(ref taken);
        if (seen >= turn || Interlocked.CompareExchange(ref taken, turn, seen) != seen)
        {
            return false;
        }

        try
        {
            _present.Work.Run(in _present.Work, part, Count);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Serve(int worker)
    {
        long done = 0;
        while (true)
        {
            long turn = NextTurn(worker, done);
            if (turn < 0)
            {
                return;
            }

            if (TryDo(worker, turn))
            {
                Volatile.Write(ref _done[worker * Line], turn);
            }

            done = turn;
        }
    }

    /// <summary>Spins, then parks, until there is a turn after <paramref name="done"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long NextTurn(int worker, long done)
    {
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 1; i <= Counter.EagerLooks || Stopwatch.GetTimestamp() - start < _spinTicks; i++)
            {
                long turn = Volatile.Read(ref _present.Turn);
                if (turn != done)
                {
                    return turn;
                }

                if (i > Counter.EagerLooks)
                {
                    Thread.SpinWait(1);
                }
            }

            Volatile.Write(ref _parked[worker * Line], 1);
            Interlocked.MemoryBarrierProcessWide(); // either this sees the caller's turn, or the caller sees that this is parked
            if (Volatile.Read(ref _present.Turn) == done || Interlocked.Exchange(ref _parked[worker * Line], 0) == 0)
            {
                _wake[worker].Wait();
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Count} workers";

    /// <summary>What there is to do.</summary>
    private struct Work
    {
        public delegate*<ref readonly Work, int, int, void> Run;
        public void* Job;
        public void* Input;
        public int InputLength;
    }

    /// <summary>What threads write while others read, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Present
    {
        /// <summary>Counts jobs; −1 when there will be no more.</summary>
        [FieldOffset(128)]
        public long Turn;

        /// <summary>On the line that workers watch, so that it arrives with the turn.</summary>
        [FieldOffset(136)]
        public Work Work;

        /// <summary>1 while a thread shares a job.</summary>
        [FieldOffset(256)]
        public int Busy;
    }
}
