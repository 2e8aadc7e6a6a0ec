using FastRecurrent.Kernels;
using static FastRecurrent.Kernels.NeuralPrimitives;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private delegate void UnaryMap(ReadOnlySpan<T> x, Span<T> destination);

    private delegate void BinaryMap(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination);

    private delegate T Scalar(ReadOnlySpan<T> x);

    private static Operation<T>[] Elementwise() =>
    [
        Map(nameof(Tanh), Tanh, nameof(TanhBackward), TanhBackward),
        Map(nameof(Sigmoid), Sigmoid, nameof(SigmoidBackward), SigmoidBackward),
        Map(nameof(Relu), Relu, nameof(ReluBackward), ReluBackward),
        Map(nameof(Elu), Elu, nameof(EluBackward), EluBackward),
        Map(nameof(SaturatedLinear), SaturatedLinear, nameof(SaturatedLinearBackward), SaturatedLinearBackward),
        .. Enum.GetValues<Activation>().Select(activation => Map(
            nameof(Activate), (x, y) => Activate(activation, x, y),
            nameof(ActivateBackward), (y, dy, dx) => ActivateBackward(activation, y, dy, dx), $" {activation}")),
        Map(nameof(Exp), Exp, nameof(Multiply), Multiply), // (eˣ)′ = eˣ
        Map(nameof(FlushTiny), FlushTiny),
        Map(nameof(AddScalar), (x, y) => AddScalar(x, Half, y)),
        Map(nameof(MultiplyScalar), (x, y) => MultiplyScalar(x, Half, y)),
        Pair(nameof(Add), Add),
        Pair(nameof(Multiply), Multiply),
        new("Softmax", Of(typeof(NeuralPrimitives), nameof(Softmax)), (size, run) =>
        {
            var x = run.Input("x", size.Rows);
            var y = run.Output("destination", size.Rows);
            run.Forward = () => Softmax<T>(x, y);
        }),
        new("Sum", Of(typeof(NeuralPrimitives), nameof(Sum)), (size, run) => AnyLength(Reduce(size, run, x => Sum(x)))),
        new("Dot", Of(typeof(NeuralPrimitives), nameof(Dot)), (size, run) =>
        {
            var y = run.Input("y", size.Rows);
            Reduce(size, run, x => Dot(x, y));
        }),
        new("MultiplyAdd", Of(typeof(NeuralPrimitives), nameof(MultiplyAdd)), (size, run) =>
        {
            var x = run.Input("x", (size.Rows, 1));
            var sum = run.Sum("destination", (size.Rows, 1));
            run.Forward = () => MultiplyAdd(x, Half, sum);
        }) { IsRowWise = true },
        new("ColumnSum", Of(typeof(NeuralPrimitives), nameof(ColumnSum)), (size, run) =>
        {
            int stride = size.InputSize + 2;
            var x = run.Input("x", Strided(size.Rows, stride, size.InputSize), longer: true);
            var sum = run.Sum("destination", size.InputSize);
            sum.MayBeShorter = true; // it says how many columns there are
            run.Forward = () => ColumnSum<T>(x, stride, size.Rows, sum, size.Workers);
        }),
    ];

    private static T Half => T.CreateChecked(0.5);

    private static Operation<T> Map(string method, UnaryMap forward, string? gradient = null, BinaryMap? backward = null,
        string variant = "") =>
        new(method + variant, Of(typeof(NeuralPrimitives), gradient is null ? [method] : [method, gradient]), (size, run) =>
        {
            var x = run.Input("x", (size.Rows, 1));
            var y = run.Output("destination", (size.Rows, 1));
            run.Forward = () => forward(x, y);
            if (backward is not null)
            {
                run.Backward = () => backward(y, y.Gradient, x.Gradient);
            }
        })
        { IsRowWise = true };

    private static Operation<T> Pair(string method, BinaryMap forward) =>
        new(method, Of(typeof(NeuralPrimitives), method), (size, run) =>
        {
            var x = run.Input("x", (size.Rows, 1));
            var y = run.Input("y", (size.Rows, 1));
            var sum = run.Output("destination", (size.Rows, 1));
            run.Forward = () => forward(x, y, sum);
        })
        { IsRowWise = true };

    private static Operand<T> Reduce(Sizes size, OperationRun<T> run, Scalar reduce)
    {
        var x = run.Input("x", size.Rows);
        var sum = run.Output("the result", 1);
        run.Forward = () => sum.Values[0] = reduce(x);
        return x;
    }

    private static void AnyLength(Operand operand) => operand.MayBeShorter = operand.MayBeLonger = true;

    /// <summary>Elements of rows with a stride: the last one ends with its columns.</summary>
    private static int Strided(int rows, int stride, int columns) => rows == 0 ? 0 : (rows - 1) * stride + columns;
}
