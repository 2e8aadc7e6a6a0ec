using System.Numerics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Sparse kernels against plain loops, with the same bits, on random graphs.</summary>
public class SparseTests
{
    [Fact]
    public void Aggregation_equals_the_plain_loop_to_the_bit_in_float() => Aggregates<float>();

    [Fact]
    public void Aggregation_equals_the_plain_loop_to_the_bit_in_double() => Aggregates<double>();

    [Fact]
    public void Rows_that_lie_far_apart_are_summed_like_near_ones()
    {
        const int Stride = 1 << 16;
        CsrPattern pattern = new([0, 3, 3, 7], [3, 0, 2, 1, 3, 0, 3], 4);
        foreach (int features in new[] { 1, 16, 48, 150 })
        {
            float[] near = Numbers.Random<float>(1, 4 * features), far = new float[3 * Stride + features];
            NeuralPrimitives.GatherRows<float>(near, features, [0, 1, 2, 3], features, far, Stride);
            float[] weights = Numbers.Random<float>(2, pattern.Count), expected = new float[3 * features], y = new float[3 * features];
            NeuralPrimitives.Aggregate<float>(pattern, weights, near, features, features, expected, features);
            NeuralPrimitives.Aggregate<float>(pattern, weights, far, Stride, features, y, features);
            Numbers.AssertSameBits<float>(expected, y, $"{features} features");
        }
    }

    [Fact]
    public void The_largest_neighbour_wins_and_gets_the_gradient() => RandomCases.Hold(
        GraphCase.Cases(Enum.GetValues<GraphKind>()), shape => shape.Shrink(), shape =>
    {
        int features = shape.InputSize + shape.HiddenSize;
        CsrPattern pattern = shape.Create().Incoming;
        float[] x = Numbers.Random<float>(shape.Seed, shape.Nodes * features), y = new float[x.Length], winner = new float[x.Length];
        float[] dy = Numbers.Random<float>(1, x.Length), dx = new float[x.Length], expected = new float[x.Length];
        NeuralPrimitives.AggregateMax<float>(pattern, x, features, y, winner);
        NeuralPrimitives.AggregateMaxBackward<float>(pattern, pattern.EntriesByColumn(), pattern.RowOfEntries(), winner, dy, features, dx);
        for (int v = 0; v < shape.Nodes; v++)
        {
            for (int j = 0; j < features; j++)
            {
                int[] near = pattern[v].ToArray();
                int best = near.Length == 0 ? -1 : near.MaxBy(u => x[u * features + j]);
                Assert.Equal(best < 0 ? 0 : x[best * features + j], y[v * features + j]);
                if (best >= 0)
                {
                    expected[best * features + j] += dy[v * features + j];
                }
            }
        }

        Assert.Equal(expected, dx);
    }, count: 40);

    [Fact]
    public void NaN_among_neighbours_is_kept_whichever_comes_first()
    {
        CsrPattern pattern = new([0, 3], [0, 1, 2], 3);
        for (int bad = 0; bad < 3; bad++)
        {
            for (int features = 1; features < 20; features += 9)
            {
                float[] x = new float[3 * features], y = new float[features], winner = new float[features];
                x.AsSpan(bad * features, features).Fill(float.NaN);
                NeuralPrimitives.AggregateMax<float>(pattern, x, features, y, winner);
                Assert.All(y, value => Assert.True(float.IsNaN(value)));
            }
        }
    }

    [Fact]
    public void Rows_are_gathered_and_scattered()
    {
        float[] source = [1, 2, 3, 4, 5, 6], gathered = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
        NeuralPrimitives.GatherRows<float>(source, 2, [2, -1, 0], 2, gathered, 4, padding: 1);
        Assert.Equal([5, 6, 0, 9, 0, 0, 0, 9, 1, 2, 0, 9], gathered);
        float[] scattered = [7, 7, 7, 7, 7, 7];
        NeuralPrimitives.ScatterRows<float>(source, 2, [2, 0], 1, scattered, 2);
        Assert.Equal([3, 7, 7, 7, 1, 7], scattered);
        Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.ScatterRows<float>(source, 2, [-1], 1, scattered, 2));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.GatherRows<float>(source, 2, [3], 2, gathered, 2));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.Aggregate<float>(new CsrPattern([0, 1], [2], 3), default, source, 3, 3,
            gathered, 3));
    }

    [Fact]
    public void Rows_that_are_not_there_are_refused_before_anything_is_read()
    {
        CsrPattern pattern = new([0, 1, 2], [0, 1], 2), byColumn = pattern.EntriesByColumn();
        float[] two = [1, 2], gradient = [3, 4];
        foreach (int row in new[] { -1, 2, int.MaxValue })
        {
            Assert.ThrowsAny<ArgumentException>(() => NeuralPrimitives.AggregateHeadsBackward<float>(byColumn, [0, row], two, two, 1,
                1, gradient));
            Assert.ThrowsAny<ArgumentException>(() => NeuralPrimitives.AggregateMaxBackward<float>(pattern, byColumn, [0, row],
                new float[9], two, 1, gradient));
        }

        Assert.Throws<ArgumentException>(() => NeuralPrimitives.GatherRows<float>(two, 1, [int.MaxValue], 1, gradient, 1));
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.ScatterRows<float>(two, 1, [0, int.MaxValue], 1, gradient, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.GatherRows<float>(two, 1, [-1], 1, gradient, 1, padding: -1));
        CsrPattern moreEntries = new([0, 1, 2], [5, 6], 7);
        Assert.Throws<ArgumentException>(() => NeuralPrimitives.AggregateMaxBackward<float>(pattern, moreEntries, [0, 1], two, two,
            1, gradient));
        Assert.Equal([3, 4], gradient);
    }

    private static void Aggregates<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => RandomCases.Hold(
        GraphCase.Cases(Enum.GetValues<GraphKind>()), shape => shape.Shrink(), shape =>
    {
        int features = shape.InputSize * shape.HiddenSize, ldx = features + shape.Seed % 3, ldy = features + shape.Seed % 2;
        CsrPattern pattern = shape.Create().Incoming;
        T[] x = Numbers.Random<T>(shape.Seed, shape.Nodes * ldx), start = Numbers.Random<T>(2, shape.Nodes * ldy);
        foreach (bool accumulate in new[] { false, true })
        {
            foreach (T[] weights in new[] { [], Numbers.Random<T>(3, pattern.Count) })
            {
                T[] expected = [.. start], y = [.. start], halves = [.. start];
                for (int v = 0; v < shape.Nodes; v++)
                {
                    for (int j = 0; j < features; j++)
                    {
                        T sum = accumulate ? expected[v * ldy + j] : T.Zero;
                        for (int e = pattern.Offsets[v]; e < pattern.Offsets[v + 1]; e++)
                        {
                            sum = T.FusedMultiplyAdd(weights.Length == 0 ? T.One : weights[e], x[pattern.Indices[e] * ldx + j], sum);
                        }

                        expected[v * ldy + j] = sum;
                    }
                }

                NeuralPrimitives.Aggregate<T>(pattern, weights, x, ldx, features, y, ldy, accumulate: accumulate);
                Numbers.AssertSameBits<T>(expected, y, "y");
                int half = shape.Nodes / 2;
                NeuralPrimitives.Aggregate<T>(pattern, weights, x, ldx, features, halves, ldy, 0, half, accumulate);
                NeuralPrimitives.Aggregate<T>(pattern, weights, x, ldx, features, halves.AsSpan(half * ldy), ldy, half,
                    accumulate: accumulate);
                Numbers.AssertSameBits<T>(expected, halves, "in two calls");
            }
        }
    }, count: 40);
}
