using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Kernels;

/// <summary>The matrix products against scalar chains of fused multiply-adds, bit for bit, in every shape.</summary>
public class MatrixTests
{
    private sealed record Shape(int Rows, int Columns, int Depth, int Slack, bool Bias, int Seed);

    private static readonly Gen<Shape> _shapes =
        from rows in Gen.Choose(0, 20)
        from columns in RandomCases.Size(150)
        from depth in Gen.OneOf(RandomCases.Size(40), Gen.Choose(120, 600))
        from slack in Gen.Choose(0, 3)
        from bias in Gen.Elements(true, false)
        from seed in Gen.Choose(0, 1000)
        select new Shape(rows, columns, depth, slack, bias, seed);

    /// <summary>Three gates have narrower panels.</summary>
    private static int PanelWidth(Shape shape) => new GateLayout(shape.Seed % 2 + 3, 1).PanelWidth;

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.Rows, 0).Select(n => shape with { Rows = n })
            .Concat(RandomCases.Smaller(shape.Columns).Select(n => shape with { Columns = n }))
            .Concat(RandomCases.Smaller(shape.Depth).Select(n => shape with { Depth = n }))
            .Concat(RandomCases.Smaller(shape.Slack, 0).Select(n => shape with { Slack = n }));

    [Fact]
    public void All_copies_of_a_matrix_are_alike_whatever_writes_it()
    {
        GateLayout gates = new(3, 21);
        PackedMatrix<float> matrix = new(17, gates.Width, gates.PanelWidth);
        matrix.Repeat(3);
        Assert.Equal(3, matrix.Copies);
        matrix.PackTransposed(Numbers.Random<float>(1, 63 * 17), gates);
        float[] exact = AssertCopies(matrix, 3);
        matrix.Repeat(2);
        AssertCopies(matrix, 3);
        matrix.Repeat(4);
        Assert.Equal(exact, AssertCopies(matrix, 4));
        new BFloat16Matrix(matrix).CopyTo(matrix);
        Assert.NotEqual(exact, AssertCopies(matrix, 4));
        Assert.Equal(1, new PackedMatrix<float>(0, 5).Copies);

        static float[] AssertCopies(PackedMatrix<float> matrix, int copies)
        {
            Assert.Equal(copies, matrix.Copies);
            for (int copy = 0; copy < copies; copy++)
            {
                ReadOnlySpan<float> panels = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref matrix.Reference, copy * matrix.Length),
                    matrix.Length);
                Numbers.AssertSameBits(matrix.Panels, panels, $"copy {copy}");
            }

            return matrix.Panels.ToArray();
        }
    }

    [Theory]
    [InlineData(256, 0, 2)] // LSTM of 128 units, x known before
    [InlineData(192, 192, 2)] // GRU of 128 units, streaming
    [InlineData(256, 256, 1)] // LSTM of 128 units, streaming: enough already
    [InlineData(128, 128, 3)] // the same, shared by two threads
    [InlineData(64, 64, 1)] // too many would be needed
    [InlineData(448, 0, 1)]
    [InlineData(447, 0, 2)]
    [InlineData(0, 0, 1)]
    [InlineData(4096, 4096, 1)]
    public void Copies_make_up_half_a_cache(int kilobytes, int others, int copies) =>
        Assert.Equal(copies, WeightCopies.CountOnZen5(kilobytes * 1024, others * 1024));

    [Fact]
    public void Gemm_is_a_chain_of_fused_multiply_adds() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Gemm<float>(shape);
        Gemm<double>(shape);
    });

    [Fact]
    public void Gate_gemv_equals_a_row_of_gemm() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        GateGemv<float>(shape);
        GateGemv<double>(shape);
    });

    [Fact]
    public void Products_without_depth_are_the_bias()
    {
        PackedMatrix<float> empty = new(0, 32);
        float[] bias = Numbers.Random<float>(1, 32), y = new float[32], bfloat16 = new float[32], int8 = new float[32];
        NeuralPrimitives.GateGemv<float>([], empty, bias, y);
        NeuralPrimitives.GateGemv([], new BFloat16Matrix(empty), bias, bfloat16);
        NeuralPrimitives.GateGemv([], new Int8Matrix(empty), bias, int8);
        Assert.Equal([bias, bias, bias], [y, bfloat16, int8]);
    }

    [Fact]
    public void Gemm_transposed_is_a_chain_of_fused_multiply_adds() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        GemmTransposed<float>(shape, gates: shape.Seed % 5 + 1);
        GemmTransposed<double>(shape, gates: shape.Seed % 5 + 1);
    });

    [Fact]
    public void Products_end_with_a_whole_block()
    {
        // Blocks are 256 doubles or 512 floats deep, in the transposed product 512, and 256 rows high.
        foreach (int depth in new[] { 256, 512, 1024 })
        {
            Shape shape = new(Rows: 16, Columns: 32, depth, Slack: 0, Bias: true, Seed: depth);
            Gemm<float>(shape with { Rows = 256 });
            Gemm<double>(shape with { Rows = 256 });
            GemmTransposed<float>(shape, gates: 2);
            GemmTransposed<double>(shape, gates: 2);
        }
    }

    [Fact]
    public void Matrices_larger_than_a_cache_are_multiplied_like_small_ones()
    {
        Gemm<float>(new Shape(Rows: 19, Columns: 1003, Depth: 540, Slack: 1, Bias: true, Seed: 1));
        Gemm<double>(new Shape(Rows: 19, Columns: 515, Depth: 520, Slack: 1, Bias: false, Seed: 2));
        // Deep enough that C is asked for, see GemmTransposedKernel.AskingDepth.
        GemmTransposed<float>(new Shape(Rows: 203, Columns: 901, Depth: 40, Slack: 2, Bias: false, Seed: 3), gates: 3);
        GemmTransposed<double>(new Shape(Rows: 101, Columns: 899, Depth: 40, Slack: 2, Bias: false, Seed: 4), gates: 3);
    }

    [Fact]
    public void Packing_and_unpacking_are_inverse() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        GateLayout layout = new(shape.Seed % 5 + 1, shape.Columns);
        float[] weight = Numbers.Random<float>(shape.Seed, layout.Rows * shape.Depth), back = new float[weight.Length];
        PackedMatrix<float> packed = new(shape.Depth, layout.Width, layout.PanelWidth);
        packed.PackTransposed(weight, layout);
        packed.UnpackTransposed(layout, back);
        Assert.Equal(weight, back);
    });

    [Fact]
    public void Column_sum_adds_rows_in_order() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        int stride = shape.Columns + shape.Slack;
        double[] x = Numbers.Random<double>(shape.Seed, shape.Rows * stride), sums = Numbers.Random<double>(1, shape.Columns),
            expected = [.. sums];
        for (int i = 0; i < shape.Rows * shape.Columns; i++)
        {
            expected[i % shape.Columns] += x[i / shape.Columns * stride + i % shape.Columns];
        }

        NeuralPrimitives.ColumnSum(x, stride, shape.Rows, sums);
        Numbers.AssertSameBits<double>(expected, sums, "sum");
    });

    [Fact]
    public void Gate_layout_interleaves_by_blocks_of_sixteen()
    {
        GateLayout layout = new(4, 20);
        Assert.Equal((2, 32, 128, 80), (layout.Blocks, layout.PaddedHiddenSize, layout.Width, layout.Rows));
        Assert.Equal([0, 15, 16, 64, 80],
            new[] { layout.IndexOf(0, 0), layout.IndexOf(0, 15), layout.IndexOf(1, 0), layout.IndexOf(0, 16), layout.IndexOf(1, 16) });
        HashSet<int> used = [];
        for (int i = 0; i < layout.Rows; i++)
        {
            Assert.True(used.Add(layout.IndexOf(i / 20, i % 20)));
        }
    }

    [Fact]
    public void Vectors_are_interleaved_like_rows_and_padding_becomes_zero()
    {
        for (int hidden = 1; hidden < 40; hidden++)
        {
            GateLayout layout = new(hidden % 5 + 1, hidden);
            float[] source = [.. Enumerable.Range(1, layout.Rows).Select(i => (float)i)],
                destination = Enumerable.Repeat(-7f, layout.Width).ToArray();
            float[] expected = new float[layout.Width];
            for (int i = 0; i < layout.Rows; i++)
            {
                expected[layout.IndexOf(i / hidden, i % hidden)] = source[i];
            }

            layout.Interleave<float>(source, destination);
            Assert.Equal(expected, destination);
            Assert.Equal(layout.PaddedHiddenSize, GateLayout.Pad(hidden));
        }
    }

    [Fact]
    public void Buffers_begin_on_cache_lines()
    {
        for (int length = 0; length < 70; length++)
        {
            AlignedBuffer<float> buffer = new(length);
            Assert.Equal(length, buffer.Span.Length);
            if (length > 0)
            {
                Assert.Equal(0, AddressOf(buffer.Span) % 64);
            }
        }

        static unsafe nint AddressOf(Span<float> span) => (nint)Unsafe.AsPointer(ref span[0]);
    }

    [Fact]
    public void Wrong_sizes_are_named_and_nothing_is_written()
    {
        PackedMatrix<float> b = new(3, 5);
        float[] c = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        ArgumentException shortA =
            Assert.Throws<ArgumentException>(() => NeuralPrimitives.Gemm<float>(new float[5], 3, 2, b, default, c, 5));
        Assert.Contains("a needs at least 6 elements, but has 5", shortA.Message);
        ArgumentException shortC =
            Assert.Throws<ArgumentException>(() => NeuralPrimitives.Gemm<float>(new float[6], 3, 2, b, default, c.AsSpan(0, 9), 5));
        Assert.Contains("c needs at least 10 elements, but has 9", shortC.Message);
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.GateGemv<float>(new float[2], b, default, c));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.GateGemv<float>(new float[3], b, new float[4], c));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.Gemm<float>(new float[6], 3, 2, b, new float[5], c, 5, accumulate: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.Gemm<float>(new float[6], 2, 2, b, default, c, 5));
        Assert.Throws<ArgumentException>(() => b.PackTransposed(new float[14], new GateLayout(1, 5)));
        Assert.Throws<ArgumentException>(() => b.PackTransposed(new float[18], new GateLayout(2, 3)));
        Assert.Throws<ArgumentException>(() => b.UnpackTransposed(new GateLayout(2, 50), new float[300]));
        Assert.Throws<NotSupportedException>(() => new PackedMatrix<Half>(1, 1));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], c);
    }

    private static void Gemm<T>(Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lda = shape.Depth + shape.Slack, ldc = shape.Columns + shape.Slack;
        T[] a = Numbers.Random<T>(shape.Seed, shape.Rows * lda), w = Numbers.Random<T>(shape.Seed + 1, shape.Columns * shape.Depth);
        T[] bias = shape.Bias ? Numbers.Random<T>(shape.Seed + 2, shape.Columns) : [];
        T[] c = Numbers.Random<T>(shape.Seed + 3, shape.Rows * ldc), expected = [.. c], accumulated = [.. c];
        PackedMatrix<T> b = new(shape.Depth, shape.Columns, PanelWidth(shape));
        b.PackTransposed(w, new GateLayout(1, shape.Columns));
        for (int r = 0; r < shape.Rows; r++)
        {
            for (int j = 0; j < shape.Columns; j++)
            {
                T sum = shape.Bias ? bias[j] : T.Zero, added = c[r * ldc + j];
                for (int k = 0; k < shape.Depth; k++)
                {
                    sum = T.FusedMultiplyAdd(a[r * lda + k], w[j * shape.Depth + k], sum);
                    added = T.FusedMultiplyAdd(a[r * lda + k], w[j * shape.Depth + k], added);
                }

                expected[r * ldc + j] = sum;
                accumulated[r * ldc + j] = added;
            }
        }

        T[] original = [.. c];
        NeuralPrimitives.Gemm<T>(a, lda, shape.Rows, b, bias, c, ldc);
        Numbers.AssertSameBits<T>(expected, c, "written");
        NeuralPrimitives.Gemm<T>(a, lda, shape.Rows, b, default, original, ldc, accumulate: true);
        Numbers.AssertSameBits<T>(accumulated, original, "accumulated");

        // The same matrix packed from its transpose.
        T[] wt = new T[w.Length];
        for (int i = 0; i < w.Length; i++)
        {
            wt[i % shape.Depth * shape.Columns + i / shape.Depth] = w[i];
        }

        PackedMatrix<T> same = new(shape.Depth, shape.Columns, PanelWidth(shape));
        same.Pack(wt, new GateLayout(1, shape.Depth));
        Numbers.AssertSameBits(b.Panels, same.Panels, "panels");
    }

    private static void GateGemv<T>(Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = Numbers.Random<T>(shape.Seed, shape.Depth), w = Numbers.Random<T>(shape.Seed + 1, shape.Columns * shape.Depth);
        T[] bias = shape.Bias ? Numbers.Random<T>(shape.Seed + 2, shape.Columns) : [];
        PackedMatrix<T> b = new(shape.Depth, shape.Columns, PanelWidth(shape));
        b.PackTransposed(w, new GateLayout(1, shape.Columns));
        T[] y = Numbers.Random<T>(shape.Seed, shape.Columns + shape.Slack), untouched = y[shape.Columns..];
        T[] rows = new T[3 * shape.Columns], three = [.. x, .. x, .. x];
        NeuralPrimitives.GateGemv<T>(x, b, bias, y);
        NeuralPrimitives.Gemm<T>(three, shape.Depth, 3, b, bias, rows, shape.Columns);
        for (int r = 0; r < 3; r++)
        {
            Numbers.AssertSameBits<T>(rows.AsSpan(r * shape.Columns, shape.Columns), y.AsSpan(0, shape.Columns), $"row {r}");
        }

        Numbers.AssertSameBits<T>(untouched, y.AsSpan(shape.Columns), "past the end");
    }

    private static void GemmTransposed<T>(Shape shape, int gates)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GateLayout layout = new(gates, Math.Max(1, shape.Rows));
        int lda = layout.Width + shape.Slack, ldb = shape.Columns + shape.Slack;
        T[] a = Numbers.Random<T>(shape.Seed, shape.Depth * lda), b = Numbers.Random<T>(shape.Seed + 1, shape.Depth * ldb);
        T[] c = Numbers.Random<T>(shape.Seed + 2, layout.Rows * shape.Columns), expected = [.. c];
        for (int row = 0; row < layout.Rows; row++)
        {
            int column = layout.IndexOf(row / layout.HiddenSize, row % layout.HiddenSize);
            for (int j = 0; j < shape.Columns; j++)
            {
                for (int k = 0; k < shape.Depth; k++)
                {
                    ref T sum = ref expected[row * shape.Columns + j];
                    sum = T.FusedMultiplyAdd(a[k * lda + column], b[k * ldb + j], sum);
                }
            }
        }

        T[] workspace = Numbers.Random<T>(3, NeuralPrimitives.GetGemmTransposedWorkspaceLength(shape.Columns));
        NeuralPrimitives.GemmTransposed<T>(a, lda, layout, b, ldb, shape.Depth, c, shape.Columns, workspace);
        Numbers.AssertSameBits<T>(expected, c, "c");
    }
}
