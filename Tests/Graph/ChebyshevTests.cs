using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Chebyshev's filter and layer on random graphs, symmetric and not.</summary>
public class ChebyshevTests
{
    private static readonly GraphKind[] _kinds = [GraphKind.Forest, GraphKind.Acyclic, GraphKind.Undirected];

    [Fact]
    public void Gradients_of_the_filter_equal_central_differences() =>
        RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        ChebyshevFilter<double> filter = new(shape.Seed % 6);
        filter.Parameters.InitialiseUniform(new Random(shape.Seed), 1);
        SparseMatrix<double> matrix = Matrix(shape);
        ChebyshevTape<double> tape = filter.CreateTape(shape.Nodes + 1, shape.InputSize + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), y = new double[x.Length],
            dy = Numbers.Random<double>(2, y.Length), dx = new double[x.Length];
        filter.Forward(matrix, x, shape.InputSize, y, tape);
        filter.Backward(dy, dx, tape);
        GradientCheck.Check(
            () =>
            {
                filter.Forward(matrix, x, shape.InputSize, y, tape);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(filter.Parameters)],
            shape.Seed);
    });

    [Fact]
    public void Gradients_of_the_layer_equal_central_differences() =>
        RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        ChebyshevConvolution<double> layer = Layer(shape);
        SparseMatrix<double> matrix = Matrix(shape);
        ChebyshevTape<double> tape = layer.CreateTape(shape.Nodes + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), y = new double[shape.Nodes * shape.HiddenSize];
        double[] dy = Numbers.Random<double>(2, y.Length), dx = new double[x.Length];
        layer.Forward(matrix, x, y, tape);
        layer.Backward(dy, dx, tape);
        GradientCheck.Check(
            () =>
            {
                layer.Pack();
                layer.Forward(matrix, x, y, tape);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(layer.Parameters)],
            shape.Seed);
    });

    [Fact]
    public void The_layer_equals_dense_polynomials() => RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        ChebyshevConvolution<double> layer = Layer(shape);
        SparseMatrix<double> matrix = Matrix(shape);
        int n = shape.Nodes, d = shape.InputSize, o = shape.HiddenSize;
        double[] x = Numbers.Random<double>(1, n * d), y = new double[n * o], z = new double[n * o], dense = matrix.ToDense();
        layer.Forward(matrix, x, y, layer.CreateTape(n));
        double[] last = Dense.Identity(n), beforeLast = dense; // T_{−1} = T_1
        for (int k = 0; k <= layer.Order; k++)
        {
            double[] term = Dense.Multiply(Dense.Multiply(last, x, n, n, d),
                Dense.Transpose(layer.Parameters[$"weight.{k}"].Value.ToArray(), o, d), n, d, o);
            z = [.. z.Zip(term, (a, b) => a + b)];
            double[] next = [.. Dense.Multiply(dense, last, n, n, n).Zip(beforeLast, (product, before) => 2 * product - before)];
            (beforeLast, last) = (last, next);
        }

        double[] bias = layer.Parameters.Contains("bias") ? layer.Parameters["bias"].Value.ToArray() : new double[o];
        Dense.AssertClose([.. z.Select((value, i) => Math.Tanh(value + bias[i % o]))], y, 1e-10);
    });

    /// <summary>The response e^(−2λ), smooth in λ, is its interpolating polynomial of order 24 to the last digits.</summary>
    [Fact]
    public void High_order_equals_the_exact_spectral_filter() =>
        RandomCases.Hold(GraphCase.Cases(GraphKind.Undirected), shape => shape.Shrink(), shape =>
    {
        const int Order = 24;
        CsrGraph graph = shape.Create();
        double[] weights = shape.Weights(graph), x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), y = new double[x.Length],
            expected = new double[x.Length];
        SpectralBasis<double> basis = SpectralBasis<double>.OfLaplacian(graph, weights);
        SpectralFilter<double> exact = new(basis);
        for (int n = 0; n < shape.Nodes; n++)
        {
            exact.Parameters["theta"].Value[n] = Math.Exp(-2 * basis.Eigenvalues[n]); // heat, diffusing for two units of time
        }

        ChebyshevFilter<double> filter = new(Order);
        for (int k = 0; k <= Order; k++)
        {
            double sum = 0;
            for (int j = 0; j <= Order; j++)
            {
                double angle = Math.PI * (j + 0.5) / (Order + 1);
                sum += Math.Cos(k * angle) * Math.Exp(-2 * (Math.Cos(angle) + 1));
            }

            filter.Parameters["theta"].Value[k] = (k == 0 ? 1 : 2) * sum / (Order + 1);
        }

        exact.Forward(x, shape.InputSize, expected, exact.CreateTape(shape.InputSize));
        filter.Forward(SparseMatrix<double>.ScaledLaplacian(graph, 2, weights), x, shape.InputSize, y,
            filter.CreateTape(shape.Nodes, shape.InputSize));
        Dense.AssertClose(expected, y);
    });

    [Fact]
    public void Nothing_is_allocated()
    {
        SparseMatrix<float> matrix = SparseMatrix<float>.ScaledLaplacian(new GraphCase(GraphKind.Undirected, 14, 5, 20, 3).Create(), 1.5);
        ChebyshevConvolution<float> layer = new(3, 5, 20);
        layer.Initialise(1);
        ChebyshevFilter<float> filter = new(3);
        filter.Parameters["theta"].Value.Fill(0.5f);
        ChebyshevTape<float> tape = layer.CreateTape(14), filterTape = filter.CreateTape(14, 5);
        float[] x = Numbers.Random<float>(1, 14 * 5), y = new float[14 * 20], z = new float[x.Length], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            layer.Forward(matrix, x, y, tape);
            layer.Backward(y, dx, tape);
            filter.Forward(matrix, x, 5, z, filterTape);
            filter.Backward(z, dx, filterTape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        SparseMatrix<float> matrix = SparseMatrix<float>.ScaledLaplacian(new CsrGraph([0, 1, 2], [1, 0])),
            wide = new(new CsrPattern([0, 0], [], 2));
        ChebyshevFilter<float> filter = new(2);
        ChebyshevTape<float> tape = filter.CreateTape(2, 3);
        float[] x = new float[6], y = new float[6], marked = [1, 2, 3, 4, 5];
        Assert.Contains("N·columns", Assert.Throws<ArgumentException>(() => filter.Forward(matrix, x, 3, marked, tape)).Message);
        Assert.Equal(1, marked[0]);
        Assert.Throws<ArgumentException>(() => filter.Forward(matrix, x.AsSpan(1), 3, y, tape));
        Assert.Contains("square", Assert.Throws<ArgumentException>(() => filter.Forward(wide, x, 3, y, tape)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => filter.Forward(matrix, x, 0, y, tape));
        Assert.Throws<ArgumentOutOfRangeException>(() => filter.Forward(matrix, new float[8], 4, new float[8], tape));
        Assert.Throws<ArgumentException>(() => filter.Forward(matrix, x, 3, y, filter.CreateTape(1, 3)));
        Assert.Throws<ArgumentException>(() => new ChebyshevFilter<float>(2).Forward(matrix, x, 3, y, tape));
        Assert.Throws<InvalidOperationException>(() => filter.Backward(y, x, tape));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChebyshevFilter<float>(-1));

        ChebyshevConvolution<float> layer = new(2, 3, 4);
        ChebyshevTape<float> layerTape = layer.CreateTape(2);
        float[] output = new float[8];
        Assert.Contains("N·O", Assert.Throws<ArgumentException>(() => layer.Forward(matrix, x, marked, layerTape)).Message);
        Assert.Throws<ArgumentException>(() => layer.Forward(matrix, x, output, tape));
        Assert.Throws<InvalidOperationException>(() => layer.Backward(output, x, layerTape));
        layer.Pack();
        layer.Forward(matrix, x, output, layerTape);
        Assert.Contains("N·D", Assert.Throws<ArgumentException>(() => layer.Backward(output, marked, layerTape)).Message);
        Assert.Equal([1, 2, 3, 4, 5], marked);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ChebyshevConvolution<float>(-1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("activation", () => new ChebyshevConvolution<float>(1, 1, 1, (Activation)99));
    }

    private static ChebyshevConvolution<double> Layer(GraphCase shape)
    {
        ChebyshevConvolution<double> layer = new(shape.Seed % 6, shape.InputSize, shape.HiddenSize, Activation.Tanh,
            bias: shape.Seed % 5 > 0);
        layer.Initialise(shape.Seed);
        return layer;
    }

    private static SparseMatrix<double> Matrix(GraphCase shape)
    {
        CsrGraph graph = shape.Create();
        return SparseMatrix<double>.ScaledLaplacian(graph, shape.Seed % 2 == 0 ? 2 : 1.7, shape.Weights(graph));
    }
}
