using System.Numerics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Attention over the rows of a sparse pattern, against plain loops.</summary>
public class SegmentAttentionTests
{
    [Fact]
    public void Kernels_equal_plain_loops_in_double() => Hold<double>(1e-12);

    [Fact]
    public void Kernels_equal_plain_loops_in_float() => Hold<float>(2e-5);

    [Fact]
    public void Scores_far_apart_neither_overflow_nor_leave_denormals()
    {
        CsrPattern pattern = new([0, 3, 3], [0, 1, 2], 3);
        float[] alpha = new float[3], huge = [3e37f, -3e37f, 1e38f];
        NeuralPrimitives.SegmentSoftmax<float>(pattern, [1e38f, 0], huge, 1, 1, alpha);
        Assert.Equal([0f, 0f, 1f], alpha);
        NeuralPrimitives.SegmentSoftmax<float>(pattern, [float.NaN, 0], huge, 1, 1, alpha);
        Assert.All(alpha, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        CsrPattern pattern = new([0, 1, 2], [1, 0], 2), byColumn = pattern.EntriesByColumn();
        float[] two = new float[2], one = new float[1];
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentSoftmax<float>(pattern, one, two, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentSoftmax<float>(pattern, two, one, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentSoftmax<float>(pattern, two, two, 1, 1, one));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.SegmentSoftmax<float>(pattern, two, two, 1, 2, new float[4]));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateHeads<float>(pattern, one, two, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateHeads<float>(pattern, two, one, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateHeads<float>(pattern, two, two, 1, 1, one));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.AggregateHeads<float>(pattern, two, two, 0, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateHeadsBackward<float>(byColumn, [0, 2], two, two, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateHeadsBackward<float>(byColumn, [0], two, two, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentDot<float>(pattern, one, two, 1, 1, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentSoftmaxBackward<float>(pattern, two, two, 1, 1, two, one, two));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.SegmentSoftmaxBackward<float>(pattern, two, two, 1, 1, two, two, one));
    }

    [Fact]
    public void Elu_equals_its_formula()
    {
        double[] x = [-800, -3, -1e-9, 0, 1e-9, 2, 800, double.NaN], y = new double[x.Length], dx = new double[x.Length],
            ones = new double[x.Length];
        Array.Fill(ones, 1);
        NeuralPrimitives.Elu<double>(x, y);
        NeuralPrimitives.EluBackward<double>(y, ones, dx);
        for (int i = 0; i < x.Length - 1; i++)
        {
            double expected = x[i] > 0 ? x[i] : Math.Abs(x[i]) < 1e-6 ? x[i] + x[i] * x[i] / 2 : Math.Exp(x[i]) - 1;
            Assert.Equal(expected, y[i], Math.Abs(expected) * 1e-14);
            Assert.Equal(x[i] > 0 ? 1 : Math.Exp(x[i]), dx[i], 1e-14);
        }

        Assert.True(double.IsNaN(y[^1]));
    }

    private static FsCheck.Gen<(int Rows, int Columns, int Heads, int Features, int Seed)> Shapes() =>
        from rows in Gen.Choose(1, 9)
        from columns in Gen.Choose(1, 9)
        from heads in Gen.Choose(1, 16)
        from features in Gen.OneOf(Gen.Choose(1, 9), Gen.Elements(16, 20, 24, 32, 48))
        from seed in Gen.Choose(0, 1_000_000)
        select (rows, columns, heads, features, seed);

    private static CsrPattern Pattern(int rows, int columns, int seed)
    {
        Random random = new(seed);
        List<int> indices = [], offsets = [0];
        for (int row = 0; row < rows; row++)
        {
            for (int n = random.Next(5); n > 0; n--)
            {
                indices.Add(random.Next(columns));
            }

            offsets.Add(indices.Count);
        }

        return new CsrPattern([.. offsets], [.. indices], columns);
    }

    private static void Hold<T>(double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => RandomCases.Hold(Shapes(), _ => [], shape =>
    {
        (int rows, int columns, int heads, int features, int seed) = shape;
        CsrPattern pattern = Pattern(rows, columns, seed), byColumn = pattern.EntriesByColumn();
        int[] rowOf = pattern.RowOfEntries();
        int stride = heads + 1, width = heads * features;
        T[] l = Numbers.Random<T>(seed, rows * stride, 4), r = Numbers.Random<T>(seed + 1, columns * stride, 4),
            x = Numbers.Random<T>(seed + 2, columns * width);
        T[] dy = Numbers.Random<T>(seed + 3, rows * width), alpha = new T[pattern.Count * heads], y = Numbers.Random<T>(4, rows * width),
            slopes = new T[alpha.Length];
        T[] dl = new T[l.Length], dx = Numbers.Random<T>(seed + 4, x.Length), before = [.. dx];
        NeuralPrimitives.SegmentSoftmax<T>(pattern, l, r, stride, heads, alpha);
        NeuralPrimitives.AggregateHeads<T>(pattern, alpha, x, heads, features, y);
        NeuralPrimitives.SegmentDot<T>(pattern, dy, x, heads, features, slopes);
        T[] dots = [.. slopes];
        NeuralPrimitives.SegmentSoftmaxBackward<T>(pattern, l, r, stride, heads, alpha, slopes, dl);
        NeuralPrimitives.AggregateHeadsBackward<T>(byColumn, rowOf, alpha, dy, heads, features, dx);
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < heads; k++)
            {
                double[] scores = [.. pattern[row].ToArray().Select(j => D(l[row * stride + k]) + D(r[j * stride + k]))];
                double[] weights = [.. scores.Select(score => Math.Exp(score > 0 ? score : 0.2 * score))];
                double total = weights.Sum(), mean = 0, sum = 0;
                double[] products = new double[scores.Length], means = new double[features];
                for (int e = 0; e < scores.Length; e++)
                {
                    int j = pattern[row][e], entry = pattern.Offsets[row] + e;
                    weights[e] /= total;
                    Near(weights[e], alpha[entry * heads + k], "α");
                    for (int f = 0; f < features; f++)
                    {
                        products[e] += D(dy[row * width + k * features + f]) * D(x[j * width + k * features + f]);
                        means[f] += weights[e] * D(x[j * width + k * features + f]);
                    }

                    Near(products[e], dots[entry * heads + k], "dα");
                    mean += weights[e] * products[e];
                }

                for (int e = 0; e < scores.Length; e++)
                {
                    double slope = weights[e] * (products[e] - mean) * (scores[e] > 0 ? 1 : 0.2);
                    sum += slope;
                    Near(slope, slopes[(pattern.Offsets[row] + e) * heads + k], "ds");
                }

                Near(sum, dl[row * stride + k], "dl");
                for (int f = 0; f < features; f++)
                {
                    Near(means[f], y[row * width + k * features + f], "y");
                }
            }
        }

        for (int j = 0; j < columns; j++)
        {
            for (int c = 0; c < width; c++)
            {
                double sum = D(before[j * width + c]);
                foreach (int entry in byColumn[j])
                {
                    sum += D(alpha[entry * heads + c / features]) * D(dy[rowOf[entry] * width + c]);
                }

                Near(sum, dx[j * width + c], "dx");
            }
        }

        static double D(T value) => double.CreateTruncating(value);

        void Near(double expected, T actual, string what) =>
            Assert.True(Math.Abs(expected - D(actual)) <= tolerance * (1 + Math.Abs(expected)),
                $"{what}: expected {expected}, got {actual}");
    }, count: 60);
}
