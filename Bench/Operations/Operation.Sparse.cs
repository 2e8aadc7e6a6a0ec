using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using static FastRecurrent.Kernels.NeuralPrimitives;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private const int Heads = 3;

    private static Operation<T>[] Sparse() =>
    [
        new("Aggregate, weights, strides", Of(typeof(NeuralPrimitives), nameof(Aggregate)), (size, run) =>
        {
            CsrPattern pattern = size.Acyclic().Incoming;
            (int features, int ldx, int ldy) = (size.InputSize, size.InputSize + 1, size.InputSize + 4);
            var weights = run.Input("weights", pattern.Count);
            var x = run.Input("x", Strided(size.Rows, ldx, features), longer: true);
            var y = run.Output("y", Strided(size.Rows, ldy, features), longer: true);
            run.Forward = () => Aggregate<T>(pattern, weights, x, ldx, features, y, ldy, workers: size.Workers);
            run.Flops = 2.0 * pattern.Count * features;
        }),
        new("Aggregate, sums", Of(typeof(NeuralPrimitives), nameof(Aggregate)), (size, run) =>
        {
            CsrGraph graph = size.Acyclic();
            int features = size.InputSize;
            var x = run.Input("x", size.Rows * features, longer: true);
            var y = run.Output("y", size.Rows * features, longer: true);
            run.Forward = () => Aggregate<T>(graph.Incoming, default, x, features, features, y, features, workers: size.Workers);
            CsrPattern transpose = graph.Incoming.Transpose(out _);
            run.Backward = () =>
                Aggregate<T>(transpose, default, y.Gradient, features, features, x.Gradient, features, workers: size.Workers);
            run.Flops = graph.EdgeCount * features;
        }),
        new("AggregateHeads", Of(typeof(NeuralPrimitives), nameof(AggregateHeads), nameof(AggregateHeadsBackward)), (size, run) =>
        {
            (CsrPattern pattern, int features, Operand<T> weights, Operand<T> x, Operand<T> y) = HeadOperands(size, run);
            CsrPattern byColumn = pattern.EntriesByColumn();
            var rows = run.Integers("rowOfEntries", pattern.RowOfEntries(), batch: false);
            run.Forward = () => AggregateHeads<T>(pattern, weights, x, Heads, features, y, workers: size.Workers);
            run.Backward = () =>
                AggregateHeadsBackward<T>(byColumn, rows, weights, y.Gradient, Heads, features, run.AddedGradient(x),
                    workers: size.Workers);
        }),
        new("AggregateHeads, gradient of the weights", Of(typeof(NeuralPrimitives), nameof(AggregateHeads), nameof(SegmentDot)),
            (size, run) =>
        {
            (CsrPattern pattern, int features, Operand<T> weights, Operand<T> x, Operand<T> y) = HeadOperands(size, run);
            run.Forward = () => AggregateHeads<T>(pattern, weights, x, Heads, features, y, workers: size.Workers);
            run.Backward = () => SegmentDot<T>(pattern, y.Gradient, x, Heads, features, weights.Gradient, workers: size.Workers);
        }),
        new("AggregateMax", Of(typeof(NeuralPrimitives), nameof(AggregateMax), nameof(AggregateMaxBackward)), (size, run) =>
        {
            CsrPattern pattern = size.Acyclic().Incoming, byColumn = pattern.EntriesByColumn();
            int features = size.InputSize;
            var x = run.Input("x", size.Rows * features, longer: true);
            var y = run.Output("y", size.Rows * features, longer: true);
            var winner = run.Output("winner", size.Rows * features, longer: true);
            winner.HoldsWholeNumbers = true;
            var rows = run.Integers("rowOfEntries", pattern.RowOfEntries(), batch: false);
            run.Forward = () => AggregateMax<T>(pattern, x, features, y, winner, workers: size.Workers);
            run.Backward = () =>
                AggregateMaxBackward<T>(pattern, byColumn, rows, winner, y.Gradient, features, run.AddedGradient(x), workers: size.Workers);
        }),
        new("GatherRows", Of(typeof(NeuralPrimitives), nameof(GatherRows), nameof(ScatterRows)), (size, run) =>
        {
            (int columns, int stride, int wider) = (size.InputSize, size.InputSize + 1, size.InputSize + 3);
            var indices = run.Integers("indices", [.. Enumerable.Range(0, size.Rows).Reverse()], batch: false);
            indices.MayBeShorter = true;
            var x = run.Input("source", Strided(size.Rows, stride, columns), longer: true);
            var y = run.Output("destination", Strided(size.Rows, wider, columns), longer: true);
            run.Forward = () => GatherRows<T>(x, stride, indices, columns, y, wider);
            run.Backward = () => ScatterRows<T>(y.Gradient, wider, indices, columns, x.Gradient, stride);
        }),
        new("GatherRows, gaps and padding", Of(typeof(NeuralPrimitives), nameof(GatherRows)), (size, run) =>
        {
            (int columns, int padded) = (size.InputSize, size.InputSize + 2);
            int[] indices = [.. Enumerable.Range(0, size.Rows).Select(row => row % 3 - 1)];
            var x = run.Input("source", Math.Min(2, Math.Max(0, size.Rows - 1)) * columns, longer: true);
            var y = run.Output("destination", size.Rows * padded, longer: true);
            run.Forward = () => GatherRows<T>(x, columns, indices, columns, y, padded, padding: 2);
        }),
        new("SegmentSoftmax", Of(typeof(NeuralPrimitives), nameof(SegmentSoftmax), nameof(SegmentSoftmaxBackward)), (size, run) =>
        {
            CsrPattern pattern = size.Acyclic().Incoming;
            int stride = Heads + 1;
            var left = run.Input("left", Strided(size.Rows, stride, Heads), longer: true);
            var right = run.Input("right", Strided(size.Rows, stride, Heads), longer: true);
            var alpha = run.Output("alpha", pattern.Count * Heads, longer: true);
            var gradient = run.Workspace("gradient", pattern.Count * Heads);
            run.Forward = () => SegmentSoftmax<T>(pattern, left, right, stride, Heads, alpha, workers: size.Workers);
            run.Backward = () =>
            {
                alpha.Gradient.Values.CopyTo(gradient.Values, 0);
                SegmentSoftmaxBackward<T>(pattern, left, right, stride, Heads, alpha, gradient, left.Gradient, workers: size.Workers);
            };
        }),
    ];

    private static (CsrPattern Pattern, int Features, Operand<T> Weights, Operand<T> X, Operand<T> Y) HeadOperands(Sizes size,
        OperationRun<T> run)
    {
        CsrPattern pattern = size.Acyclic().Incoming;
        run.Flops = 2.0 * pattern.Count * Heads * size.InputSize;
        return (
            pattern, size.InputSize, run.Input("weights", pattern.Count * Heads, longer: true),
            run.Input("x", size.Rows * Heads * size.InputSize, longer: true),
            run.Output("y", size.Rows * Heads * size.InputSize, longer: true));
    }
}
