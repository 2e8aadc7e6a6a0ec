using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Groups go from their first position to the last, whichever threads take them.</summary>
public class GroupQueueTests
{
    private const int End = 5;

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    [InlineData(3, 7)]
    [InlineData(4, 2)]
    public void Every_group_goes_through_every_position_once_and_in_order(int workers, int groups)
    {
        using WorkerPool pool = new(workers);
        long[] states = new long[groups];
        for (int turn = 0; turn < 300; turn++)
        {
            int[] reached = new int[groups];
            CountingJob job = new() { Groups = new GroupQueue(states, End), Reached = reached };
            pool.Run(ref job);
            Assert.All(reached, position => Assert.Equal(End, position));
        }
    }

    [Fact]
    public void A_thread_takes_what_is_furthest_behind_and_of_that_its_own_share_first()
    {
        GroupQueue groups = new(new long[4], End);
        Assert.Equal(2, groups.Take(1, 2, out int position));
        Assert.Equal(0, position);
        Assert.Equal(0, groups.Take(0, 2, out _));
        groups.Return(0, 2);
        groups.Return(2, 1);
        Assert.Equal(1, groups.Take(0, 2, out _));
        Assert.Equal(3, groups.Take(0, 2, out _)); // though not its own
        Assert.Equal(2, groups.Take(0, 2, out position));
        Assert.Equal(1, position);
        Assert.Equal(0, groups.Take(1, 2, out position));
        Assert.Equal(2, position);
        Assert.Equal(-1, groups.Take(0, 2, out _)); // others have all
        groups.Return(3, End);
        Assert.Equal(-1, groups.Take(0, 2, out _));
        groups.Return(1, 4);
        Assert.Equal(1, groups.Take(1, 2, out position));
        Assert.Equal(4, position);
    }

    [Fact]
    public void Nothing_is_taken_of_work_without_positions()
    {
        GroupQueue groups = new([9, 9], end: 0);
        Assert.Equal(-1, groups.Take(0, 1, out _));
    }

    [Theory]
    [InlineData(32, 2, 8, 4, 8)] // two a thread, since smaller ones would be slower
    [InlineData(32, 2, 16, 2, 8)]
    [InlineData(20, 2, 8, 3, 8)] // 8, 8, 4
    [InlineData(12, 2, 8, 2, 1)] // 6, 6
    [InlineData(1, 2, 8, 1, 1)]
    [InlineData(64, 2, 8, 8, 8)]
    [InlineData(128, 2, 8, 8, 8)] // of 16
    [InlineData(1000, 2, 8, 32, 8)] // of 32
    [InlineData(32, 8, 8, 8, 1)]
    [InlineData(1_000_000, 2, 8, 256, 8)]
    [InlineData(2400, 300, 8, 300, 8)]
    public void There_are_some_groups_for_each_thread(int rows, int threads, int smallest, int groups, int block) =>
        Assert.Equal((groups, block), GroupQueue.Divide(rows, threads, smallest));

    private ref struct CountingJob : IWorkerJob
    {
        public GroupQueue Groups;
        public int[] Reached;

        public readonly void Run(int part, int parts)
        {
            int group;
            while ((group = Groups.Take(part, parts, out int position)) >= 0)
            {
                Assert.Equal(position, Reached[group]++); // nobody else has the group
                Groups.Return(group, position + 1);
            }
        }
    }
}
