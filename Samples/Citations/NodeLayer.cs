using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Samples.Citations;

/// <summary>What a network asks of a layer, whatever it does with the graph.</summary>
internal interface INodeLayer
{
    int OutputSize { get; }

    ParameterSet<float> Parameters { get; }

    void Initialise(int seed);

    void Pack();

    void Forward(ReadOnlySpan<float> x, Span<float> y);

    void Backward(ReadOnlySpan<float> dy, Span<float> dx);
}

/// <summary>Graph convolution; over a graph without edges, the layer of a perceptron.</summary>
internal sealed class GcnLayer(SparseMatrix<float> matrix, int inputSize, int outputSize, Activation activation) : INodeLayer
{
    private readonly Gcn<float> _layer = new(inputSize, outputSize, activation);
    private GcnTape<float>? _tape;

    public int OutputSize => outputSize;

    public ParameterSet<float> Parameters => _layer.Parameters;

    public void Initialise(int seed) => _layer.Initialise(seed);

    public void Pack() => _layer.Pack();

    public void Forward(ReadOnlySpan<float> x, Span<float> y) => _layer.Forward(matrix, x, y, _tape ??= _layer.CreateTape(matrix.Rows));

    public void Backward(ReadOnlySpan<float> dy, Span<float> dx) => _layer.Backward(dy, dx, _tape!);
}

/// <summary>Chebyshev filters of order 2, the better of the two orders in Kipf and Welling's table.</summary>
internal sealed class ChebyshevLayer(SparseMatrix<float> scaledLaplacian, int inputSize, int outputSize, Activation activation) : INodeLayer
{
    public const int Order = 2;

    private readonly ChebyshevConvolution<float> _layer = new(Order, inputSize, outputSize, activation);
    private ChebyshevTape<float>? _tape;

    public int OutputSize => outputSize;

    public ParameterSet<float> Parameters => _layer.Parameters;

    /// <summary>As Kipf and Welling do, so that it begins like the others: of rows that add up to 1,
    /// the layer's own bounds make little.</summary>
    public void Initialise(int seed)
    {
        Random random = new(seed);
        for (int k = 0; k <= Order; k++)
        {
            Initialiser.Xavier(Parameters[$"weight.{k}"], random);
        }

        Parameters["bias"].Value.Clear();
        Pack();
    }

    public void Pack() => _layer.Pack();

    public void Forward(ReadOnlySpan<float> x, Span<float> y) =>
        _layer.Forward(scaledLaplacian, x, y, _tape ??= _layer.CreateTape(scaledLaplacian.Rows));

    public void Backward(ReadOnlySpan<float> dy, Span<float> dx) => _layer.Backward(dy, dx, _tape!);
}
