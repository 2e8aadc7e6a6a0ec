using System.Numerics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Products that threads share, or that are taken piece by piece, have the bits of whole ones.</summary>
public class SharedWorkTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Products_and_sums_shared_by_threads_have_the_same_bits(int workers)
    {
        using WorkerPool pool = new(workers) { MinimumWork = 0 };
        Check<float>(pool);
        Check<double>(pool);

        static void Check<T>(WorkerPool pool)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach ((int rows, int columns) in new[] { (1, 300), (5, 300), (7, 129), (24, 100), (31, 17), (3, 16) })
            {
                const int Depth = 9;
                int lda = Depth + 1, ldc = columns + 2;
                GateLayout layout = new(1, columns);
                PackedMatrix<T> b = new(Depth, columns);
                b.PackTransposed(Numbers.Random<T>(1, columns * Depth), layout);
                T[] a = Numbers.Random<T>(2, rows * lda), bias = Numbers.Random<T>(3, columns), start = Numbers.Random<T>(4, rows * ldc);
                foreach (bool accumulate in new[] { false, true })
                {
                    T[] alone = [.. start], shared = [.. start];
                    NeuralPrimitives.Gemm<T>(a, lda, rows, b, accumulate ? [] : bias, alone, ldc, accumulate);
                    NeuralPrimitives.Gemm<T>(a, lda, rows, b, accumulate ? [] : bias, shared, ldc, accumulate, pool);
                    Numbers.AssertSameBits<T>(alone, shared, $"{rows} × {columns}");
                }

                T[] weights = Numbers.Random<T>(5, columns * lda), both = [.. weights], sums = Numbers.Random<T>(6, columns),
                    columnSums = [.. sums];
                NeuralPrimitives.GemmTransposed<T>(
                    start, ldc, layout, a, lda, rows, weights, lda, new T[NeuralPrimitives.GetGemmTransposedWorkspaceLength(lda)]);
                NeuralPrimitives.GemmTransposed<T>(
                    start, ldc, layout, a, lda, rows, both, lda,
                    new T[NeuralPrimitives.GetGemmTransposedWorkspaceLength(lda, pool.Count)], pool);
                Numbers.AssertSameBits<T>(weights, both, $"transposed, {rows} × {columns}");
                NeuralPrimitives.ColumnSum<T>(start, ldc, rows, sums);
                NeuralPrimitives.ColumnSum<T>(start, ldc, rows, columnSums, pool);
                Numbers.AssertSameBits<T>(sums, columnSums, $"sums, {rows} × {columns}");
            }
        }
    }

    [Fact]
    public void Columns_in_pieces_have_the_bits_of_all_at_once_and_the_others_stay()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            const int Columns = 390, Depth = 5;
            PackedMatrix<T> b = new(Depth, Columns);
            b.PackTransposed(Numbers.Random<T>(1, Columns * Depth), new GateLayout(1, Columns));
            T[] x = Numbers.Random<T>(2, Depth), bias = Numbers.Random<T>(3, Columns), whole = new T[Columns],
                old = Numbers.Random<T>(4, Columns);
            NeuralPrimitives.GateGemv<T>(x, b, bias, whole);
            for (int first = 0; first < Columns; first += 16)
            {
                for (int end = first + 16; end < Columns + 16; end += 16)
                {
                    int until = Math.Min(end, Columns);
                    foreach (bool descending in new[] { false, true })
                    {
                        T[] y = [.. old];
                        NeuralPrimitives.GateGemvColumns<T>(x, b, bias, y, first, until, descending);
                        Numbers.AssertSameBits<T>([.. old[..first], .. whole[first..until], .. old[until..]], y,
                            $"columns {first} … {until}");
                    }
                }
            }
        }
    }

    [Fact]
    public void Small_work_is_not_shared()
    {
        using WorkerPool pool = new(2);
        Assert.Equal((1, 1, 2),
            (WorkerPool.Parts(null, long.MaxValue), WorkerPool.Parts(pool, pool.MinimumWork - 1),
            WorkerPool.Parts(pool, pool.MinimumWork)));
        Assert.Equal(1, WorkerPool.Parts(pool, 1000));
    }
}
