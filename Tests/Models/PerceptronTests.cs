using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The multilayer perceptron and plain dropout: gradients by property, masks, arguments, memory.</summary>
public class PerceptronTests
{
    private sealed record Shape(int[] Sizes, int Rows, Activation Activation, double Dropout, int Seed);

    private static readonly Gen<Shape> _shapes =
        from layers in Gen.Choose(2, 5)
        from sizes in RandomCases.Size(20).ListOf(layers)
        from rows in Gen.Choose(0, 9)
        from activation in Gen.Elements(Enum.GetValues<Activation>())
        from dropout in Gen.Elements(0, 0.3)
        from seed in Gen.Choose(0, 1000)
        select new Shape([.. sizes], rows, activation, dropout, seed);

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.Rows, 0).Select(n => shape with { Rows = n })
            .Concat(shape.Sizes.Length > 2 ? [shape with { Sizes = shape.Sizes[1..] }] : [])
            .Concat(shape.Sizes.SelectMany((size, i) => RandomCases.Smaller(size).Select(n =>
                shape with { Sizes = [.. shape.Sizes.Select((other, at) => at == i ? n : other)] })))
            .Concat(shape.Dropout > 0 ? [shape with { Dropout = 0 }] : []);

    [Fact]
    public void Perceptron_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Mlp<double> mlp = new(shape.Sizes, shape.Activation);
        mlp.Initialise(shape.Seed);
        double[] x = Numbers.Random<double>(1, shape.Rows * mlp.InputSize), y = new double[shape.Rows * mlp.OutputSize];
        double[] dy = Numbers.Random<double>(2, y.Length), dx = new double[x.Length];
        MlpTape<double> tape = mlp.CreateTape(9);
        mlp.Forward(x, y, tape, shape.Dropout, shape.Seed);
        mlp.Backward(x, dy, dx, tape);
        GradientCheck.Check(
            () =>
            {
                mlp.Pack();
                mlp.Forward(x, y, tape, shape.Dropout, shape.Seed);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(mlp.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            mlp.Forward(x, y, tape, shape.Dropout, shape.Seed);
            mlp.Backward(x, dy, dx, tape);
        }));
    }, count: 40);

    [Fact]
    public void A_perceptron_is_its_layers_one_after_another()
    {
        Mlp<float> mlp = new([5, 7, 3], Activation.Tanh);
        mlp.Initialise(4);
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], mlp.Parameters.Select(item => item.Key));
        Linear<float> first = new(mlp.Parameters["0.weight"], mlp.Parameters["0.bias"]),
            last = new(mlp.Parameters["1.weight"], mlp.Parameters["1.bias"]);
        first.Pack();
        last.Pack();
        float[] x = Numbers.Random<float>(1, 4 * 5), hidden = new float[4 * 7], expected = new float[4 * 3], y = new float[4 * 3];
        first.Forward(x, hidden);
        NeuralPrimitives.Tanh<float>(hidden, hidden);
        last.Forward(hidden, expected);
        mlp.Forward(x, y, mlp.CreateTape(4));
        Numbers.AssertSameBits<float>(expected, y, "y");
    }

    [Fact]
    public void Perceptron_refuses_wrong_arguments_before_it_writes()
    {
        Assert.Contains("sizes needs at least 2", Assert.Throws<ArgumentException>(() => new Mlp<float>([3])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mlp<float>([3, 0, 2]));
        Mlp<float> mlp = new([3, 4, 2]), other = new([3, 4, 2]);
        MlpTape<float> tape = mlp.CreateTape(2);
        float[] x = new float[6], y = [7, 7, 7, 7];
        Assert.Contains("x needs a multiple of 3", Assert.Throws<ArgumentException>(() => mlp.Forward(new float[5], y, tape)).Message);
        Assert.Contains("y needs 4 elements (rows·S_n), but has 3",
            Assert.Throws<ArgumentException>(() => mlp.Forward(x, y.AsSpan(0, 3), tape)).Message);
        Assert.Contains("2 rows; there are 3",
            Assert.Throws<ArgumentException>(() => mlp.Forward(new float[9], new float[6], tape)).Message);
        Assert.Contains("another", Assert.Throws<ArgumentException>(() => other.Forward(x, y, tape)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => mlp.Forward(x, y, tape, dropout: 1));
        Assert.Throws<InvalidOperationException>(() => mlp.Backward(x, y, default, tape));
        Assert.Equal([7f, 7, 7, 7], y);
        mlp.Pack();
        mlp.Forward(x, y, tape);
        Assert.Contains("dx needs 6", Assert.Throws<ArgumentException>(() => mlp.Backward(x, y, new float[5], tape)).Message);
        Assert.Contains("2 rows; there are 1",
            Assert.Throws<ArgumentException>(() => mlp.Backward(x.AsSpan(3), y.AsSpan(2), default, tape)).Message);
        mlp.Backward(x, y, default, tape);
        Assert.Throws<InvalidOperationException>(() => mlp.Backward(x, y, default, tape));
    }

    [Fact]
    public void Dropout_leaves_out_the_same_values_in_both_directions() => RandomCases.Hold(
        from rate in Gen.Elements(0, 0.1, 0.5, 0.9)
        from length in Gen.Choose(0, 300)
        from seed in Gen.Choose(-1000, 1000)
        select (rate, length, seed),
        at => RandomCases.Smaller(at.length, 0).Select(n => (at.rate, n, at.seed)),
        at =>
        {
            float[] x = Numbers.Random<float>(1, at.length), y = new float[at.length], dx = new float[at.length],
                longer = new float[at.length + 5];
            Dropout.Forward<float>(x, at.rate, at.seed, y, step: 2);
            Dropout.Backward<float>([.. Enumerable.Repeat(1f, at.length)], at.rate, at.seed, dx, step: 2);
            Assert.All(dx, factor => Assert.True(factor == 0 || factor == (float)(1 / (1 - at.rate))));
            Assert.Equal(x.Zip(dx, (value, factor) => value * factor), y);
            Dropout.Forward<float>([.. x, 1, 2, 3, 4, 5], at.rate, at.seed, longer, step: 2);
            Assert.Equal(y, longer[..at.length]);
            Assert.Equal(0, Numbers.AllocatedBytes(() => Dropout.Forward<float>(x, at.rate, at.seed, x)));
        });

    [Fact]
    public void Dropout_has_a_mask_for_every_seed_and_step()
    {
        float[] ones = [.. Enumerable.Repeat(1f, 4000)];
        float[] first = Mask(1, 0), second = Mask(1, 1), other = Mask(2, 0);
        Assert.InRange(first.Count(value => value == 0) / 4000.0, 0.27, 0.33);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, other);
        Assert.Equal(first, Mask(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Forward<float>(ones, double.NaN, 1, ones));
        Assert.Throws<ArgumentOutOfRangeException>(() => Dropout.Backward<float>(ones, 1, 1, ones));
        Assert.Contains("y needs 4000", Assert.Throws<ArgumentException>(() => Dropout.Forward<float>(ones, 0.5, 1, new float[1])).Message);
        Assert.Contains("dx needs 4000",
            Assert.Throws<ArgumentException>(() => Dropout.Backward<float>(ones, 0.5, 1, new float[1])).Message);

        float[] Mask(int seed, int step)
        {
            float[] mask = new float[ones.Length];
            Dropout.Forward<float>(ones, 0.3, seed, mask, step);
            return mask;
        }
    }
}
