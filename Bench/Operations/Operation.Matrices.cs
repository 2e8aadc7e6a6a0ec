using FastRecurrent.Kernels;
using static FastRecurrent.Kernels.NeuralPrimitives;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static Operation<T>[] Matrices() =>
    [
        new("Gemm", Of(typeof(NeuralPrimitives), nameof(Gemm), nameof(GemmTransposed)), (size, run) =>
        {
            (int rows, int depth, int columns) = (size.Rows, size.InputSize, size.HiddenSize);
            PackedMatrix<T> packed = new(depth, columns);
            var x = run.Input("a", (rows, depth), longer: true);
            var weight = run.Input("weight", columns * depth);
            var bias = run.Input("bias", columns, longer: true);
            var y = run.Output("c", (rows, columns), longer: true);
            var workspace = run.Workspace("workspace", GetGemmTransposedWorkspaceLength(depth, size.Threads));
            GateLayout layout = new(1, columns);
            run.Pack = () => packed.PackTransposed(weight.Values.AsSpan(0, columns * depth), layout);
            run.Forward = () => Gemm(x, depth, rows, packed, bias, y, columns, workers: size.Workers);
            run.Backward = () =>
                GemmTransposed<T>(y.Gradient, columns, layout, x, depth, rows, run.AddedGradient(weight), depth, workspace,
                    workers: size.Workers);
            run.Flops = 2.0 * rows * depth * columns;
        }) { IsRowWise = true },
        new("Gemm, gates, strides, adding", Of(typeof(NeuralPrimitives), nameof(Gemm), nameof(GemmTransposed)), (size, run) =>
        {
            GateLayout layout = new(3, size.HiddenSize);
            (int rows, int depth, int columns) = (size.Rows, layout.Width, size.InputSize);
            (int lda, int ldc) = (depth + 5, columns + 3);
            PackedMatrix<T> packed = new(depth, columns);
            var x = run.Input("a", Strided(rows, lda, depth), longer: true);
            var weight = run.Input("weight", layout.Rows * columns);
            var y = run.Sum("c", Strided(rows, ldc, columns), longer: true);
            var product = run.Sum("c", layout.Rows * columns);
            var workspace = run.Workspace("workspace", GetGemmTransposedWorkspaceLength(columns, size.Threads));
            run.Pack = () => packed.Pack(weight.Values.AsSpan(0, layout.Rows * columns), layout);
            run.Forward = () => Gemm(x, lda, rows, packed, default, y, ldc, accumulate: true, workers: size.Workers);
            run.Backward = () => GemmTransposed<T>(x, lda, layout, y, ldc, rows, product, columns, workspace, workers: size.Workers);
            run.Flops = 2.0 * rows * depth * columns;
        }),
        new("GateGemv", Of(typeof(NeuralPrimitives), "GateGemv(ReadOnlySpan<T>, PackedMatrix, ReadOnlySpan<T>, Span<T>)"), (size, run) =>
        {
            PackedMatrix<T> packed = new(size.InputSize, size.HiddenSize);
            packed.PackTransposed(run.Input("weight", size.HiddenSize * size.InputSize), new GateLayout(1, size.HiddenSize));
            var x = run.Input("x", size.InputSize, longer: true);
            var bias = run.Input("bias", size.HiddenSize, longer: true);
            var y = run.Output("y", size.HiddenSize, longer: true);
            run.Forward = () => GateGemv(x, packed, bias, y);
            run.Flops = 2.0 * size.InputSize * size.HiddenSize;
        }),
        new("packing weights", Of(typeof(PackedMatrix<>), nameof(PackedMatrix<>.PackTransposed), nameof(PackedMatrix<>.UnpackTransposed)),
            (size, run) =>
        {
            GateLayout layout = new(4, size.HiddenSize);
            PackedMatrix<T> packed = new(size.InputSize, layout.Width);
            var weight = run.Input("weight", layout.Rows * size.InputSize);
            var unpacked = run.Output("weight", layout.Rows * size.InputSize);
            run.Forward = () => packed.PackTransposed(weight, layout);
            run.Backward = () => packed.UnpackTransposed(layout, unpacked);
        }),
        new("packing weights for the gradient", Of(typeof(PackedMatrix<>), nameof(PackedMatrix<>.Pack)), (size, run) =>
        {
            GateLayout layout = new(4, size.HiddenSize);
            PackedMatrix<T> packed = new(layout.Width, size.InputSize);
            var weight = run.Input("weight", layout.Rows * size.InputSize);
            run.Forward = () => packed.Pack(weight, layout);
        }),
        new("interleaving gates", Of(typeof(GateLayout), nameof(GateLayout.Interleave)), (size, run) =>
        {
            GateLayout layout = new(4, size.HiddenSize);
            var x = run.Input("source", layout.Rows);
            var y = run.Output("destination", layout.Width);
            run.Forward = () => layout.Interleave<T>(x, y);
        }),
        .. typeof(T) == typeof(float) ? (Operation<T>[])(object)Rounded() : [],
    ];

    private static Operation<float>[] Rounded() =>
    [
        new("GateGemv, bfloat16",
            Of(typeof(NeuralPrimitives), "GateGemv(ReadOnlySpan<Single>, BFloat16Matrix, ReadOnlySpan<Single>, Span<Single>)"),
            (size, run) =>
        {
            BFloat16Matrix rounded = new(RandomWeights(size));
            var (x, bias, y) = Vectors(size, run);
            run.Forward = () => GateGemv(x, rounded, bias, y);
        }),
        new("GateGemv, int8",
            Of(typeof(NeuralPrimitives), "GateGemv(ReadOnlySpan<Single>, Int8Matrix, ReadOnlySpan<Single>, Span<Single>)"), (size, run) =>
        {
            Int8Matrix rounded = new(RandomWeights(size));
            var (x, bias, y) = Vectors(size, run);
            run.Forward = () => GateGemv(x, rounded, bias, y);
        }),
    ];

    private static PackedMatrix<float> RandomWeights(Sizes size)
    {
        GateLayout layout = new(4, size.HiddenSize);
        PackedMatrix<float> packed = new(size.InputSize, layout.Width);
        packed.PackTransposed(new OperationRun<float>(size).Input("weight", layout.Rows * size.InputSize), layout);
        return packed;
    }

    private static (Operand<float> X, Operand<float> Bias, Operand<float> Y) Vectors(Sizes size, OperationRun<float> run)
    {
        int columns = new GateLayout(4, size.HiddenSize).Width;
        run.Flops = 2.0 * size.InputSize * columns;
        return (run.Input("x", size.InputSize, longer: true), run.Input("bias", columns, longer: true),
            run.Output("y", columns, longer: true));
    }
}
