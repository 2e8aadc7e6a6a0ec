using System.Numerics.Tensors;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Rows;

/// <summary>Matrix products over packed weights, in the shapes of recurrent networks.</summary>
public static class MatrixRows
{
    /// <summary>All rows, or one for a quick run.</summary>
    public static IEnumerable<BenchmarkRow> All(bool quick) => quick
        ? [Gemm(32, 256, 1024)]
        : [Gemm(32, 128, 512), Gemm(32, 256, 1024), Gemm(1600, 256, 1024), Gemm(512, 512, 512)];

    private static BenchmarkRow Gemm(int rows, int depth, int columns)
    {
        double flops = 2.0 * rows * depth * columns;
        Work work = new(flops, sizeof(float) * (double)depth * columns, sizeof(float) * (long)depth * columns);
        return new("Matrix product, weights packed", "GEMM", $"[{rows},{depth}]·[{depth},{columns}]", work, () =>
        {
            Random random = new(1);
            float[] a = new float[rows * depth], weight = new float[columns * depth], c = new float[rows * columns];
            foreach (ref float value in a.AsSpan())
            {
                value = random.NextSingle() - 0.5f;
            }

            foreach (ref float value in weight.AsSpan())
            {
                value = random.NextSingle() - 0.5f;
            }

            PackedMatrix<float> packed = new(depth, columns);
            packed.PackTransposed(weight, new GateLayout(1, columns));
            return (
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        NeuralPrimitives.Gemm<float>(a, depth, rows, packed, default, c, columns);
                    }
                },
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        for (int element = 0; element < c.Length; element++)
                        {
                            c[element] = TensorPrimitives.Dot(
                                a.AsSpan(element / columns * depth, depth), weight.AsSpan(element % columns * depth, depth));
                        }
                    }
                }
            );
        });
    }
}
