using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>Kernels over spans of one length, and the sum of columns.</summary>
internal static class ElementwiseCases
{
    private delegate void Unary<T>(ReadOnlySpan<T> x, Span<T> destination);

    private delegate void Binary<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination);

    private delegate void WithScalar<T>(ReadOnlySpan<T> x, T y, Span<T> destination);

    private delegate T Reduction<T>(ReadOnlySpan<T> x);

    public static IEnumerable<GuardCase<T>> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        Case<T>(nameof(NeuralPrimitives.Relu), NeuralPrimitives.Relu),
        Case<T>(nameof(NeuralPrimitives.Tanh), NeuralPrimitives.Tanh),
        Case<T>(nameof(NeuralPrimitives.Sigmoid), NeuralPrimitives.Sigmoid),
        Case<T>(nameof(NeuralPrimitives.Elu), NeuralPrimitives.Elu),
        Case<T>(nameof(NeuralPrimitives.SaturatedLinear), NeuralPrimitives.SaturatedLinear),
        Case<T>(nameof(NeuralPrimitives.Exp), NeuralPrimitives.Exp),
        Case<T>(nameof(NeuralPrimitives.FlushTiny), NeuralPrimitives.FlushTiny),
        Case<T>(nameof(NeuralPrimitives.Softmax), (x, destination) => NeuralPrimitives.Softmax(x, destination)),
        Case<T>(nameof(NeuralPrimitives.Add), NeuralPrimitives.Add),
        Case<T>(nameof(NeuralPrimitives.Multiply), NeuralPrimitives.Multiply),
        Case<T>(nameof(NeuralPrimitives.ReluBackward), NeuralPrimitives.ReluBackward),
        Case<T>(nameof(NeuralPrimitives.TanhBackward), NeuralPrimitives.TanhBackward),
        Case<T>(nameof(NeuralPrimitives.SigmoidBackward), NeuralPrimitives.SigmoidBackward),
        Case<T>(nameof(NeuralPrimitives.EluBackward), NeuralPrimitives.EluBackward),
        Case<T>(nameof(NeuralPrimitives.SaturatedLinearBackward), NeuralPrimitives.SaturatedLinearBackward),
        Case<T>(nameof(NeuralPrimitives.AddScalar), NeuralPrimitives.AddScalar),
        Case<T>(nameof(NeuralPrimitives.MultiplyScalar), NeuralPrimitives.MultiplyScalar),
        Case<T>(nameof(NeuralPrimitives.MultiplyAdd), NeuralPrimitives.MultiplyAdd),
        Case<T>(nameof(NeuralPrimitives.Sum), NeuralPrimitives.Sum),
        new(nameof(NeuralPrimitives.Dot), (operands, n) => operands.Out(1)[0] = NeuralPrimitives.Dot(operands.In(n), operands.In(n))),
        new(nameof(NeuralPrimitives.Activate), (operands, n) => ForEachActivation(activation =>
            NeuralPrimitives.Activate(activation, operands.In(n), operands.Out(n)))),
        new(nameof(NeuralPrimitives.ActivateBackward), (operands, n) => ForEachActivation(activation =>
            NeuralPrimitives.ActivateBackward(activation, operands.In(n), operands.In(n), operands.Out(n)))),
        new(nameof(NeuralPrimitives.ColumnSum),
            (operands, n) => NeuralPrimitives.ColumnSum(operands.In(5, n, n + 3), n + 3, 5, operands.Out(n))),
    ];

    private static GuardCase<T> Case<T>(string kernel, Unary<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(kernel, (operands, n) => run(operands.In(n), operands.Out(n)));

    private static GuardCase<T> Case<T>(string kernel, Binary<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(kernel, (operands, n) => run(operands.In(n), operands.In(n), operands.Out(n)));

    private static GuardCase<T> Case<T>(string kernel, WithScalar<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(kernel, (operands, n) => run(operands.In(n), T.CreateTruncating(0.7), operands.Out(n)));

    private static GuardCase<T> Case<T>(string kernel, Reduction<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(kernel, (operands, n) => operands.Out(1)[0] = run(operands.In(n)));

    private static void ForEachActivation(Action<Activation> run)
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            run(activation);
        }
    }
}
