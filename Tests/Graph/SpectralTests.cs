using FastRecurrent.Bench.Verify;
using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Eigenvectors of graphs, and convolutions and filters in their basis.</summary>
public class SpectralTests
{
    [Fact]
    public void Eigenvectors_hold_to_the_last_digits() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        double[] weights = shape.Weights(graph);
        CheckBasis(SparseMatrix<double>.Laplacian(graph, weights), SpectralBasis<double>.OfLaplacian(graph, weights));
    });

    /// <summary>Values, order and signs of another implementation (LAPACK by way of PyTorch).</summary>
    [Theory]
    [InlineData("spectral-transform")]
    [InlineData("spectral-inverse")]
    [InlineData("spectral-convolution")]
    [InlineData("spectral-filter")]
    public void Eigenvectors_equal_the_golden_ones(string name)
    {
        GoldenCase golden = GoldenCase.Load(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".safetensors"));
        CsrGraph graph = new(golden.Integers("graph.offsets"), golden.Integers("graph.sources"));
        SpectralBasis<double> basis = SpectralBasis<double>.OfLaplacian(graph, golden.Values<double>("graph.weights"));
        Dense.AssertClose(golden.Values<double>("graph.eigenvalues"), basis.Eigenvalues);
        Dense.AssertClose(golden.Values<double>("graph.eigenvectors"), basis.Eigenvectors, 1e-11);
    }

    [Fact]
    public void Equal_eigenvalues_have_orthogonal_vectors()
    {
        const int Nodes = 60; // a ring: all eigenvalues but two are double, 1 − cos(2πk/N)
        CsrGraph ring = CsrGraph.FromEdges(Nodes, [.. Enumerable.Range(0, Nodes)], [.. Enumerable.Range(1, Nodes).Select(v => v % Nodes)])
        .Symmetric();
        SpectralBasis<double> basis = SpectralBasis<double>.OfLaplacian(ring);
        CheckBasis(SparseMatrix<double>.Laplacian(ring), basis);
        Dense.AssertClose([.. Enumerable.Range(0, Nodes).Select(k => 1 - Math.Cos(2 * Math.PI * ((k + 1) / 2) / Nodes))],
            basis.Eigenvalues);
        Assert.All(Enumerable.Range(0, Nodes), i => Assert.Equal(1 / Math.Sqrt(Nodes), basis.Eigenvectors[i * Nodes], 1e-12));
    }

    [Fact]
    public void Inverse_undoes_transform() => RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        SpectralBasis<double> basis = Basis(shape);
        int n = shape.Nodes, columns = shape.InputSize;
        double[] x = Numbers.Random<double>(1, n * columns), spectrum = new double[x.Length], y = new double[x.Length];
        double[] workspace = new double[SpectralBasis<double>.GetWorkspaceLength(columns)];
        basis.Transform(x, columns, spectrum, workspace);
        Dense.AssertClose(Dense.Multiply(Dense.Transpose(basis.Eigenvectors.ToArray(), n, n), x, n, n, columns), spectrum);
        basis.Inverse(spectrum, columns, y, workspace);
        Dense.AssertClose(x, y);

        double[] upstream = Numbers.Random<double>(2, x.Length), dx = new double[x.Length], dSpectrum = new double[x.Length];
        basis.Inverse(upstream, columns, dx, workspace);
        basis.Transform(upstream, columns, dSpectrum, workspace);
        GradientCheck.Check(() => { basis.Transform(x, columns, y, workspace); return Layers.Dot(y, upstream); },
            [Layers.Variable("x", x, dx)], shape.Seed);
        GradientCheck.Check(() => { basis.Inverse(spectrum, columns, y, workspace); return Layers.Dot(y, upstream); },
            [Layers.Variable("x̂", spectrum, dSpectrum)], shape.Seed);
    }, count: 40);

    [Fact]
    public void Gradients_of_the_convolution_equal_central_differences() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        SpectralConvolution<double> convolution = new(Basis(shape));
        int columns = shape.InputSize;
        SpectralTape<double> tape = convolution.CreateTape(columns + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * columns), y = Numbers.Random<double>(2, x.Length), z = new double[x.Length];
        double[] dz = Numbers.Random<double>(3, x.Length), dx = new double[x.Length], dy = new double[x.Length];
        convolution.Forward(x, y, columns, z, tape);
        convolution.Backward(dz, dx, dy, tape);
        GradientCheck.Check(
            () =>
            {
                convolution.Forward(x, y, columns, z, tape);
                return Layers.Dot(z, dz);
            },
            [Layers.Variable("x", x, dx), Layers.Variable("y", y, dy)],
            shape.Seed);
    }, count: 40);

    [Fact]
    public void Gradients_of_the_filter_equal_central_differences() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        SpectralFilter<double> filter = new(Basis(shape));
        filter.Parameters.InitialiseUniform(new Random(shape.Seed), 1);
        int columns = shape.InputSize;
        SpectralTape<double> tape = filter.CreateTape(columns + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * columns), y = new double[x.Length], dy = Numbers.Random<double>(3, x.Length),
            dx = new double[x.Length];
        filter.Forward(x, columns, y, tape);
        filter.Backward(dy, dx, tape);
        GradientCheck.Check(
            () =>
            {
                filter.Forward(x, columns, y, tape);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(filter.Parameters)],
            shape.Seed);
    }, count: 40);

    [Fact]
    public void A_part_with_an_edge_has_an_eigenvalue_0_and_a_node_without_has_1()
    {
        Assert.Equal([1, 1, 1], SpectralBasis<double>.OfLaplacian(CsrGraph.FromEdges(3, [], [])).Eigenvalues.ToArray());
        CsrGraph graph = CsrGraph.FromEdges(6, [0, 1, 3, 4], [1, 0, 4, 3]); // 0–1, 3–4, 2 and 5 alone
        foreach ((double expected, double actual) in new double[] { 0, 0, 1, 1, 2, 2 }.Zip(
            SpectralBasis<double>.OfLaplacian(graph).Eigenvalues.ToArray()))
        {
            Assert.Equal(expected, actual, 1e-12);
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        SpectralBasis<float> basis = SpectralBasis<float>.OfLaplacian(new GraphCase(GraphKind.Undirected, 14, 5, 20, 3).Create());
        SpectralConvolution<float> convolution = new(basis);
        SpectralFilter<float> filter = new(basis);
        SpectralTape<float> tape = convolution.CreateTape(5), filterTape = filter.CreateTape(5);
        float[] x = Numbers.Random<float>(1, 14 * 5), y = Numbers.Random<float>(2, x.Length), z = new float[x.Length],
            dx = new float[x.Length], dy = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            convolution.Forward(x, y, 5, z, tape);
            convolution.Backward(x, dx, dy, tape);
            filter.Forward(x, 5, z, filterTape);
            filter.Backward(x, dx, filterTape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        SpectralBasis<float> basis = SpectralBasis<float>.OfLaplacian(new CsrGraph([0, 1, 2], [1, 0]));
        SpectralFilter<float> filter = new(basis);
        SpectralConvolution<float> convolution = new(basis);
        SpectralTape<float> tape = filter.CreateTape(3), other = convolution.CreateTape(3);
        float[] x = new float[6], y = new float[6], marked = [1, 2, 3, 4, 5],
            workspace = new float[SpectralBasis<float>.GetWorkspaceLength(3)];
        Assert.Contains("N·columns", Assert.Throws<ArgumentException>(() => basis.Transform(x, 3, marked, workspace)).Message);
        Assert.Throws<ArgumentException>(() => basis.Inverse(x, 3, y, marked));
        Assert.Throws<ArgumentException>(() => filter.Forward(x, 3, marked, tape));
        Assert.Throws<ArgumentException>(() => filter.Forward(x, 3, y, other));
        Assert.Throws<ArgumentOutOfRangeException>(() => filter.Forward(new float[8], 4, new float[8], tape));
        Assert.Throws<InvalidOperationException>(() => filter.Backward(x, y, tape));
        Assert.Throws<ArgumentException>(() => convolution.Forward(x, marked, 3, y, other));
        Assert.Throws<InvalidOperationException>(() => convolution.Backward(x, y, default, other));
        convolution.Forward(x, x, 3, y, other);
        Assert.Throws<ArgumentException>(() => convolution.Backward(x, y, marked, other));
        Assert.Equal([1, 2, 3, 4, 5], marked);
        Assert.Throws<ArgumentException>(() => new SpectralBasis<float>([], []));
        Assert.Throws<ArgumentException>(() => new SpectralBasis<float>([1, 2], [1, 2]));
        Assert.Contains("not symmetric",
            Assert.Throws<ArgumentException>(() => SpectralBasis<float>.OfLaplacian(new CsrGraph([0, 2, 3, 4], [1, 2, 0, 1]))).Message);

        // The sources of a star have no degree of their own, so that nothing is left of the edges in L.
        Assert.Contains("not symmetric",
            Assert.Throws<ArgumentException>(() => SpectralBasis<float>.OfLaplacian(new CsrGraph([0, 3, 3, 3, 3], [1, 2, 3]))).Message);
    }

    private static SpectralBasis<double> Basis(GraphCase shape)
    {
        CsrGraph graph = shape.Create();
        return SpectralBasis<double>.OfLaplacian(graph, shape.Weights(graph));
    }

    /// <summary>A v = λ v, UᵀU = 1, eigenvalues rise within 0 … 2, and the largest entry of every vector is positive.</summary>
    private static void CheckBasis(SparseMatrix<double> laplacian, SpectralBasis<double> basis)
    {
        int n = basis.NodeCount;
        double[] u = basis.Eigenvectors.ToArray(), values = basis.Eigenvalues.ToArray();
        Dense.AssertClose([.. u.Select((value, i) => value * values[i % n])], Dense.Multiply(laplacian.ToDense(), u, n, n, n), 1e-13);
        Dense.AssertClose(Dense.Identity(n), Dense.Multiply(Dense.Transpose(u, n, n), u, n, n, n), 1e-13);
        Assert.Equal(values.Order(), values);
        Assert.InRange(values[0], -1e-14, 2);
        Assert.InRange(values[^1], 0, 2 + 1e-14);
        for (int k = 0; k < n; k++)
        {
            double[] vector = [.. Enumerable.Range(0, n).Select(i => u[i * n + k])];
            Assert.True(vector.Max() >= (1 - 1e-9) * -vector.Min(), $"eigenvector {k}");
        }
    }
}
