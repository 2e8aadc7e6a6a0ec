using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>Weights rounded to bfloat16 and to int8: how exact they are, and the same bits a step, a sequence and a batch.</summary>
public class RoundedWeightsTests
{
    [Fact]
    public void Products_have_the_bits_of_products_with_the_rounded_values() => RandomCases.Hold(
        NetworkCase.Cases(80), shape => shape.Shrink(), shape =>
    {
        GateLayout layout = new(1 + shape.Seed % 5, shape.HiddenSize);
        PackedMatrix<float> exact = new(shape.InputSize, layout.Width), rounded = new(shape.InputSize, layout.Width);
        exact.PackTransposed(Numbers.Random<float>(shape.Seed, layout.Rows * shape.InputSize), layout);
        BFloat16Matrix half = new(exact);
        half.CopyTo(rounded);
        float[] x = Numbers.Random<float>(1, shape.InputSize), bias = Numbers.Random<float>(2, layout.Width),
            expected = new float[layout.Width], y = new float[layout.Width];
        foreach (float[] start in new[] { [], bias })
        {
            NeuralPrimitives.GateGemv<float>(x, rounded, start, expected);
            NeuralPrimitives.GateGemv(x, half, start, y);
            Numbers.AssertSameBits<float>(expected, y, "y");
        }

        for (int i = 0; i < exact.Panels.Length; i++)
        {
            Assert.True(Math.Abs(rounded.Panels[i] - exact.Panels[i]) <= Math.Max(1e-30, Math.Abs(exact.Panels[i]) / 256),
                $"{exact.Panels[i]:R} became {rounded.Panels[i]:R}");
            Assert.True(rounded.Panels[i] == 0 || float.IsNormal(rounded.Panels[i]));
        }
    }, count: 100);

    [Fact]
    public void Int8_products_are_near_and_have_the_bits_of_plain_whole_numbers() => RandomCases.Hold(
        NetworkCase.Cases(80), shape => shape.Shrink(), shape =>
    {
        GateLayout layout = new(1 + shape.Seed % 5, shape.HiddenSize);
        PackedMatrix<float> exact = new(shape.InputSize, layout.Width);
        exact.PackTransposed(Numbers.Random<float>(shape.Seed, layout.Rows * shape.InputSize), layout);
        Int8Matrix small = new(exact);
        float[] x = Numbers.Random<float>(1, shape.InputSize), bias = Numbers.Random<float>(2, layout.Width),
            expected = new float[layout.Width], y = new float[layout.Width];
        NeuralPrimitives.GateGemv<float>(x, exact, bias, expected);
        NeuralPrimitives.GateGemv(x, small, bias, y);
        float max = x.Max(Math.Abs), inverse = 127 / max;
        for (int column = 0; column < layout.Width; column++)
        {
            // Each product is off by at most half a unit of either side.
            Assert.True(Math.Abs(expected[column] - y[column]) <= 0.009 * shape.InputSize, $"{expected[column]} became {y[column]}");
            float largest = 0;
            for (int k = 0; k < shape.InputSize; k++)
            {
                largest = Math.Max(largest, Math.Abs(At(exact, k, column)));
            }

            int sum = 0;
            for (int k = 0; k < shape.InputSize; k++)
            {
                sum += (int)MathF.Round(x[k] * inverse) * (largest > 1e-30f ? (int)MathF.Round(At(exact, k, column) * (127 / largest)) : 0);
            }

            float plain = MathF.FusedMultiplyAdd(sum, largest / 127 * (max / 127), bias[column]);
            Assert.Equal(BitConverter.SingleToInt32Bits(plain), BitConverter.SingleToInt32Bits(y[column]));
        }

        x[^1] = float.NaN;
        NeuralPrimitives.GateGemv(x, small, bias, y);
        Assert.All(y, value => Assert.True(float.IsNaN(value)));
        NeuralPrimitives.GateGemv(new float[shape.InputSize], small, bias, y);
        Numbers.AssertSameBits<float>(bias, y, "zeros");

        static float At(PackedMatrix<float> matrix, int k, int column) =>
            matrix.Panels[column / 128 * 128 * matrix.Depth + k * 128 + column % 128];
    }, count: 100);

