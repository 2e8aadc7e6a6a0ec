using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Which rows sparse kernels ask for. What is asked for changes no bit; the digest and the bit tests cover that.</summary>
public class RowsAheadTests
{
    [Fact]
    public void Near_rows_are_not_asked_for_and_far_ones_are()
    {
        CsrPattern near = Entries(2000, node => node), far = Entries(2000, node => node * 997 % 2000);
        Assert.Equal(0, new RowsAhead(near, 256).Entries);
        Assert.False(new RowsAhead(near, 256).AsksSecondCache);
        Assert.InRange(new RowsAhead(far, 256).Entries, 1, 64);
        Assert.False(new RowsAhead(far, 256).AsksSecondCache); // 512 KB
        RowsAhead large = new(far, 8 * Processor.SecondCacheBytes / 2000);
        Assert.Equal(!Processor.IsZen5, large.AsksSecondCache);
    }

    private static CsrPattern Entries(int nodes, Func<int, int> neighbour) =>
        new([.. Enumerable.Range(0, nodes + 1)], [.. Enumerable.Range(0, nodes).Select(neighbour)], nodes);
}
