using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Every part of a job is done once, whatever the threads are at.</summary>
public class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 100)]
    [InlineData(5, 100)]
    [InlineData(3, 0)]
    public void Every_part_is_done_once_and_before_the_caller_goes_on(int workers, int spinMicroseconds)
    {
        using WorkerPool pool = new(workers, TimeSpan.FromMicroseconds(spinMicroseconds));
        int[] done = new int[workers];
        for (int turn = 1; turn <= 2000; turn++)
        {
            CountingJob job = new() { Done = done };
            pool.Run(ref job);
            Assert.All(done, count => Assert.Equal(turn, count));
            if (turn % 500 == 0)
            {
                Thread.Sleep(2); // the workers park
            }
        }
    }

    [Fact]
    public void Shares_are_whole_blocks_and_cover_everything()
    {
        for (int count = 0; count < 100; count++)
        {
            for (int parts = 1; parts < 6; parts++)
            {
                int next = 0;
                for (int part = 0; part < parts; part++)
                {
                    (int from, int to) = WorkerPool.Share(count, 8, part, parts);
                    Assert.True(from == next || from == to, $"{count} in {parts}");
                    Assert.True(from % 8 == 0 || from == count);
                    next = Math.Max(next, to);
                }

                Assert.Equal(count, next);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_exception_of_any_part_comes_out_after_all_parts_have_ended(int failing)
    {
        using WorkerPool pool = new(3);
        int[] done = new int[3];
        FailingJob job = new() { Failing = failing, Done = done };
        InvalidOperationException failure = Catch(pool, job);
        Assert.Equal($"part {failing}", failure.Message);
        Assert.Equal(2, done.Sum());
        CountingJob next = new() { Done = done };
        pool.Run(ref next);
        Assert.Equal(5, done.Sum());

        static InvalidOperationException Catch(WorkerPool pool, FailingJob job) =>
            Assert.Throws<InvalidOperationException>(() => pool.Run(ref job));
    }

    [Fact]
    public void Work_within_work_runs_on_the_thread_that_brings_it()
    {
        using WorkerPool pool = new(2);
        int[] done = new int[2];
        NestedJob job = new() { Pool = pool, Done = done };
        pool.Run(ref job);
        Assert.Equal([2, 2], done);
    }

    [Fact]
    public void Two_threads_may_use_one_pool()
    {
        using WorkerPool pool = new(3);
        int[][] done = [.. Enumerable.Range(0, 4).Select(_ => new int[3])];
        Thread[] threads = [.. done.Select(mine => new Thread(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                CountingJob job = new() { Done = mine };
                pool.Run(ref job);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(done, mine => Assert.Equal([20_000, 20_000, 20_000], mine));
    }

    [Fact]
    public void Parked_workers_wake_and_what_they_have_begun_is_waited_for()
    {
        using WorkerPool pool = new(2, TimeSpan.Zero);
        for (int turn = 0; turn < 3; turn++)
        {
            Thread.Sleep(5); // the worker parks
            using ManualResetEventSlim begun = new();
            MeetingJob job = new() { Begun = begun, Done = new int[2] };
            pool.Run(ref job);
            Assert.Equal([1, 1], job.Done);
        }
    }

    [Fact]
    public void Sharing_allocates_nothing()
    {
        using WorkerPool pool = new(3);
        int[] done = new int[3];
        long bytes = Numbers.AllocatedBytes(() =>
        {
            CountingJob job = new() { Done = done };
            pool.Run(ref job);
        });
        Assert.Equal(0, bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_standing_job_gets_every_turns_input_wherever_the_collector_moves_it(int workers)
    {
        using WorkerPool pool = new(workers);
        StandingJob[] jobs = GC.AllocateArray<StandingJob>(2, pinned: true);
        jobs[1].Sums = new long[workers];
        for (int turn = 0; turn < 300; turn++)
        {
            int[] input = [.. Enumerable.Range(turn, 1 + turn % 50)];
            if (turn % 30 == 0)
            {
                ThreadPool.QueueUserWorkItem(_ => GC.Collect(0, GCCollectionMode.Forced, blocking: true, compacting: true));
            }

            pool.Run<StandingJob, int>(ref jobs[1], input);
            Assert.All(jobs[1].Sums, sum => Assert.Equal(input.Sum(), sum));
        }

        pool.Run<StandingJob, int>(ref jobs[1], []);
        Assert.All(jobs[1].Sums, sum => Assert.Equal(0, sum));
        int[] same = [4];
        Assert.Equal(0, Numbers.AllocatedBytes(() => pool.Run<StandingJob, int>(ref jobs[1], same)));
    }

    [Fact]
    public void Work_after_the_end_runs_on_the_callers_thread()
    {
        WorkerPool pool = new(4);
        pool.Dispose();
        int[] done = new int[4];
        CountingJob job = new() { Done = done };
        pool.Run(ref job);
        Assert.Equal([1, 1, 1, 1], done);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(1025));
        new WorkerPool(1024, TimeSpan.Zero).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(2, TimeSpan.FromSeconds(-1)));
        Assert.Equal("4 workers", pool.ToString());
    }

    [Fact]
    public void A_second_end_does_nothing_and_none_comes_within_work()
    {
        WorkerPool pool = new(2);
        EndingJob ending = new() { Pool = pool };
        Assert.Equal("The pool is at work.", Catch(pool, ending).Message);
        CountingJob job = new() { Done = new int[2] };
        pool.Run(ref job);
        Assert.Equal([1, 1], job.Done);
        pool.Dispose();
        pool.Dispose();
        Parallel.Invoke(pool.Dispose, pool.Dispose);

        static InvalidOperationException Catch(WorkerPool pool, EndingJob job) =>
            Assert.Throws<InvalidOperationException>(() => pool.Run(ref job));
    }

    private struct EndingJob : IWorkerJob
    {
        public WorkerPool Pool;

        public readonly void Run(int part, int parts) => Pool.Dispose();
    }

    private struct CountingJob : IWorkerJob
    {
        public int[] Done;

        public readonly void Run(int part, int parts) => Done[part]++;
    }

    private struct StandingJob : IStandingJob<int>
    {
        public long[] Sums;

        public readonly void Run(ReadOnlySpan<int> input, int part, int parts)
        {
            Sums[part] = 0;
            foreach (int value in input)
            {
                Sums[part] += value;
            }
        }
    }

    private struct FailingJob : IWorkerJob
    {
        public int Failing;
        public int[] Done;

        public readonly void Run(int part, int parts)
        {
            if (part == Failing)
            {
                throw new InvalidOperationException($"part {part}");
            }

            Done[part]++;
        }
    }

    /// <summary>The caller's part ends when a worker has begun the other, which takes longer.</summary>
    private struct MeetingJob : IWorkerJob
    {
        public ManualResetEventSlim Begun;
        public int[] Done;

        public readonly void Run(int part, int parts)
        {
            if (part == 0)
            {
                Done[0] = Begun.Wait(TimeSpan.FromSeconds(30)) ? 1 : 0;
                return;
            }

            Begun.Set();
            Thread.Sleep(5);
            Done[1] = 1;
        }
    }

    private struct NestedJob : IWorkerJob
    {
        public WorkerPool Pool;
        public int[] Done;

        public readonly void Run(int part, int parts)
        {
            CountingJob job = new() { Done = new int[2] };
            Pool.Run(ref job);
            Done[part] = job.Done.Sum();
        }
    }
}
