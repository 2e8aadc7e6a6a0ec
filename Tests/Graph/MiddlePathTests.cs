using System.Numerics;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Meta-paths through middle nodes against the same paths with their neighbours listed.</summary>
public class MiddlePathTests
{
    [Fact]
    public void One_middle_a_node_equals_the_listed_form() => RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
    {
        shape = shape with { Nodes = 5 * shape.Nodes };
        Compare(shape, [.. Enumerable.Range(0, shape.Paths).Select(path => Middles(shape, path, several: false))], 1, 1e-11, 1e-9);
    }, count: 60);

    [Fact]
    public void Several_middles_count_a_pair_once_for_each() => RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
        Compare(shape, [.. Enumerable.Range(0, shape.Paths).Select(path => Middles(shape, path, several: true))], 1, 1e-11,
        1e-9), count: 60);

    [Theory]
    [InlineData(30)]
    [InlineData(1000)]
    public void Scores_far_apart_neither_overflow_nor_vanish(double scale)
    {
        HanCase shape = new(1, 40, 2, 3, 4, 3, 8);
        Compare(shape, [Middles(shape, 0, several: true), Middles(shape, 1, several: false)], scale, 1e-9, 1e-6);
    }

    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
        HanTests.CheckGradients(shape.Options, shape, Paths(shape), seed: null), count: 25);

    [Fact]
    public void In_float_as_near_as_float_allows()
    {
        HanCase shape = new(1, 300, 1, 8, 8, 16, 4);
        (float[] through, _) = Run<float>(shape, [new MetaPath(Middles(shape, 0, several: false))], 1);
        (double[] exact, _) = Run<double>(shape, [new MetaPath(Middles(shape, 0, several: false))], 1);
        Assert.All(through.Zip(exact), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        HanCase shape = new(1, 60, 2, 8, 8, 16, 3);
        Han<float> network = new(shape.Options);
        network.Initialise(1);
        MetaPath[] paths = Paths(shape);
        HanTape<float> tape = network.CreateTape([60], paths);
        float[] x = Numbers.Random<float>(1, shape.InputLength), dx = new float[x.Length], z = new float[60 * 64], beta = new float[2];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(x, [60], paths, z, beta, tape);
            network.Backward(z, beta, dx, tape);
        }));
    }

    [Fact]
    public void NaN_gives_NaN()
    {
        HanCase shape = new(1, 4, 1, 2, 4, 3, 1);
        Han<double> network = new(shape.Options);
        network.Initialise(1);
        MetaPath[] paths = [new(new CsrPattern([0, 1, 2, 3, 4], [0, 1, 0, 1], 2))];
        double[] x = [1, 2, 3, double.NaN, 4, 5, 6, 7], z = new double[32];
        HanTape<double> tape = network.CreateTape([4], paths);
        network.Forward(x, [4], paths, z, default, tape);
        Assert.All(z, value => Assert.True(double.IsNaN(value))); // β brings it to all
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        HanCase shape = new(1, 3, 1, 2, 4, 3, 1);
        Han<float> network = new(shape.Options with { AttentionDropout = 0.5 });
        MetaPath listed = new(new CsrGraph([0, 1, 2, 3], [1, 2, 0])), through = new(new CsrPattern([0, 1, 2, 3], [0, 1, 0], 2));
        MetaPath together = new(new CsrPattern([0, 1, 2, 3], [0, 0, 0], 1)), many = new(new CsrPattern([0, 2, 4, 5], [0, 1, 0, 1, 2], 3));
        float[] x = new float[6], z = new float[24];
        HanTape<float> tape = network.CreateTape([3], [through]);
        Assert.Contains("the other form",
            Assert.Throws<ArgumentException>(() => network.Forward(x, [3], [listed], z, default, tape)).Message);
        Assert.Contains("largest middle 3",
            Assert.Throws<ArgumentException>(() => network.Forward(x, [3], [together], z, default, tape)).Message);
        Assert.Contains("5 entries", Assert.Throws<ArgumentException>(() => network.Forward(x, [3], [many], z, default, tape)).Message);
        Assert.Contains("left out",
            Assert.Throws<ArgumentException>(() => network.Forward(x, [3], [through], z, default, tape, 1)).Message);
        network.Pack();
        network.Forward(x, [3], [through], z, default, tape);
        Assert.Throws<ArgumentNullException>(() => new MetaPath((CsrPattern)null!));
        Assert.Throws<ArgumentNullException>(() => new MetaPath((CsrGraph)null!));
    }

    private static MetaPath[] Paths(HanCase shape) =>
        [.. Enumerable.Range(0, shape.Paths).Select(path => new MetaPath(Middles(shape, path, several: path % 2 == 0)))];

    /// <summary>Middles of every node: one each, or up to three, some nodes without.</summary>
    private static CsrPattern Middles(HanCase shape, int path, bool several)
    {
        Random random = new(shape.Seed + path);
        int count = 1 + random.Next(4);
        List<int> middles = [], offsets = [0];
        for (int node = 0; node < shape.Nodes; node++)
        {
            int[] all = [.. Enumerable.Range(0, count)];
            random.Shuffle(all);
            middles.AddRange(all.Take(several ? random.Next(4) : 1));
            offsets.Add(middles.Count);
        }

        return new CsrPattern([.. offsets], [.. middles], count);
    }

    /// <summary>Every neighbour of every node, once for each middle they share.</summary>
    private static MetaPath Listed(CsrPattern middles)
    {
        CsrPattern members = middles.Transpose(out _);
        List<int> sources = [], offsets = [0];
        for (int node = 0; node < middles.Rows; node++)
        {
            foreach (int middle in middles[node])
            {
                sources.AddRange(members[middle]);
            }

            offsets.Add(sources.Count);
        }

        return new MetaPath(new CsrGraph([.. offsets], [.. sources]));
    }

    private static void Compare(HanCase shape, CsrPattern[] middles, double scale, double tolerance, double gradientTolerance)
    {
        (double[] outputs, double[] gradients) = Run<double>(shape, [.. middles.Select(Listed)], scale);
        (double[] actual, double[] actualGradients) = Run<double>(shape, [.. middles.Select(middle => new MetaPath(middle))], scale);
        AssertNear(outputs, actual, tolerance, "output");
        AssertNear(gradients, actualGradients, gradientTolerance, "gradient");
    }

    private static void AssertNear(double[] expected, double[] actual, double tolerance, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(expected[i] - actual[i]) / (1 + Math.Abs(expected[i]));
            Assert.True(error <= tolerance, $"{what} {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }

    private static (T[] Outputs, T[] Gradients) Run<T>(HanCase shape, MetaPath[] paths, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Han<T> network = new(shape.Options);
        network.Initialise(shape.Seed);
        foreach ((string name, FastRecurrent.Cells.Parameter<T> parameter) in network.Parameters)
        {
            Numbers.Random<T>(shape.Seed + parameter.Length, parameter.Length, name.Contains("att_") ? scale : 1).CopyTo(parameter.Value);
        }

        network.Pack();
        int[] counts = shape.NodeCounts();
        HanTape<T> tape = network.CreateTape(counts, paths);
        T[] x = Numbers.Random<T>(1, shape.InputLength), dx = new T[x.Length], z = new T[shape.Nodes * network.Options.OutputSize],
            beta = new T[shape.Paths];
        network.Forward(x, counts, paths, z, beta, tape);
        network.Backward(Numbers.Random<T>(2, z.Length), Numbers.Random<T>(3, beta.Length), dx, tape);
        return ([.. z, .. beta], [.. dx, .. network.Parameters.SelectMany(item => item.Value.Gradient.ToArray())]);
    }
}
