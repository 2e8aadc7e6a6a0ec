using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static Operation<T>[] Convolutions() =>
    [
        new("sparse product", Of(typeof(SparseMatrix<>), "Multiply", "MultiplyTransposed"), (size, run) =>
        {
            SparseMatrix<T> matrix = SparseMatrix<T>.RowNormalised(size.Undirected());
            var x = run.Input("x", size.Rows * size.InputSize);
            var y = run.Output("y", size.Rows * size.InputSize);
            run.Forward = () => matrix.Multiply(x, size.InputSize, y, workers: size.Workers);
            run.Backward = () => matrix.MultiplyTransposed(y.Gradient, size.InputSize, x.Gradient, workers: size.Workers);
            run.Flops = 2.0 * matrix.Pattern.Count * size.InputSize;
        }),
        new("GCN layer", Of(typeof(Gcn<>), Both), (size, run) =>
        {
            SparseMatrix<T> matrix = SparseMatrix<T>.SymmetricNormalised(size.Undirected());
            Gcn<T> layer = new(size.InputSize, size.HiddenSize);
            Use(run, layer.Parameters, layer.Initialise, layer.Pack);
            GcnTape<T> tape = layer.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var y = run.Output("y", size.Rows * size.HiddenSize);
            run.Forward = () => layer.Forward(matrix, x, y, tape);
            run.Backward = () => layer.Backward(y.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.Rows * layer.Parameters.ElementCount;
        }),
        new("Chebyshev convolution", Of(typeof(ChebyshevConvolution<>), Both), (size, run) =>
        {
            SparseMatrix<T> laplacian = SparseMatrix<T>.ScaledLaplacian(size.Undirected(), lambdaMax: 6);
            ChebyshevConvolution<T> layer = new(2, size.InputSize, size.HiddenSize);
            Use(run, layer.Parameters, layer.Initialise, layer.Pack);
            ChebyshevTape<T> tape = layer.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var y = run.Output("y", size.Rows * size.HiddenSize);
            run.Forward = () => layer.Forward(laplacian, x, y, tape);
            run.Backward = () => layer.Backward(y.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.Rows * layer.Parameters.ElementCount;
        }),
        new("Chebyshev filter", Of(typeof(ChebyshevFilter<>), Both), (size, run) =>
        {
            SparseMatrix<T> laplacian = SparseMatrix<T>.ScaledLaplacian(size.Undirected(), lambdaMax: 6);
            ChebyshevFilter<T> filter = new(3);
            run.Parameters = filter.Parameters;
            filter.Parameters.InitialiseUniform(new Random(size.Seed), 1);
            ChebyshevTape<T> tape = filter.CreateTape(size.Rows, size.InputSize, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var y = run.Output("y", size.Rows * size.InputSize);
            run.Forward = () => filter.Forward(laplacian, x, size.InputSize, y, tape);
            run.Backward = () => filter.Backward(y.Gradient, x.Gradient, tape);
        }),
        new("spectral transform", Of(typeof(SpectralBasis<>), "Transform", "Inverse"), (size, run) =>
        {
            SpectralBasis<T> basis = Basis(size);
            var x = run.Input("x", basis.NodeCount * size.InputSize);
            var y = run.Output("spectrum", basis.NodeCount * size.InputSize);
            var workspace = run.Workspace("workspace", SpectralBasis<T>.GetWorkspaceLength(size.InputSize, size.Threads));
            run.Forward = () => basis.Transform(x, size.InputSize, y, workspace, workers: size.Workers);
            run.Backward = () => basis.Inverse(y.Gradient, size.InputSize, x.Gradient, workspace, workers: size.Workers); // U is orthogonal
        }),
        new("spectral filter", Of(typeof(SpectralFilter<>), Both), (size, run) =>
        {
            SpectralFilter<T> filter = new(Basis(size));
            run.Parameters = filter.Parameters;
            filter.Parameters.InitialiseUniform(new Random(size.Seed), 1);
            SpectralTape<T> tape = filter.CreateTape(size.InputSize, workers: size.Workers);
            var x = run.Input("x", filter.Basis.NodeCount * size.InputSize);
            var y = run.Output("y", filter.Basis.NodeCount * size.InputSize);
            run.Forward = () => filter.Forward(x, size.InputSize, y, tape);
            run.Backward = () => filter.Backward(y.Gradient, x.Gradient, tape);
        }),
        new("spectral convolution", Of(typeof(SpectralConvolution<>), Both), (size, run) =>
        {
            SpectralConvolution<T> convolution = new(Basis(size));
            SpectralTape<T> tape = convolution.CreateTape(size.InputSize, workers: size.Workers);
            var x = run.Input("x", convolution.Basis.NodeCount * size.InputSize);
            var y = run.Input("y", convolution.Basis.NodeCount * size.InputSize);
            var z = run.Output("z", convolution.Basis.NodeCount * size.InputSize);
            run.Forward = () => convolution.Forward(x, y, size.InputSize, z, tape);
            run.Backward = () => convolution.Backward(z.Gradient, x.Gradient, y.Gradient, tape);
        }),
        .. Enum.GetValues<ConvolutionMode>()
        .Select(mode => new Operation<T>($"convolution on a line, {mode}", Of(typeof(Convolution1D), Both), (size, run) =>
        {
            (int n, int m) = (size.Rows + size.InputSize, size.InputSize);
            var f = run.Input("f", n);
            var g = run.Input("g", m);
            g.MayBeShorter = g.MayBeLonger = mode == ConvolutionMode.Same; // y is as long as f
            var y = run.Output("y", Convolution1D.GetLength(n, m, mode));
            run.Forward = () => Convolution1D.Forward<T>(f, g, mode, y);
            run.Backward = () => Convolution1D.Backward<T>(f, g, mode, y.Gradient, f.Gradient, g.Gradient);
            run.Flops = 2.0 * n * m;
        })),
    ];

    /// <summary>Of a graph of 1 … 17 nodes: an eigenvector needs all of them.</summary>
    private static SpectralBasis<T> Basis(Sizes size) =>
        SpectralBasis<T>.OfLaplacian((size with { Rows = Math.Clamp(size.Rows, 1, 17) }).Undirected());
}
