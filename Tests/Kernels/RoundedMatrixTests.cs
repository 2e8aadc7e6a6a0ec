using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Matrices in bfloat16 and int8: sizes at their edges, rounding, and what is refused.</summary>
public class RoundedMatrixTests
{
    [Fact]
    public void Values_are_rounded_to_the_nearest_bfloat16()
    {
        PackedMatrix<float> exact = new(40, 128), rounded = new(40, 128);
        exact.PackTransposed(Numbers.Random<float>(1, 40 * 128, 3), new GateLayout(1, 128));
        new BFloat16Matrix(exact).CopyTo(rounded);
        for (int i = 0; i < exact.Panels.Length; i++)
        {
            // Half a unit in the last of eight digits, of the larger of the two where a power of two lies between them.
            float larger = Math.Max(Math.Abs(exact.Panels[i]), i % 32 >= 16 ? Math.Abs(rounded.Panels[i]) : 0),
                unit = MathF.ScaleB(1, MathF.ILogB(larger) - 7);
            Assert.True(Math.Abs(exact.Panels[i] - rounded.Panels[i]) <= unit / 2, $"{exact.Panels[i]:R} became {rounded.Panels[i]:R}");
            Assert.True(i % 32 >= 16 || (BitConverter.SingleToInt32Bits(rounded.Panels[i]) & 0xFFFF) == 0);
        }
    }

    [Fact]
    public void Ties_go_to_even_and_the_largest_float_stays_finite()
    {
        float[] values = [1 + 1f / 256, 1 + 3f / 256, -1 - 1f / 256, 0, -0f, float.Epsilon];
        PackedMatrix<float> matrix = new(1, 32);
        float[] weights = new float[32];
        values.CopyTo(weights, 0);
        weights[16] = float.MaxValue;
        weights[17] = -float.MaxValue;
        matrix.PackTransposed(weights, new GateLayout(1, 32));
        new BFloat16Matrix(matrix).CopyTo(matrix);
        Assert.Equal([1, 1 + 1f / 64, -1, 0, 0, 0], matrix.Panels[..6].ToArray());
        Assert.InRange(matrix.Panels[16], 3.38e38f, float.MaxValue);
        Assert.InRange(matrix.Panels[17], -float.MaxValue, -3.38e38f);
    }

    /// <summary>Both scales are 1: the sums are those of whole numbers, of the largest there are.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(501)]
    public void Whole_numbers_are_multiplied_exactly(int depth)
    {
        const int Columns = 80;
        Random random = new(depth);
        float[] x = [.. Enumerable.Range(0, depth).Select(_ => (float)random.Next(-127, 128))], y = new float[Columns];
        float[] weights = [.. Enumerable.Range(0, Columns * depth).Select(i => i / depth % 3 == 0 ? 127 : (float)random.Next(-127, 128))];
        x[^1] = 127;
        for (int j = 0; j < Columns; j++)
        {
            weights[j * depth + random.Next(depth)] = j % 2 == 0 ? 127 : -127;
        }

        PackedMatrix<float> matrix = new(depth, Columns);
        matrix.PackTransposed(weights, new GateLayout(1, Columns));
        foreach (bool allLargest in new[] { false, true })
        {
            if (allLargest)
            {
                x.AsSpan().Fill(127);
            }

            NeuralPrimitives.GateGemv(x, new Int8Matrix(matrix), [], y);
            for (int j = 0; j < Columns; j++)
            {
                int column = j;
                Assert.Equal(x.Select((value, k) => (long)value * (long)weights[column * depth + k]).Sum(), (long)y[j]);
            }
        }
    }

    [Fact]
    public void Every_number_of_columns_is_written_up_to_its_end()
    {
        const int Depth = 5;
        float[] x = Numbers.Random<float>(1, Depth + 1), bias = Numbers.Random<float>(2, 400);
        foreach ((int columns, int panelWidth) in Enumerable.Range(1, 48).Select(i => (i % 24 * 16 + 16, i < 24 ? 96 : 128)))
        {
            PackedMatrix<float> exact = new(Depth, columns, panelWidth), rounded = new(Depth, columns, panelWidth);
            exact.PackTransposed(Numbers.Random<float>(3, Depth * columns), new GateLayout(1, columns));
            BFloat16Matrix half = new(exact);
            half.CopyTo(rounded);
            float[] expected = Numbers.Random<float>(4, 400), y = [.. expected], small = [.. expected];
            NeuralPrimitives.GateGemv(x, new Int8Matrix(exact), bias, small);
            NeuralPrimitives.GateGemv(x, half, bias, y);
            Numbers.AssertSameBits<float>(expected.AsSpan(columns), small.AsSpan(columns), "past the end in int8");
            NeuralPrimitives.GateGemv<float>(x, rounded, bias, expected);
            Numbers.AssertSameBits<float>(expected, y, $"{columns} columns");
            for (int j = 0; j < columns; j++)
            {
                Assert.Equal(expected[j], small[j], 0.05);
            }
        }
    }

