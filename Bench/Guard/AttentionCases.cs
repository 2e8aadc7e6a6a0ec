using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>Kernels over the entries of a pattern and several heads; n is the elements of a head, or the heads.</summary>
internal static class AttentionCases
{
    private static readonly CsrPattern _pattern = SparseCases.Pattern;

    public static IEnumerable<GuardCase<T>> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        new(nameof(NeuralPrimitives.AggregateHeads), (operands, n) =>
        {
            (int heads, int features) = (n % 3 + 1, n + 1);
            NeuralPrimitives.AggregateHeads(
                _pattern, operands.In(_pattern.Count * heads), operands.In(_pattern.Columns * heads * features), heads, features,
                operands.Out(_pattern.Rows * heads * features));
        }),
        new(nameof(NeuralPrimitives.AggregateHeadsBackward), (operands, n) =>
        {
            (int heads, int features) = (n % 3 + 1, n + 1);
            NeuralPrimitives.AggregateHeadsBackward(
                _pattern.EntriesByColumn(), operands.Indices(_pattern.RowOfEntries()), operands.In(_pattern.Count * heads),
                operands.In((_pattern.Rows - 1) * heads * features), heads, features, operands.Out(_pattern.Columns * heads * features));
        }),
        new(nameof(NeuralPrimitives.SegmentDot), (operands, n) =>
        {
            (int heads, int features) = (n % 3 + 1, n + 1);
            NeuralPrimitives.SegmentDot(
                _pattern, operands.In(_pattern.Rows * heads * features), operands.In(_pattern.Columns * heads * features), heads, features,
                operands.Out(_pattern.Count * heads));
        }),
        new(nameof(NeuralPrimitives.SegmentSoftmax), (operands, n) =>
        {
            (int heads, int stride) = (n + 1, n + 4);
            NeuralPrimitives.SegmentSoftmax(
                _pattern, operands.In(_pattern.Rows, heads, stride), operands.In(_pattern.Columns, heads, stride), stride, heads,
                operands.Out(_pattern.Count * heads));
        }),
        new(nameof(NeuralPrimitives.SegmentSoftmaxBackward), (operands, n) =>
        {
            (int heads, int stride) = (n + 1, n + 4);
            NeuralPrimitives.SegmentSoftmaxBackward(
                _pattern, operands.In(_pattern.Rows, heads, stride), operands.In(_pattern.Columns, heads, stride), stride, heads,
                operands.In(_pattern.Count * heads), operands.Out(_pattern.Count * heads), operands.Out(_pattern.Rows, heads, stride));
        }),
    ];
}
