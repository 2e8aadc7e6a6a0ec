using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Sums, dot products, softmax and plain arithmetic against loops, to the bit where their order is documented.</summary>
public class ReductionTests
{
    private const int Longest = 130;

    [Fact]
    public void Sums_and_dot_products_have_the_documented_order()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] x = Numbers.Random<T>(1, Longest), y = Numbers.Random<T>(2, Longest), ones = [.. x.Select(_ => T.One)];
            for (int n = 0; n <= Longest; n++)
            {
                T sum = Plain(x[..n], ones[..n]), dot = Plain(x[..n], y[..n]);
                Numbers.AssertSameBits<T>([sum, dot], [NeuralPrimitives.Sum<T>(x[..n]), NeuralPrimitives.Dot<T>(x[..n], y[..n])],
                    $"n = {n}");
            }
        }

        static T Plain<T>(T[] x, T[] y)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] sums = new T[64 / Unsafe.SizeOf<T>()];
            for (int i = 0; i < x.Length; i++)
            {
                sums[i % sums.Length] = T.FusedMultiplyAdd(x[i], y[i], sums[i % sums.Length]);
            }

            while (sums.Length > 1)
            {
                sums = [.. sums.Take(sums.Length / 2).Zip(sums.Skip(sums.Length / 2), (low, high) => low + high)];
            }

            return sums[0];
        }
    }

    [Fact]
    public void Arithmetic_is_that_of_plain_loops_at_every_length_and_in_place()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] x = Numbers.Random<T>(1, Longest), y = Numbers.Random<T>(2, Longest), start = Numbers.Random<T>(3, Longest);
            T number = y[7];
            for (int n = 0; n <= Longest; n++)
            {
                int count = n;
                Same((a, _) => a + number, z => NeuralPrimitives.AddScalar(x.AsSpan(0, count), number, z));
                Same((a, _) => a * number, z => NeuralPrimitives.MultiplyScalar(x.AsSpan(0, count), number, z));
                Same((a, b) => a + b, z => NeuralPrimitives.Add(x.AsSpan(0, count), y.AsSpan(0, count), z));
                Same((a, b) => a * b, z => NeuralPrimitives.Multiply(x.AsSpan(0, count), y.AsSpan(0, count), z));
                T[] expected = [.. start], sums = [.. start];
                for (int i = 0; i < n; i++)
                {
                    expected[i] = T.FusedMultiplyAdd(x[i], number, expected[i]);
                }

                NeuralPrimitives.MultiplyAdd(x.AsSpan(0, n), number, sums.AsSpan(0, n));
                Numbers.AssertSameBits<T>(expected, sums, $"n = {n}");

                void Same(Func<T, T, T> plain, Action<T[]> kernel)
                {
                    T[] destination = new T[count];
                    kernel(destination);
                    Numbers.AssertSameBits<T>(x.Zip(y, plain).Take(count).ToArray(), destination, $"n = {count}");
                }
            }

            T[] zeros = [T.Zero, T.NegativeZero];
            NeuralPrimitives.MultiplyScalar(zeros, -T.One, zeros);
            Numbers.AssertSameBits<T>([T.NegativeZero, T.Zero], zeros, "signs of zero");
        }
    }

    [Fact]
    public void Softmax_equals_its_formula_and_returns_the_logarithm_of_its_sum()
    {
        for (int n = 1; n <= 70; n++)
        {
            double[] x = Numbers.Random<double>(n, n, 20), y = new double[n];
            double total = NeuralPrimitives.Softmax<double>(x, y), exact = Math.Log(x.Sum(Math.Exp));
            Assert.Equal(exact, total, 1e-12);
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(Math.Exp(x[i] - exact), y[i], 1e-14);
            }
        }

        Assert.Equal(double.NegativeInfinity, NeuralPrimitives.Softmax<double>([], []));
        float[] far = [3e38f, 3e38f, -3e38f];
        Assert.Equal(3e38f, NeuralPrimitives.Softmax<float>(far, far));
        Assert.Equal([0.5f, 0.5f], far[..2]);
        Assert.InRange(far[2], 0, 1e-37f);
        for (int bad = 0; bad < 3; bad++)
        {
            float[] x = [1, 2, 3];
            x[bad] = float.NaN;
            Assert.True(float.IsNaN(NeuralPrimitives.Softmax<float>(x, x)));
            Assert.All(x, value => Assert.True(float.IsNaN(value)));
        }
    }

    [Fact]
    public void Gradients_take_the_same_bits_at_every_length()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            float[] y = Numbers.Random<float>(1, Longest), dy = Numbers.Random<float>(2, Longest), whole = new float[Longest];
            NeuralPrimitives.ActivateBackward<float>(activation, y, dy, whole);
            for (int n = 0; n <= Longest; n++)
            {
                float[] dx = Enumerable.Repeat(7f, Longest).ToArray();
                NeuralPrimitives.ActivateBackward<float>(activation, y.AsSpan(0, n), dy.AsSpan(0, n), dx.AsSpan(0, n));
                Numbers.AssertSameBits<float>(whole.AsSpan(0, n), dx.AsSpan(0, n), $"{activation}, n = {n}");
                Assert.All(dx[n..], value => Assert.Equal(7f, value));
            }
        }
    }

    [Fact]
    public void Piecewise_linear_functions_have_no_slope_at_their_corners_and_keep_NaN()
    {
        double[] x = [double.NaN, -1, 0, 0.25, 1, 2], y = new double[x.Length], dx = new double[x.Length], dy = [1, 2, 3, 4, 5, 6];
        NeuralPrimitives.SaturatedLinear<double>(x, y);
        Assert.Equal([double.NaN, 0, 0, 0.25, 1, 1], y);
        NeuralPrimitives.SaturatedLinearBackward<double>(y.AsSpan(1), dy.AsSpan(1), dx.AsSpan(1));
        Assert.Equal([0, 0, 0, 4, 0, 0], dx);
        NeuralPrimitives.Relu<double>(x, y);
        Assert.Equal([double.NaN, 0, 0, 0.25, 1, 2], y);
        NeuralPrimitives.ReluBackward<double>(y.AsSpan(1), dy.AsSpan(1), dx.AsSpan(1));
        Assert.Equal([0, 0, 0, 4, 5, 6], dx);
    }

    [Fact]
    public void Single_numbers_are_converted_like_casts()
    {
        Assert.Equal((0.1f, 0.1), (Scalar.From<float>(0.1), Scalar.From<double>(0.1)));
        Assert.Equal((0.1f, 0.1), (Scalar.ToDouble(0.1f), Scalar.ToDouble(0.1)));
    }

    [Fact]
    public void Limits_are_where_the_documentation_has_them()
    {
        float[] x = [0.99e-30f, -0.99e-30f, 1.01e-30f, -1.01e-30f, 87.3f, 88, -87.3f, -88], y = new float[x.Length];
        NeuralPrimitives.FlushTiny<float>(x, y);
        Assert.Equal([0, 0, .. x[2..]], y);
        NeuralPrimitives.Exp<float>(x, y);
        Assert.Equal([y[4], y[6]], [y[5], y[7]]);
        Assert.Equal(1, y[4] / Math.Exp(87.3f), 1e-6);
        Assert.Equal(1, y[6] / Math.Exp(-87.3f), 1e-6);
        double[] wide = [0.99e-290, -0.99e-290, 1.01e-290, -1.01e-290, 708, 709, -708, -709], z = new double[wide.Length];
        NeuralPrimitives.FlushTiny<double>(wide, z);
        Assert.Equal([0, 0, .. wide[2..]], z);
        NeuralPrimitives.Exp<double>(wide, z);
        Assert.Equal([z[4], z[6]], [z[5], z[7]]);
        Assert.Equal(1, z[4] / Math.Exp(708), 1e-13);
        Assert.Equal(1, z[6] / Math.Exp(-708), 1e-13);
    }

    [Fact]
    public void Tiny_values_are_found_wherever_they_lie()
    {
        for (int length = 0; length < 70; length++)
        {
            float[] x = [.. Enumerable.Range(0, length)
                .Select(i => (i % 6) switch { 0 => 0f, 1 => -0f, 2 => float.NaN, 3 => float.NegativeInfinity, 4 => 1e-30f, _ => -3f })];
            double[] wide = [.. x.Select(value => value == 1e-30f ? 1e-290 : value)];
            Assert.False(NeuralPrimitives.HasTiny<float>(x));
            Assert.False(NeuralPrimitives.HasTiny<double>(wide));
            for (int i = 0; i < length; i++)
            {
                (float before, double wideBefore) = (x[i], wide[i]);
                x[i] = i % 2 == 0 ? 0.99e-30f : -float.Epsilon;
                wide[i] = i % 2 == 0 ? -0.99e-290 : double.Epsilon;
                Assert.True(NeuralPrimitives.HasTiny<float>(x), $"float {i} of {length}");
                Assert.True(NeuralPrimitives.HasTiny<double>(wide), $"double {i} of {length}");
                (x[i], wide[i]) = (before, wideBefore);
            }
        }
    }
}
