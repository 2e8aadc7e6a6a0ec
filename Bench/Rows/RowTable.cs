using System.Globalization;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Rows;

/// <summary>The main job's rows as a table.</summary>
public static class RowTable
{
    /// <summary>What its columns mean, where a heading cannot say it.</summary>
    public static IReadOnlyList<string> Notes { get; } =
    [
        "% of roof: the least time that arithmetic, reading the weights or, in a step, waiting for its own results can take on this "
            + "machine, over the median time.",
        "Neighbour sums of reordered graphs find rows in nearer caches than all rows would fit into, and can exceed it.",
        "× plain: against the same computation in the plain managed way (a TensorPrimitives.Dot a row, one node after another), timed in "
            + "turns with ours.",
    ];

    /// <summary>A line a row, under the headings of their sections.</summary>
    public static ResultTable Create(IEnumerable<RowResult> rows, Roofs roofs)
    {
        ResultTable table = new("what", "shape", ">median", ">rate", ">of roof", ">allocated", ">× plain");
        foreach (IGrouping<string, RowResult> section in rows.GroupBy(row => row.Section))
        {
            table.AddSection(section.Key);
            foreach (RowResult row in section)
            {
                (double bound, Limit limit) = roofs.Bound(row.Work);
                double median = row.Ours.Median;
                table.Add(
                    row.Name,
                    row.Shape,
                    Units.Time(median),
                    limit == Limit.Computing
                        ? Units.Rate(row.Work.Flops / median, "FLOP/s")
                        : Units.Rate(row.Work.Bytes / median, "B/s"),
                    Units.Percent(bound / median),
                    string.Create(CultureInfo.InvariantCulture, $"{row.Ours.AllocatedBytes:0.#} B"),
                    row.Speedup is { } speedup ? string.Create(CultureInfo.InvariantCulture, $"{speedup:F1}") : "");
            }
        }

        return table;
    }
}
