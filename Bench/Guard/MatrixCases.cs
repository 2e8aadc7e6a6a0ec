using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>Packing, and the products with packed matrices; n is in turn the columns, the depth and the rows.</summary>
internal static class MatrixCases
{
    public static IEnumerable<GuardCase<T>> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        new("GateGemv(PackedMatrix)", (operands, n) => ForEachShape(n, (_, depth, columns) =>
            NeuralPrimitives.GateGemv(operands.In(depth), Matrix(operands, depth, columns), operands.In(n % 2 * columns),
            operands.Out(columns)))),
        new(nameof(NeuralPrimitives.Gemm), (operands, n) => ForEachShape(n, (rows, depth, columns) =>
        {
            bool accumulate = n % 3 == 0;
            NeuralPrimitives.Gemm(
                operands.In(rows, depth, depth + 3), depth + 3, rows, Matrix(operands, depth, columns),
                operands.In(accumulate ? 0 : columns),
                operands.Out(rows, columns, columns + 1), columns + 1, accumulate);
        })),
        new(nameof(NeuralPrimitives.GemmTransposed), (operands, n) => ForEachShape(n, (units, depth, columns) =>
        {
            GateLayout layout = new(n % 4 + 1, units);
            int width = layout.Gates == 1 ? units : layout.Width;
            NeuralPrimitives.GemmTransposed(
                operands.In(depth, width, width + 1), width + 1, layout, operands.In(depth, columns, columns + 3), columns + 3, depth,
                operands.Out(layout.Rows * columns), columns, operands.Out(NeuralPrimitives.GetGemmTransposedWorkspaceLength(columns)));
        })),
        new("PackedMatrix.Pack", (operands, n) =>
        {
            GateLayout layout = new(n % 3 + 1, 5);
            operands.Packed(new PackedMatrix<T>(layout.Width, n + 1)).Pack(operands.In(layout.Rows * (n + 1)), layout);
        }),
        new("PackedMatrix.PackTransposed", (operands, n) =>
        {
            GateLayout layout = new(n % 3 + 1, 5);
            operands.Packed(new PackedMatrix<T>(n, layout.Width)).PackTransposed(operands.In(layout.Rows * n), layout);
        }),
        new("PackedMatrix.UnpackTransposed", (operands, n) =>
        {
            GateLayout layout = new(n % 3 + 1, 5);
            Matrix(operands, n, layout.Width).UnpackTransposed(layout, operands.Out(layout.Rows * n));
        }),
        new("GateLayout.Interleave", (operands, n) =>
        {
            GateLayout layout = new(n % 5 + 1, n);
            layout.Interleave(operands.In(layout.Rows), operands.Out(layout.Width));
        }),
    ];

    /// <summary>A packed matrix of the operands' numbers.</summary>
    public static PackedMatrix<T> Matrix<T>(GuardedOperands<T> operands, int depth, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        PackedMatrix<T> matrix = new(depth, columns);
        matrix.PackTransposed(operands.In(depth * columns), new GateLayout(1, columns));
        return operands.Packed(matrix);
    }

    /// <summary>Shapes (rows, depth, columns) in which n stands once at each place.</summary>
    private static void ForEachShape(int n, Action<int, int, int> run)
    {
        int other = n * 7 % 19 + 1;
        run(other, n % 11, n + 1);
        run(other, n, n * 5 % 37 + 1);
        run(n + 1, n % 5, other);
    }
}
