using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Graph;

/// <summary>Convolution of vectors against its definition.</summary>
public class Convolution1DTests
{
    [Fact]
    public void Equals_the_definition() => RandomCases.Hold(Sizes(), Shrink, size =>
    {
        double[] f = Numbers.Random<double>(1, size.N), g = Numbers.Random<double>(2, size.M), full = new double[size.N + size.M - 1];
        for (int t = 0; t < size.N; t++)
        {
            for (int tau = 0; tau < size.M; tau++)
            {
                full[t + tau] += f[t] * g[tau];
            }
        }

        Dense.AssertClose(full, Run(f, g, ConvolutionMode.Full));
        Dense.AssertClose(full[((size.M - 1) / 2)..][..size.N], Run(f, g, ConvolutionMode.Same));
        Dense.AssertClose(full[(size.M - 1)..size.N], Run(f, g, ConvolutionMode.Valid));
    });

    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(Sizes(), Shrink, size =>
    {
        foreach (ConvolutionMode mode in Enum.GetValues<ConvolutionMode>())
        {
            double[] f = Numbers.Random<double>(1, size.N), g = Numbers.Random<double>(2, size.M), df = new double[size.N],
                dg = new double[size.M];
            double[] dy = Numbers.Random<double>(3, Convolution1D.GetLength(size.N, size.M, mode));
            Convolution1D.Backward<double>(f, g, mode, dy, df, dg);
            GradientCheck.Check(() => Layers.Dot(Run(f, g, mode), dy), [Layers.Variable("f", f, df), Layers.Variable("g", g, dg)],
                seed: size.N);
        }
    }, count: 60);

    [Theory]
    [InlineData(ConvolutionMode.Full)]
    [InlineData(ConvolutionMode.Same)]
    [InlineData(ConvolutionMode.Valid)]
    public void Vectors_longer_than_a_block_give_the_bits_of_the_plain_chain(ConvolutionMode mode)
    {
        float[] f = Numbers.Random<float>(1, 5000), g = Numbers.Random<float>(2, 37), y = Run(f, g, mode), expected = new float[y.Length];
        int start = mode switch { ConvolutionMode.Full => 0, ConvolutionMode.Same => 18, _ => 36 };
        for (int i = 0; i < y.Length; i++)
        {
            for (int tau = 0; tau < g.Length; tau++)
            {
                int t = i + start - tau;
                expected[i] = t >= 0 && t < f.Length ? float.FusedMultiplyAdd(f[t], g[tau], expected[i]) : expected[i];
            }
        }

        Numbers.AssertSameBits<float>(expected, y, "y");
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        float[] f = Numbers.Random<float>(1, 100), g = Numbers.Random<float>(2, 7), y = new float[100], df = new float[100],
            dg = new float[7];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            Convolution1D.Forward<float>(f, g, ConvolutionMode.Same, y);
            Convolution1D.Backward<float>(f, g, ConvolutionMode.Same, y, df, dg);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        float[] f = new float[5], g = new float[2], marked = [1, 2, 3];
        Assert.Throws<ArgumentException>(() => Convolution1D.Forward<float>(f, g, ConvolutionMode.Full, marked));
        Assert.Contains("f needs at least 5",
            Assert.Throws<ArgumentException>(() => Convolution1D.Forward<float>(g, f, ConvolutionMode.Full, marked)).Message);
        Assert.Contains("g needs at least 1",
            Assert.Throws<ArgumentException>(() => Convolution1D.Forward<float>(f, [], ConvolutionMode.Full, marked)).Message);
        Assert.Throws<ArgumentException>(() => Convolution1D.Backward<float>(f, g, ConvolutionMode.Same, f, marked, default));
        Assert.Throws<ArgumentException>(() => Convolution1D.Backward<float>(f, g, ConvolutionMode.Same, f, default, marked));
        Assert.Throws<ArgumentOutOfRangeException>(() => Convolution1D.Forward<float>(f, g, (ConvolutionMode)7, f));
        Assert.Throws<ArgumentOutOfRangeException>(() => Convolution1D.GetLength(1, 2, ConvolutionMode.Valid));
        Assert.Throws<ArgumentOutOfRangeException>("n", () => Convolution1D.GetLength(int.MaxValue, int.MaxValue, ConvolutionMode.Full));
        Assert.Throws<ArgumentOutOfRangeException>("n", () => Convolution1D.GetLength(Array.MaxLength, 2, ConvolutionMode.Full));
        Assert.Equal(Array.MaxLength, Convolution1D.GetLength(Array.MaxLength, 1, ConvolutionMode.Full));
        Assert.Equal([1, 2, 3], marked);
    }

    private static T[] Run<T>(T[] f, T[] g, ConvolutionMode mode)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        T[] y = new T[Convolution1D.GetLength(f.Length, g.Length, mode)];
        Convolution1D.Forward<T>(f, g, mode, y);
        return y;
    }

    private static Gen<(int N, int M)> Sizes() =>
        from n in RandomCases.Size(70)
        from m in Gen.Choose(1, n)
        select (n, m);

    private static IEnumerable<(int N, int M)> Shrink((int N, int M) size) =>
        RandomCases.Smaller(size.N, size.M).Select(n => (n, size.M)).Concat(RandomCases.Smaller(size.M).Select(m => (size.N, m)));
}
