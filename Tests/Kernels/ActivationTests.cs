using System.Numerics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Accuracy, edges and lengths of the element-wise kernels.</summary>
public class ActivationTests
{
    private delegate void Kernel<T>(ReadOnlySpan<T> x, Span<T> destination);

    private delegate void BackwardKernel<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> destination);

    [Fact]
    public void Float_errors_stay_below_1e_7_over_a_sweep_of_bit_patterns()
    {
        Assert.InRange(Sweep(NeuralPrimitives.Sigmoid, x => 1 / (1 + Math.Exp(-x))), 0, 1e-7);
        Assert.InRange(Sweep(NeuralPrimitives.Tanh, Math.Tanh), 0, 1e-7);

        static double Sweep(Kernel<float> kernel, Func<double, double> exact)
        {
            const uint Stride = 997; // every 997th float of both signs up to 100
            List<float> inputs = [];
            for (uint bits = 0; bits < BitConverter.SingleToUInt32Bits(100); bits += Stride)
            {
                inputs.Add(BitConverter.UInt32BitsToSingle(bits));
                inputs.Add(-BitConverter.UInt32BitsToSingle(bits));
            }

            float[] x = [.. inputs], y = new float[x.Length];
            kernel(x, y);
            return x.Zip(y, (input, output) => Math.Abs(output - exact(input))).Max();
        }
    }

    [Fact]
    public void Float_errors_stay_below_3_ulp()
    {
        Assert.InRange(Ulps(NeuralPrimitives.Sigmoid, x => 1 / (1 + Math.Exp(-x)), 80), 0, 3);
        Assert.InRange(Ulps(NeuralPrimitives.Tanh, Math.Tanh, 100), 0, 3);
        Assert.InRange(Ulps(NeuralPrimitives.Exp, Math.Exp, 80), 0, 3);

        static double Ulps(Kernel<float> kernel, Func<double, double> exact, double range)
        {
            float[] x = Numbers.Random<float>(1, 300_000, range), y = new float[x.Length];
            kernel(x, y);
            return x.Zip(y,
                (input, output) => Math.Abs(output - exact(input)) / (MathF.BitIncrement(MathF.Abs((float)exact(input)))
                - MathF.Abs((float)exact(input)))).Max();
        }
    }

    [Fact]
    public void Double_errors_stay_below_1e_15()
    {
        foreach (double scale in new[] { 1e-8, 1e-3, 0.3, 1, 5, 30, 500 })
        {
            double[] x = Numbers.Random<double>(2, 50_000, scale), y = new double[x.Length];
            NeuralPrimitives.Sigmoid<double>(x, y);
            Assert.InRange(x.Zip(y, (input, output) => Math.Abs(output - 1 / (1 + Math.Exp(-input)))).Max(), 0, 1e-15);
            NeuralPrimitives.Tanh<double>(x, y);
            Assert.InRange(x.Zip(y, (input, output) => Math.Abs(output - Math.Tanh(input))).Max(), 0, 1e-15);
        }
    }

    [Fact]
    public void Edges()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T[] x = [T.NaN, T.PositiveInfinity, T.NegativeInfinity, T.Zero, T.NegativeZero, T.Epsilon, T.CreateTruncating(1e30),
                T.CreateTruncating(-1e30)];
            T[] y = new T[x.Length];
            NeuralPrimitives.Sigmoid<T>(x, y);
            Assert.True(T.IsNaN(y[0]));
            Assert.Equal(T.One, y[1]);
            Assert.True(y[2] > T.Zero && y[2] < T.CreateTruncating(1e-37), "σ(−∞) is tiny but positive");
            Assert.Equal(T.CreateTruncating(0.5), y[3]);
            Assert.Equal(T.CreateTruncating(0.5), y[4]);
            Assert.Equal(T.One, y[6]);
            NeuralPrimitives.Tanh<T>(x, y);
            Assert.True(T.IsNaN(y[0]));
            Assert.Equal([T.One, -T.One, T.Zero], y[1..4]);
            Assert.True(T.IsNegative(y[4]) && y[4] == T.Zero);
            Assert.Equal([T.One, -T.One], y[6..]);
            NeuralPrimitives.Relu<T>(x, y);
            Assert.True(T.IsNaN(y[0]));
            Assert.Equal([T.PositiveInfinity, T.Zero, T.Zero], y[1..4]);
            NeuralPrimitives.Exp<T>(x, y);
            Assert.True(T.IsNaN(y[0]));
            Assert.True(T.IsFinite(y[1]) && T.IsNormal(y[2]));
            Assert.Equal(T.One, y[3]);
            NeuralPrimitives.FlushTiny<T>(x, y);
            Assert.True(T.IsNaN(y[0]));
            Assert.Equal([T.PositiveInfinity, T.NegativeInfinity, T.Zero, T.Zero, T.Zero], y[1..6]);
        }
    }

    [Fact]
    public void Every_length_takes_the_same_bits_and_writes_nothing_past_the_end()
    {
        Kernel<float>[] kernels = [NeuralPrimitives.Sigmoid, NeuralPrimitives.Tanh, NeuralPrimitives.Relu, NeuralPrimitives.Exp,
            NeuralPrimitives.FlushTiny];
        foreach (Kernel<float> kernel in kernels)
        {
            float[] x = Numbers.Random<float>(3, 130, 10), whole = new float[130];
            kernel(x, whole);
            for (int length = 0; length <= x.Length; length++)
            {
                float[] y = Enumerable.Repeat(7f, x.Length).ToArray();
                kernel(x.AsSpan(0, length), y.AsSpan(0, length));
                Numbers.AssertSameBits<float>(whole.AsSpan(0, length), y.AsSpan(0, length), $"length {length}");
                Assert.All(y[length..], value => Assert.Equal(7f, value));
            }

            kernel(x, x);
            Numbers.AssertSameBits<float>(whole, x, "in place");
        }
    }

    [Fact]
    public void Derivatives_equal_central_differences()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            double[] x = Numbers.Random<double>(4, 77, 3), dy = Numbers.Random<double>(5, 77), y = new double[77], dx = new double[77];
            double[] above = new double[77], below = new double[77];
            NeuralPrimitives.Activate<double>(activation, x, y);
            NeuralPrimitives.ActivateBackward<double>(activation, y, dy, dx);
            NeuralPrimitives.Activate<double>(activation, [.. x.Select(value => value + 1e-6)], above);
            NeuralPrimitives.Activate<double>(activation, [.. x.Select(value => value - 1e-6)], below);
            for (int i = 0; i < x.Length; i++)
            {
                Assert.Equal(dy[i] * (above[i] - below[i]) / 2e-6, dx[i], 1e-8);
            }
        }
    }

    [Fact]
    public void Unequal_lengths_are_named_and_nothing_is_written()
    {
        float[] y = [7, 7];
        ArgumentException error = Assert.Throws<ArgumentException>(() => NeuralPrimitives.Tanh<float>(new float[3], y));
        Assert.Contains("destination needs 3 elements, but has 2", error.Message);
        BackwardKernel<float>[] kernels = [NeuralPrimitives.SigmoidBackward, NeuralPrimitives.TanhBackward, NeuralPrimitives.ReluBackward];
        foreach (BackwardKernel<float> kernel in kernels)
        {
            Assert.Throws<ArgumentException>(() => kernel(new float[2], new float[3], y));
            Assert.Throws<ArgumentException>(() => kernel(new float[3], new float[3], y));
        }

        Assert.Throws<NotSupportedException>(() => NeuralPrimitives.Tanh<Half>(new Half[2], new Half[2]));
        Assert.Equal([7, 7], y);
    }
}
