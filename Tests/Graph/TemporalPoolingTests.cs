using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Graph;

/// <summary>Average pooling over time, with windows that overlap, touch, or leave gaps.</summary>
public class TemporalPoolingTests
{
    private sealed record Case(int Steps, int Size, int Window, int Stride, int Seed);

    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(
        from steps in Gen.Choose(0, 9)
        from size in RandomCases.Size(20)
        from window in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 4)
        from seed in Gen.Choose(0, 1_000_000)
        select new Case(steps, size, window, stride, seed),
        shape => RandomCases.Smaller(shape.Steps, 0).Select(n => shape with { Steps = n }),
        shape =>
        {
            TemporalPooling pooling = new(shape.Window, shape.Stride);
            double[] x = Numbers.Random<double>(shape.Seed, shape.Steps * shape.Size),
                y = new double[pooling.GetOutputSteps(shape.Steps) * shape.Size];
            double[] dy = Numbers.Random<double>(shape.Seed + 1, y.Length), dx = Numbers.Random<double>(2, x.Length);
            pooling.Backward<double>(dy, shape.Steps, dx);
            GradientCheck.Check(
                () =>
                {
                    pooling.Forward<double>(x, shape.Steps, y);
                    return Layers.Dot(y, dy);
                },
                [Layers.Variable("x", x, dx)],
                shape.Seed);
        });

    [Theory]
    [InlineData(0, new double[0])]
    [InlineData(1, new[] { 1.0 })]
    [InlineData(2, new[] { 1.5 })]
    [InlineData(5, new[] { 1.5, 3.5 })]
    [InlineData(6, new[] { 1.5, 3.5, 5.5 })]
    public void By_default_pairs_become_their_mean_and_an_odd_last_step_is_dropped(int steps, double[] expected)
    {
        double[] x = [.. Enumerable.Range(1, steps).Select(t => (double)t)], y = new double[expected.Length];
        new TemporalPooling().Forward<double>(x, steps, y);
        Assert.Equal(expected, y);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        TemporalPooling pooling = new(3, 1);
        float[] y = new float[4], x = new float[4];
        Assert.Throws<ArgumentOutOfRangeException>(() => new TemporalPooling(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TemporalPooling(2, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => pooling.GetOutputSteps(-1));
        Assert.Throws<ArgumentException>(() => pooling.Forward<float>(new float[7], 4, y));
        Assert.Throws<ArgumentException>(() => pooling.Forward<float>(new float[4], 4, y));
        Assert.Throws<ArgumentException>(() => pooling.Backward<float>(y, 0, new float[4]));
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            pooling.Forward<float>(x, 4, y.AsSpan(0, 2));
            pooling.Backward<float>(y.AsSpan(0, 2), 4, x);
        }));
    }
}
