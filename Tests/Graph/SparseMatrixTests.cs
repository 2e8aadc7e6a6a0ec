using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Sparse matrices of random graphs against dense ones.</summary>
public class SparseMatrixTests
{
    private static readonly GraphKind[] _kinds = [GraphKind.Chain, GraphKind.Forest, GraphKind.Acyclic, GraphKind.Undirected];

    [Fact]
    public void Products_equal_dense_ones() => RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        int n = shape.Nodes, features = shape.InputSize;
        double[] weights = shape.Weights(graph), dense = Dense.Adjacency(graph, weights);
        SparseMatrix<double> matrix = SparseMatrix<double>.Adjacency(graph, weights);
        double[] x = Numbers.Random<double>(1, n * features), y = new double[x.Length], start = Numbers.Random<double>(2, x.Length);
        Dense.AssertClose(dense, matrix.ToDense());
        double[] expected = Dense.Multiply(dense, x, n, n, features),
            back = Dense.Multiply(Dense.Transpose(dense, n, n), x, n, n, features);
        matrix.Multiply(x, features, y);
        Dense.AssertClose(expected, y);
        matrix.MultiplyTransposed(x, features, y);
        Dense.AssertClose(back, y);
        start.CopyTo(y, 0);
        matrix.Multiply(x, features, y, accumulate: true);
        Dense.AssertClose([.. expected.Zip(start, (a, b) => a + b)], y);
        start.CopyTo(y, 0);
        matrix.MultiplyTransposed(x, features, y, accumulate: true);
        Dense.AssertClose([.. back.Zip(start, (a, b) => a + b)], y);
    });

    [Fact]
    public void Transpose_swaps_the_two_products()
    {
        SparseMatrix<float> matrix = new(new CsrPattern([0, 2, 3], [2, 0, 1], 4), [1, 2, 3]), transpose = matrix.Transpose();
        Assert.Equal((4, 2), (transpose.Rows, transpose.Columns));
        Assert.Equal([2, 0, 1, 0, 0, 3, 0, 0], matrix.ToDense());
        Assert.Equal([2, 0, 0, 3, 1, 0, 0, 0], transpose.ToDense());
        Assert.Same(matrix.Pattern, transpose.Transpose().Pattern);
        float[] x = [1, 2], y = new float[4], z = new float[4];
        matrix.MultiplyTransposed(x, 1, y);
        transpose.Multiply(x, 1, z);
        Assert.Equal([2, 6, 1, 0], y);
        Assert.Equal(y, z);
    }

    [Fact]
    public void Matrices_of_a_graph_equal_their_definitions() => RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Seed % 2 == 0 ? shape.Create() : shape.Create().WithSelfLoops();
        int n = shape.Nodes;
        double[] weights = shape.Weights(graph), a = Dense.Adjacency(graph, weights), laplacian = Dense.Laplacian(a, n),
            identity = Dense.Identity(n);
        Dense.AssertClose(Dense.Scaled([.. a.Zip(identity, (w, i) => w + i)], n), SparseMatrix<double>.SymmetricNormalised(graph, weights)
            .ToDense());
        Dense.AssertClose(laplacian, SparseMatrix<double>.Laplacian(graph, weights).ToDense());
        foreach (double lambda in new[] { 1.3, 2 })
        {
            Dense.AssertClose(
                [.. laplacian.Zip(identity, (l, i) => 2 / lambda * l - i)], SparseMatrix<double>.ScaledLaplacian(graph, lambda, weights)
                .ToDense());
        }

        double[] ones = [.. Enumerable.Repeat(1.0, n)], means = new double[n];
        SparseMatrix<double>.RowNormalised(graph, weights).Multiply(ones, 1, means);
        Dense.AssertClose([.. Enumerable.Range(0, n).Select(v => graph.InDegree(v) > 0 ? 1.0 : 0)], means);
    });

    [Fact]
    public void Self_loops_and_isolated_nodes_are_treated_as_documented()
    {
        CsrGraph graph = new([0, 2, 3, 3], [0, 1, 0]); // node 0 with a loop, node 2 alone
        Dense.AssertClose([1.0 / 3, 0, 0, 0, 1, 0, 0, 0, 1], SparseMatrix<double>.Laplacian(graph, [2, 1, 0]).ToDense());
        Dense.AssertClose([0.75, 1 / Math.Sqrt(8), 0, 1 / Math.Sqrt(8), 0.5, 0, 0, 0, 1],
            SparseMatrix<double>.SymmetricNormalised(graph, [2, 1, 1]).ToDense());
        Assert.Equal(0, SparseMatrix<double>.ScaledLaplacian(new CsrGraph([0, 0, 0], [])).Pattern.Count);
        Assert.Equal([1, 0, 0, 1], SparseMatrix<float>.Laplacian(new CsrGraph([0, 0, 0], [])).ToDense());
        Assert.Empty(SparseMatrix<float>.Laplacian(new CsrGraph([0], [])).ToDense());
    }

    [Fact]
    public void Power_iteration_finds_the_largest_eigenvalue() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        CsrGraph graph = shape.Create();
        double[] weights = shape.Weights(graph);
        double largest = SpectralBasis<double>.OfLaplacian(graph, weights).Eigenvalues[^1];
        double found = SparseMatrix<double>.Laplacian(graph, weights).LargestEigenvalue(1e-5, 1_000_000);
        Assert.InRange(found, largest * (1 - 1e-4), largest * (1 + 1e-12));
    }, count: 40);

    [Theory]
    [InlineData(0)]
    [InlineData(565)]
    [InlineData(-565)]
    [InlineData(1022)]
    [InlineData(-1073)]
    public void The_largest_eigenvalue_does_not_depend_on_the_scale(int exponent)
    {
        CsrPattern pattern = new([0, 2, 4], [0, 1, 0, 1], 2);
        double[] values = [0.5, 0.25, 0.25, 0.5];
        double expected = new SparseMatrix<double>(pattern, values).LargestEigenvalue();
        Assert.Equal(0.75, expected, 1e-9);
        double[] small = [2, 1, 1, 2]; // down to the smallest denormal, exactly
        double[] scaled = Array.ConvertAll(small, value => Math.ScaleB(value, exponent));
        Assert.Equal(Math.ScaleB(expected, exponent + 2), new SparseMatrix<double>(pattern, scaled).LargestEigenvalue());
    }

    [Fact]
    public void Power_iteration_says_when_it_does_not_converge()
    {
        SparseMatrix<double> swap = SparseMatrix<double>.Adjacency(new CsrGraph([0, 1, 2], [1, 0])); // eigenvalues 1 and −1
        Assert.Contains("residual", Assert.Throws<InvalidOperationException>(() => swap.LargestEigenvalue(maxSteps: 100)).Message);
        Assert.Throws<InvalidOperationException>(() => new SparseMatrix<double>(new CsrPattern([0, 0], [], 2)).LargestEigenvalue());
        Assert.Throws<ArgumentOutOfRangeException>(() => swap.LargestEigenvalue(double.NaN));
        Assert.Equal(0, new SparseMatrix<double>(new CsrPattern([0, 0, 0], [], 2)).LargestEigenvalue());
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        CsrGraph graph = new([0, 1, 2], [1, 0]);
        SparseMatrix<float> matrix = SparseMatrix<float>.Adjacency(graph);
        float[] x = new float[6], marked = [1, 2, 3, 4, 5];
        Assert.Contains("rows·features", Assert.Throws<ArgumentException>(() => matrix.Multiply(x, 3, marked)).Message);
        Assert.Throws<ArgumentException>(() => matrix.MultiplyTransposed(x.AsSpan(1), 3, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Multiply(x, 0, x));
        Assert.Equal(1, marked[0]);
        Assert.Contains("one an edge", Assert.Throws<ArgumentException>(() => SparseMatrix<float>.Laplacian(graph, [1])).Message);
        Assert.Throws<ArgumentException>(() => new SparseMatrix<float>(graph.Incoming, [1]));
        Assert.Contains("weights[1] is NaN",
            Assert.Throws<ArgumentException>(() => SparseMatrix<float>.Adjacency(graph, [1, float.NaN])).Message);
        Assert.Contains("node 1", Assert.Throws<ArgumentException>(() => SparseMatrix<float>.Laplacian(graph, [1, -1])).Message);
        Assert.Contains("node 1", Assert.Throws<ArgumentException>(() => SparseMatrix<float>.SymmetricNormalised(graph, [1, -1])).Message);
        Assert.Contains("node 0", Assert.Throws<ArgumentException>(() => SparseMatrix<float>.RowNormalised(graph, [0, 1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => SparseMatrix<float>.ScaledLaplacian(graph, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SparseMatrix<float>.ScaledLaplacian(graph, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => SparseMatrix<float>.ScaledLaplacian(graph, -1));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        SparseMatrix<float> matrix = SparseMatrix<float>.Laplacian(new GraphCase(GraphKind.Undirected, 14, 5, 20, 3).Create());
        float[] x = Numbers.Random<float>(1, 14 * 20), y = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            matrix.Multiply(x, 20, y);
            matrix.MultiplyTransposed(x, 20, y, accumulate: true);
        }));
    }
}