    [Fact]
    public void Rounding_that_fails_leaves_the_weights_exact()
    {
        Srn<float> srn = new(new SrnOptions { InputSize = 3, HiddenSize = 4, Layers = 2 });
        srn.Initialise(1);
        float[] x = [1, 2, 3], exact = First();
        foreach (RoundedWeights format in Enum.GetValues<RoundedWeights>())
        {
            srn.Parameters["weight_hh_l1"].Value[0] = float.NaN;
            Assert.Contains("must be finite", Assert.Throws<ArgumentException>(() => srn.PackRounded(format)).Message);
            Numbers.AssertSameBits<float>(exact, First(), "the layer before");
        }

        Srn<float> deep = new(new SrnOptions { InputSize = Int8Matrix.MaxDepth + 1, HiddenSize = 4 });
        deep.Initialise(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => deep.PackRounded(RoundedWeights.Int8));

        float[] First()
        {
            RecurrentStream<float> stream = srn.CreateStream();
            stream.Step(x);
            return stream.GetHidden(0).ToArray();
        }
    }

    [Fact]
    public void The_largest_numbers_stay_finite_in_bfloat16()
    {
        PackedMatrix<float> exact = new(1, 32), rounded = new(1, 32);
        foreach (float value in new[] { float.MaxValue, float.MinValue, 3.39e38f, -3.395e38f })
        {
            float[] weight = new float[32];
            weight.AsSpan().Fill(value);
            exact.PackTransposed(weight, new GateLayout(1, 32));
            new BFloat16Matrix(exact).CopyTo(rounded);
            Assert.All(rounded.Panels[..32].ToArray(), near => Assert.InRange(near / (double)value, 1 - 1 / 256.0, 1 + 1 / 256.0));
        }
    }

    [Theory]
    [InlineData(RoundedWeights.BFloat16)]
    [InlineData(RoundedWeights.Int8)]
    public void Every_cell_streams_and_runs_with_the_same_bits_near_the_exact_ones(RoundedWeights format) => RandomCases.Hold(
        NetworkCase.Cases(40), shape => shape.Shrink(), shape =>
    {
        NetworkRun<float> run = new(shape), other = new(shape);
        run.Forward();
        other.Network.PackRounded(format);
        other.Forward();
        for (int i = 0; i < run.Y.Length; i++)
        {
            Assert.True(Math.Abs(run.Y[i] - other.Y[i]) <= 0.2, $"y[{i}]: {run.Y[i]} and {other.Y[i]}");
        }

        float[] batch = [.. other.Y];
        NetworkRun<float> single = new(shape with { Batch = 1, Ragged = false });
        single.Network.PackRounded(format);
        for (int t = 0; t < shape.Steps && !shape.Ragged; t++)
        {
            run.X.AsSpan(t * shape.Batch * shape.InputSize, shape.InputSize).CopyTo(single.X.AsSpan(t * shape.InputSize));
        }

        for (int row = 0; row < single.H0.Length / single.Network.HiddenSize; row++)
        {
            run.H0.AsSpan(row * shape.Batch * single.Network.HiddenSize, single.Network.HiddenSize)
                .CopyTo(single.H0.AsSpan(row * single.Network.HiddenSize));
        }

        for (int row = 0; single.Network.CellStateSize > 0 && row < single.C0.Length / single.Network.CellStateSize; row++)
        {
            run.C0.AsSpan(row * shape.Batch * single.Network.CellStateSize, single.Network.CellStateSize)
                .CopyTo(single.C0.AsSpan(row * single.Network.CellStateSize));
        }

        single.Forward();
        int size = single.Network.OutputSize;
        for (int t = 0; t < shape.Steps && !shape.Ragged; t++)
        {
            Numbers.AssertSameBits<float>(batch.AsSpan(t * shape.Batch * size, size), single.Y.AsSpan(t * size, size), $"step {t}");
        }

        other.Network.Pack();
        other.Forward();
        Numbers.AssertSameBits<float>(run.Y, other.Y, "exact again");
    }, count: 60);

    [Theory]
    [InlineData(RoundedWeights.BFloat16)]
    [InlineData(RoundedWeights.Int8)]
    public void What_cannot_be_rounded_is_refused(RoundedWeights format)
    {
        Lstm<double> wide = new(new LstmOptions { InputSize = 2, HiddenSize = 3 });
        Assert.Throws<NotSupportedException>(() => wide.PackRounded(RoundedWeights.BFloat16));
        Lstm<float> lstm = new(new LstmOptions { InputSize = 2, HiddenSize = 3 });
        lstm.Parameters["weight_ih_l0"].Value[1] = float.PositiveInfinity;
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => lstm.PackRounded(format)).Message);
    }
}
