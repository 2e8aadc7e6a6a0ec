using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Parts of a recurrence wait for each other, and none for a thread that does not come.</summary>
public class LockstepTests
{
    [Fact]
    public void A_part_has_one_thread()
    {
        long[] memory = new long[Lockstep.Length(4)];
        Array.Fill(memory, 7);
        Lockstep parts = new(memory);
        Assert.True(parts.TryTake(1));
        Assert.False(parts.TryTake(1));
        Assert.False(parts.TryTakeLate(1)); // its thread has it, though it is slow
        Assert.True(parts.TryTakeLate(2));
        Assert.False(parts.TryTake(2));
        Assert.False(parts.TryTakeLate(2));
        Assert.False(parts.IsTakenLate(0));
        Assert.False(parts.IsTakenLate(1));
        Assert.True(parts.IsTakenLate(2));
        parts.Publish(3, 1);
        Assert.False(parts.TryTakeLate(3)); // it is under way
        parts.Await(3, 1);
    }

    [Fact]
    public void What_is_published_is_seen_with_what_was_written_before()
    {
        long[] memory = new long[Lockstep.Length(2)];
        int[] written = new int[2];
        using WorkerPool pool = new(2);
        AddingJob job = new() { Parts = new Lockstep(memory), Written = written };
        pool.Run(ref job);
        Assert.Equal([AddingJob.Steps, AddingJob.Steps], written);
    }

    /// <summary>Each part looks at what the other has written in the step before; the pool's worker comes when it is awake.</summary>
    private ref struct AddingJob : IWorkerJob
    {
        public const int Steps = 20_000;
        public Lockstep Parts;
        public int[] Written;

        public readonly void Run(int part, int parts)
        {
            try
            {
                for (int step = 0; step < Steps; step++)
                {
                    Parts.Await(1 - part, step);
                    Assert.InRange(Volatile.Read(ref Written[1 - part]), step, step + 1);
                    Volatile.Write(ref Written[part], step + 1);
                    Parts.Publish(part, step + 1);
                }
            }
            finally
            {
                Parts.Publish(part, long.MaxValue);
            }
        }
    }
}
