using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>Rows copied, and sums and maxima over neighbours; n is the elements of a row.</summary>
internal static class SparseCases
{
    // Rows without entries at the beginning, within and at the end; the last column in use, one twice, one unused.
    private static readonly int[] _offsets = [0, 0, 3, 4, 4, 9, 9], _columns = [6, 0, 2, 6, 1, 2, 2, 3, 5];

    /// <summary>6 rows, 7 columns.</summary>
    public static CsrPattern Pattern { get; } = new(_offsets, _columns, 7);

    public static IEnumerable<GuardCase<T>> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        new("new CsrPattern", (operands, n) => _ = new CsrPattern(operands.Indices(_offsets), operands.Indices(_columns), 7 + n)),
        new(nameof(NeuralPrimitives.GatherRows), (operands, n) => NeuralPrimitives.GatherRows(
            operands.In(7, n, n + 3), n + 3, operands.Indices([6, -1, 0, 3, 3]), n, operands.Out(5, n + 2, n + 3), n + 3, padding: 2)),
        new(nameof(NeuralPrimitives.ScatterRows), (operands, n) => NeuralPrimitives.ScatterRows(
            operands.In(4, n, n + 1), n + 1, operands.Indices([5, 0, 3, 2]), n, operands.Out(6, n, n + 3), n + 3)),
        new(nameof(NeuralPrimitives.Aggregate), (operands, n) =>
        {
            for (int i = 0; i < 2; i++)
            {
                NeuralPrimitives.Aggregate(
                    Pattern, operands.In(i * Pattern.Count), operands.In(7, n, n + 3), n + 3, n, operands.Out(5, n, n + 1), n + 1,
                    firstRow: 1, accumulate: i == n % 2);
            }
        }),
        new(nameof(NeuralPrimitives.AggregateMax), (operands, n) =>
            NeuralPrimitives.AggregateMax(Pattern, operands.In(7 * n), n, operands.Out(6 * n), operands.Out(6 * n))),
        new(nameof(NeuralPrimitives.AggregateMaxBackward), (operands, n) =>
        {
            Span<T> winner = operands.Out(6 * n);
            NeuralPrimitives.AggregateMax(Pattern, operands.In(7 * n), n, operands.Out(6 * n), winner);
            NeuralPrimitives.AggregateMaxBackward(
                Pattern, Pattern.EntriesByColumn(), operands.Indices(Pattern.RowOfEntries()), winner, operands.In(6 * n), n,
                operands.Out(7 * n));
        }),
    ];
}