    [Fact]
    public void Whole_numbers_survive_the_rounding_to_int8_at_every_depth()
    {
        for (int depth = 1; depth <= 40; depth++)
        {
            Int8Exact(depth);
        }

        Int8Exact(Int8Matrix.MaxDepth);

        static void Int8Exact(int depth)
        {
            PackedMatrix<float> matrix = new(depth, 16);
            float[] weights = new float[16 * depth], x = new float[depth], y = new float[16], expected = new float[16];
            Random random = new(depth);
            for (int k = 0; k < depth; k++)
            {
                x[k] = k == 0 ? 127 : random.Next(-127, 128);
                for (int j = 0; j < 16; j++)
                {
                    weights[j * depth + k] = k == depth - 1 ? -127 : random.Next(-127, 128);
                    expected[j] += x[k] * weights[j * depth + k]; // below 2²⁴ but at the largest depth
                }
            }

            matrix.PackTransposed(weights, new GateLayout(1, 16));
            NeuralPrimitives.GateGemv(x, new Int8Matrix(matrix), default, y);
            for (int j = 0; j < 16; j++)
            {
                Assert.Equal(expected[j], y[j], 1e-6 * 127 * 127 * depth);
            }
        }
    }

    [Fact]
    public void What_is_no_number_gives_NaN_and_what_is_too_small_gives_the_bias()
    {
        PackedMatrix<float> matrix = new(19, 32);
        matrix.PackTransposed(Numbers.Random<float>(1, 19 * 32), new GateLayout(1, 32));
        Int8Matrix small = new(matrix);
        float[] bias = Numbers.Random<float>(2, 32), y = new float[32];
        foreach (int place in new[] { 0, 7, 8, 18 })
        {
            foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                float[] x = Numbers.Random<float>(3, 19);
                x[place] = bad;
                NeuralPrimitives.GateGemv(x, small, bias, y);
                Assert.All(y, value => Assert.True(float.IsNaN(value)));
            }
        }

        float[] tiny = new float[19];
        Array.Fill(tiny, 1e-31f);
        NeuralPrimitives.GateGemv(tiny, small, bias, y);
        Numbers.AssertSameBits<float>(bias, y, "tiny");
        NeuralPrimitives.GateGemv(tiny, small, default, y);
        Assert.All(y, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Sizes_and_values_that_do_not_fit_are_refused()
    {
        Assert.Contains("source needs a multiple of 16 columns, but has 17",
            Assert.Throws<ArgumentException>(() => new Int8Matrix(new PackedMatrix<float>(1, 17))).Message);
        BFloat16Matrix odd = new(new PackedMatrix<float>(1, 17));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.GateGemv(new float[1], odd, default, new float[17]));
        Assert.Equal("source",
            Assert.Throws<ArgumentOutOfRangeException>(
                () => new Int8Matrix(new PackedMatrix<float>(Int8Matrix.MaxDepth + 1, 16))).ParamName);
        BFloat16Matrix half = new(new PackedMatrix<float>(2, 32));
        Assert.Throws<ArgumentException>(() => half.CopyTo(new PackedMatrix<float>(3, 32)));
        Assert.Throws<ArgumentException>(() => half.CopyTo(new PackedMatrix<float>(2, 31)));
        Assert.Equal(("2 × 32 in bfloat16", "2 × 32 in int8"),
            (half.ToString(), new Int8Matrix(new PackedMatrix<float>(2, 32)).ToString()));
        for (int column = 0; column < 32; column++)
        {
            foreach (float bad in new[] { float.NaN, float.NegativeInfinity })
            {
                float[] weights = new float[64];
                weights[column * 2 + 1] = bad;
                PackedMatrix<float> matrix = new(2, 32);
                matrix.PackTransposed(weights, new GateLayout(1, 32));
                Assert.Equal("source", Assert.Throws<ArgumentException>(() => new BFloat16Matrix(matrix)).ParamName);
                Assert.Equal("source", Assert.Throws<ArgumentException>(() => new Int8Matrix(matrix)).ParamName);
            }
        }
    }
}
