using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>The heterogeneous graph attention network on random graphs.</summary>
public class HanTests
{
    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
        CheckGradients(shape.Options, shape, shape.MetaPaths(), seed: null), count: 50);

    [Fact]
    public void Gradients_with_dropout_equal_central_differences_of_the_same_choices() =>
        RandomCases.Hold(HanCase.Cases(), shape => shape.Shrink(), shape =>
        CheckGradients(shape.Options with { InputDropout = 0.3, AttentionDropout = 0.4 }, shape, shape.MetaPaths(), seed: 7), count: 25);

    [Fact]
    public void Beta_sums_to_one_and_nodes_without_neighbours_stay_zero()
    {
        HanCase shape = new(1, 5, 2, 2, 4, 3, 1);
        Han<double> network = new(shape.Options);
        network.Initialise(1);
        MetaPath[] paths = [new(new CsrGraph([0, 0, 1, 3, 3, 4], [2, 1, 4, 0])), new(new CsrGraph([0, 0, 2, 3, 3, 5], [0, 3, 2, 1, 2]))];
        double[] x = Numbers.Random<double>(1, shape.InputLength), z = new double[5 * 8], beta = new double[2];
        network.Forward(x, [5], paths, z, beta, network.CreateTape([5], paths));
        Assert.Equal(1, beta.Sum(), 1e-15);
        Assert.All(z.AsSpan(0, 8).ToArray(), value => Assert.Equal(0, value));
        Assert.All(z.AsSpan(24, 8).ToArray(), value => Assert.Equal(0, value));
        Assert.DoesNotContain(0, z.AsSpan(8, 16).ToArray());
    }

    [Fact]
    public void Dropout_leaves_out_only_with_a_seed_and_the_same_for_the_same_seed()
    {
        HanCase shape = new(2, 12, 2, 4, 8, 5, 3);
        Han<float> network = new(shape.Options with { InputDropout = 0.5, AttentionDropout = 0.5 }), plain = new(shape.Options);
        network.Initialise(1);
        plain.Initialise(1);
        MetaPath[] paths = shape.MetaPaths();
        float[] x = Numbers.Random<float>(1, shape.InputLength);
        Numbers.AssertSameBits<float>(Run(plain, null), Run(network, null), "without a seed");
        Numbers.AssertSameBits<float>(Run(network, 5), Run(network, 5), "with the same seed");
        Assert.NotEqual(Run(network, 5), Run(network, 6));
        Assert.NotEqual(Run(network, 5), Run(network, null));

        float[] Run(Han<float> han, int? seed)
        {
            float[] z = new float[shape.Nodes * han.Options.OutputSize];
            han.Forward(x, shape.NodeCounts(), paths, z, default, han.CreateTape(shape.NodeCounts(), paths), seed);
            return z;
        }
    }

    /// <summary>One node attends to all alike and their projections are a basis, so that its row of Z shows what is left out.</summary>
    [Fact]
    public void Attention_and_a_layer_leave_out_different_places_for_the_same_seed()
    {
        const int Nodes = 64;
        Han<float> network =
            new(new HanOptions { InputSizes = [Nodes], Heads = 1, HeadSize = Nodes, Paths = 1, SemanticSize = 1, AttentionDropout = 0.5 });
        float[] basis = new float[Nodes * Nodes], z = new float[basis.Length], layer = new float[Nodes];
        for (int at = 0; at < basis.Length; at += Nodes + 1)
        {
            basis[at] = 1;
        }

        basis.CopyTo(network.Parameters["type.0.weight"].Value);
        network.Pack();
        MetaPath[] paths = [new(new CsrGraph([0, .. Enumerable.Repeat(Nodes, Nodes)], [.. Enumerable.Range(0, Nodes)]))];
        network.Forward(basis, [Nodes], paths, z, default, network.CreateTape([Nodes], paths), seed: 5);
        Dropout.Forward(Enumerable.Repeat(1f, Nodes).ToArray(), 0.5, 5, layer);
        Assert.NotEqual(layer.Select(value => value == 0), z.Take(Nodes).Select(value => value == 0));
    }

    [Fact]
    public void A_tape_serves_smaller_graphs()
    {
        HanCase large = new(2, 12, 2, 2, 4, 3, 5), small = large with { Nodes = 4 };
        Han<double> network = new(large.Options);
        network.Initialise(1);
        HanTape<double> tape = network.CreateTape([12, 12], [new(new CsrGraph(new int[25], [])), new(new CsrGraph(new int[25], []))]);
        Assert.Throws<ArgumentException>(() => Run(small, tape));
        MetaPath full = new(new CsrGraph([.. Enumerable.Range(0, 25).Select(node => node * 10)], new int[240]));
        tape = network.CreateTape([12, 12], [full, full]);
        Assert.Equal(Run(large, null), Run(large, tape));
        Assert.Equal(Run(small, null), Run(small, tape));

        double[] Run(HanCase shape, HanTape<double>? memory)
        {
            double[] x = Numbers.Random<double>(1, shape.InputLength), dx = new double[x.Length], z = new double[shape.Nodes * 8];
            memory ??= network.CreateTape(shape.NodeCounts(), shape.MetaPaths());
            network.Forward(x, shape.NodeCounts(), shape.MetaPaths(), z, default, memory);
            network.Backward(Numbers.Random<double>(2, z.Length), default, dx, memory);
            return [.. z, .. dx];
        }
    }

    [Fact]
    public void An_empty_graph_is_no_error()
    {
        Han<float> network = new(new HanCase(1, 1, 2, 2, 4, 3, 1).Options);
        network.Initialise(1);
        MetaPath[] paths = [new(new CsrGraph([0], [])), new(new CsrGraph([0], []))];
        HanTape<float> tape = network.CreateTape([0], paths);
        float[] beta = new float[2];
        network.Forward([], [0], paths, [], beta, tape);
        Assert.Equal([0.5f, 0.5f], beta);
        network.Backward([], [1, 2], [], tape);
        Assert.All(network.Parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        HanCase shape = new(2, 12, 2, 8, 8, 16, 3);
        Han<float> network = new(shape.Options with { InputDropout = 0.5, AttentionDropout = 0.5 });
        network.Initialise(1);
        Queue<MetaPath[]> unused = new(Enumerable.Range(0, 10).Select(_ => shape.MetaPaths())); // nor in the first run along a path
        int[] counts = shape.NodeCounts();
        HanTape<float> tape = network.CreateTape(counts, unused.Peek());
        float[] x = Numbers.Random<float>(1, shape.InputLength), dx = new float[x.Length], z = new float[12 * 64], beta = new float[2];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            MetaPath[] paths = unused.Dequeue();
            network.Forward(x, counts, paths, z, beta, tape, 5);
            network.Backward(z, beta, dx, tape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        HanCase shape = new(2, 3, 1, 2, 4, 3, 1);
        Han<float> network = new(shape.Options), other = new(shape.Options);
        MetaPath path = new(new CsrGraph([0, 1, 2, 3], [1, 2, 0])), short_ = new(new CsrGraph([0, 1], [0]));
        MetaPath[] paths = [path];
        int[] counts = [1, 2];
        HanTape<float> tape = network.CreateTape(counts, paths);
        float[] x = new float[2 + 10], z = new float[24], marked = [1, 2, 3];
        Assert.Contains("N_τ·D_τ",
            Assert.Throws<ArgumentException>(() => network.Forward(x.AsSpan(1), counts, paths, z, default, tape)).Message);
        Assert.Contains("N·K·F", Assert.Throws<ArgumentException>(() => network.Forward(x, counts, paths, marked, default, tape)).Message);
        Assert.Throws<ArgumentException>(() => network.Forward(x, counts, paths, z, marked, tape));
        Assert.Equal(1, marked[0]);
        Assert.Contains("types", Assert.Throws<ArgumentException>(() => network.Forward(x, [3], paths, z, default, tape)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Forward(x, [-1, 4], paths, z, default, tape));
        Assert.Contains("over 1 nodes",
            Assert.Throws<ArgumentException>(() => network.Forward(x, counts, [short_], z, default, tape)).Message);
        Assert.Throws<ArgumentException>(() => network.Forward(x, counts, [path, path], z, default, tape));
        Assert.Throws<ArgumentNullException>(() => network.Forward(x, counts, [null!], z, default, tape));
        Assert.Throws<ArgumentNullException>(() => network.Forward(x, counts, paths, z, default, null!));
        Assert.Throws<ArgumentException>(() => other.Forward(x, counts, paths, z, default, tape));
        Assert.Throws<InvalidOperationException>(() => network.Backward(z, default, default, tape));
        network.Pack();
        network.Forward(x, counts, paths, z, default, tape);
        Assert.Throws<ArgumentException>(() => network.Backward(marked, default, default, tape));
        Assert.Throws<ArgumentException>(() => network.Backward(z, marked, default, tape));
        Assert.Throws<ArgumentException>(() => network.Backward(z, default, marked, tape));
        Assert.Throws<ArgumentException>(() => other.Backward(z, default, default, tape));
        network.Backward(z, default, default, tape);
        Assert.Throws<InvalidOperationException>(() => network.Backward(z, default, default, tape));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Han<float>(shape.Options with { Heads = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("options.HeadSize",
            () => new Han<float>(shape.Options with { Heads = 1 << 20, HeadSize = 1 << 20 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Han<float>(shape.Options with { InputSizes = [] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Han<float>(shape.Options with { InputSizes = [3, 0] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Han<float>(shape.Options with { AttentionDropout = 1 }));
    }

    internal static void CheckGradients(HanOptions options, HanCase shape, MetaPath[] paths, int? seed)
    {
        Han<double> network = new(options);
        network.Initialise(shape.Seed);
        foreach ((_, FastRecurrent.Cells.Parameter<double> parameter) in network.Parameters)
        {
            Numbers.Random<double>(shape.Seed + parameter.Length, parameter.Length).CopyTo(parameter.Value);
        }

        network.Pack();
        int[] counts = shape.NodeCounts();
        HanTape<double> tape = network.CreateTape(counts, paths);
        double[] x = Numbers.Random<double>(1, shape.InputLength), z = new double[shape.Nodes * network.Options.OutputSize],
            beta = new double[shape.Paths];
        double[] dz = Numbers.Random<double>(2, z.Length), dbeta = Numbers.Random<double>(3, beta.Length), dx = new double[x.Length];
        network.Forward(x, counts, paths, z, beta, tape, seed);
        network.Backward(dz, dbeta, dx, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(x, counts, paths, z, beta, tape, seed);
                return Layers.Dot(z, dz) + Layers.Dot(beta, dbeta);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(network.Parameters)],
            shape.Seed);
    }
}
