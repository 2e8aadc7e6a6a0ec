using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Graph convolution on random graphs, symmetric and not, with either order of its products.</summary>
public class GcnTests
{
    private static readonly GraphKind[] _kinds = [GraphKind.Forest, GraphKind.Acyclic, GraphKind.Undirected];

    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        (Gcn<double> layer, SparseMatrix<double> matrix) = Create(shape);
        GcnTape<double> tape = layer.CreateTape(shape.Nodes + 1);
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
    public void Equals_a_dense_computation() => RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        (Gcn<double> layer, SparseMatrix<double> matrix) = Create(shape);
        int n = shape.Nodes, d = shape.InputSize, o = shape.HiddenSize;
        double[] x = Numbers.Random<double>(1, n * d), y = new double[n * o];
        layer.Forward(matrix, x, y, layer.CreateTape(n));
        double[] weight = Dense.Transpose(layer.Parameters["weight"].Value.ToArray(), o, d);
        double[] z = Dense.Multiply(Dense.Multiply(matrix.ToDense(), x, n, n, d), weight, n, d, o);
        double[] bias = layer.Parameters.Contains("bias") ? layer.Parameters["bias"].Value.ToArray() : new double[o];
        Dense.AssertClose(
            [.. z.Select((value, i) => value + bias[i % o])
            .Select(value => layer.Activation == Activation.Relu ? Math.Max(value, 0) : Math.Tanh(value))], y);
    });

    [Fact]
    public void A_batch_gives_the_bits_of_its_graphs_one_by_one() =>
        RandomCases.Hold(GraphCase.Cases(_kinds), shape => shape.Shrink(), shape =>
    {
        Gcn<float> layer = new(shape.InputSize, shape.HiddenSize, Activation.Tanh);
        layer.Initialise(shape.Seed);
        CsrGraph one = shape.Create(), other = (shape with { Seed = shape.Seed + 1, Drawn = shape.Drawn + 2 }).Create(),
            both = CsrGraph.Batch(one, other);
        float[] x = Numbers.Random<float>(1, both.NodeCount * shape.InputSize), y = Run(both, x);
        int split = one.NodeCount;
        Numbers.AssertSameBits<float>(Run(one, x[..(split * shape.InputSize)]), y.AsSpan(0, split * shape.HiddenSize), "first");
        Numbers.AssertSameBits<float>(Run(other, x[(split * shape.InputSize)..]), y.AsSpan(split * shape.HiddenSize), "second");

        float[] Run(CsrGraph graph, float[] input)
        {
            float[] output = new float[graph.NodeCount * shape.HiddenSize];
            layer.Forward(SparseMatrix<float>.SymmetricNormalised(graph), input, output, layer.CreateTape(graph.NodeCount));
            return output;
        }
    }, count: 40);

    [Theory]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    public void A_sampled_neighbourhood_has_more_columns_than_rows(int inputSize, int outputSize)
    {
        Gcn<double> layer = new(inputSize, outputSize, Activation.Sigmoid);
        layer.Initialise(1);
        SparseMatrix<double> matrix = new(new CsrPattern([0, 2, 3], [3, 0, 1], 4), [0.5, 0.5, 1]);
        GcnTape<double> tape = layer.CreateTape(4);
        double[] x = Numbers.Random<double>(1, 4 * inputSize), y = new double[2 * outputSize], dy = Numbers.Random<double>(2, y.Length),
            dx = new double[x.Length];
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
            seed: 1);
        Assert.All(dx[(2 * inputSize)..(3 * inputSize)], slope => Assert.Equal(0, slope)); // node 2 is read by none
    }

    [Theory]
    [InlineData(5, 20)]
    [InlineData(20, 5)]
    public void Nothing_is_allocated(int inputSize, int outputSize)
    {
        Gcn<float> layer = new(inputSize, outputSize);
        layer.Initialise(1);
        SparseMatrix<float> matrix = SparseMatrix<float>.SymmetricNormalised(new GraphCase(GraphKind.Undirected, 14, 5, 20, 3).Create());
        GcnTape<float> tape = layer.CreateTape(14);
        float[] x = Numbers.Random<float>(1, 14 * inputSize), y = new float[14 * outputSize], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            layer.Forward(matrix, x, y, tape);
            layer.Backward(y, dx, tape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        Gcn<float> layer = new(3, 4), other = new(3, 4);
        SparseMatrix<float> matrix = SparseMatrix<float>.SymmetricNormalised(new CsrGraph([0, 1, 2], [1, 0]));
        GcnTape<float> tape = layer.CreateTape(2);
        float[] x = new float[6], y = new float[8], marked = [1, 2, 3, 4, 5, 6, 7];
        Assert.Contains("N·D", Assert.Throws<ArgumentException>(() => layer.Forward(matrix, x.AsSpan(1), y, tape)).Message);
        Assert.Throws<ArgumentException>(() => layer.Forward(matrix, x, marked, tape));
        Assert.Equal(1, marked[0]);
        Assert.Throws<ArgumentException>(() => other.Forward(matrix, x, y, tape));
        Assert.Throws<ArgumentException>(() => layer.Forward(matrix, x, y, layer.CreateTape(1)));
        Assert.Throws<ArgumentNullException>(() => layer.Forward(null!, x, y, tape));
        Assert.Throws<InvalidOperationException>(() => layer.Backward(y, x, tape));
        layer.Pack();
        layer.Forward(matrix, x, y, tape);
        Assert.Contains("N·D", Assert.Throws<ArgumentException>(() => layer.Backward(y, marked, tape)).Message);
        Assert.Equal(1, marked[0]);
        layer.Backward(y, default, tape);
        Assert.Throws<InvalidOperationException>(() => layer.Backward(y, x, tape));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Gcn<float>(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>("activation", () => new Gcn<float>(1, 1, (Activation)99));
    }

    private static (Gcn<double>, SparseMatrix<double>) Create(GraphCase shape)
    {
        Gcn<double> layer = new(shape.InputSize, shape.HiddenSize, shape.Seed % 2 == 0 ? Activation.Relu : Activation.Tanh,
            bias: shape.Seed % 5 > 0);
        layer.Parameters.InitialiseUniform(new Random(shape.Seed), 1);
        layer.Pack();
        CsrGraph graph = shape.Create();
        double[] weights = shape.Weights(graph);
        return (layer,
            shape.Seed % 4 > 0 ? SparseMatrix<double>.SymmetricNormalised(graph, weights) : SparseMatrix<double>.Adjacency(graph, weights));
    }
}
