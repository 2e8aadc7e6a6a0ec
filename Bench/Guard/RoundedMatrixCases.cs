using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>The products with rounded matrices, which there are for float only; their columns are a multiple of 16.</summary>
internal static class RoundedMatrixCases
{
    public static IEnumerable<GuardCase<float>> All() =>
    [
        new("GateGemv(BFloat16Matrix)", (operands, n) =>
        {
            int columns = Columns(n);
            BFloat16Matrix matrix = operands.Packed(new BFloat16Matrix(MatrixCases.Matrix(operands, n, columns)));
            NeuralPrimitives.GateGemv(operands.In(n), matrix, operands.In(n % 2 * columns), operands.Out(columns));
        }),
        new("GateGemv(Int8Matrix)", (operands, n) =>
        {
            int columns = Columns(n);
            Int8Matrix matrix = operands.Packed(new Int8Matrix(MatrixCases.Matrix(operands, n, columns)));
            NeuralPrimitives.GateGemv(operands.In(n), matrix, operands.In(n % 2 * columns), operands.Out(columns));
        }),
    ];

    private static int Columns(int n) => (n % 17 + 1) * GateLayout.Block;
}
