using System.Numerics;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Verify;

/// <summary>Convolutions on graphs and of vectors: <c>gcn</c>, <c>spectral</c>, <c>chebyshev</c>, <c>convolve</c>.</summary>
public sealed class ConvolutionCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["gcn", "spectral", "chebyshev", "convolve"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            case "gcn": RunGcn<T>(golden, comparison); break;
            case "spectral": RunSpectral<T>(golden, comparison); break;
            case "chebyshev": RunChebyshev<T>(golden, comparison); break;
            default: RunConvolve<T>(golden, comparison); break;
        }
    }

    private static void RunGcn<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] weight = golden.Shape("param.weight", 2);
        Gcn<T> layer = new(weight[1], weight[0], golden.Option("f", Activation.Relu), golden.Has("param.bias"));
        LoadParameters(golden, layer.Parameters);
        layer.Pack();
        CsrGraph graph = GraphOf(golden);
        T[] weights = golden.Optional<T>("graph.weights"), x = Signal<T>(golden, "in.x");
        SparseMatrix<T> matrix = golden.Option("normalise", "none") switch
        {
            "none" => SparseMatrix<T>.Adjacency(graph, weights),
            "symmetric-self-loops" => SparseMatrix<T>.SymmetricNormalised(graph, weights),
            string other => throw Unknown("normalise", other),
        };
        GcnTape<T> tape = layer.CreateTape(graph.NodeCount);
        T[] y = new T[graph.NodeCount * layer.OutputSize], dx = new T[x.Length];
        layer.Forward(matrix, x, y, tape);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            layer.Backward(golden.Values<T>("upstream.y"), dx, tape);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(layer.Parameters, comparison);
        }
    }

    private static void RunSpectral<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = golden.Shape("graph.eigenvectors", 2);
        SpectralBasis<T> basis = new(golden.Values<T>("graph.eigenvalues"), golden.Values<T>("graph.eigenvectors"));
        int columns = golden.Shape("in.x", 2)[1];
        Require.Positive(columns);
        T[] x = golden.Values<T>("in.x"), result = new T[x.Length], dx = new T[x.Length],
            workspace = new T[SpectralBasis<T>.GetWorkspaceLength(columns)];
        T[] upstream = golden.Optional<T>("upstream.y");
        switch (golden.Option("mode", "transform"))
        {
            case "transform":
                basis.Transform(x, columns, result, workspace);
                if (golden.HasGradients)
                {
                    basis.Inverse(upstream, columns, dx, workspace);
                }

                break;
            case "inverse":
                basis.Inverse(x, columns, result, workspace);
                if (golden.HasGradients)
                {
                    basis.Transform(upstream, columns, dx, workspace);
                }

                break;
            case "convolution":
                Convolve();
                break;
            case "filter":
                Filter();
                break;
            case string other:
                throw Unknown("mode", other);
        }

        comparison.Add<T>("out.y", result);
        if (golden.HasGradients)
        {
            comparison.Add<T>("grad.in.x", dx);
        }

        void Convolve()
        {
            SpectralConvolution<T> convolution = new(basis);
            SpectralTape<T> tape = convolution.CreateTape(columns);
            T[] y = Signal<T>(golden, "in.y"), dy = new T[y.Length];
            convolution.Forward(x, y, columns, result, tape);
            if (golden.HasGradients)
            {
                convolution.Backward(upstream, dx, dy, tape);
                comparison.Add<T>("grad.in.y", dy);
            }
        }

        void Filter()
        {
            SpectralFilter<T> filter = new(basis);
            LoadParameters(golden, filter.Parameters);
            SpectralTape<T> tape = filter.CreateTape(columns);
            filter.Forward(x, columns, result, tape);
            if (golden.HasGradients)
            {
                filter.Backward(upstream, dx, tape);
                CompareParameterGradients(filter.Parameters, comparison);
            }
        }
    }

    private static void RunChebyshev<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int terms = golden.Shape("param.theta", 1)[0], columns = golden.Shape("in.x", 2)[1];
        Require.Positive(terms, "theta's length");
        ChebyshevFilter<T> filter = new(terms - 1);
        LoadParameters(golden, filter.Parameters);
        CsrGraph graph = GraphOf(golden);
        SparseMatrix<T> matrix = SparseMatrix<T>.ScaledLaplacian(graph, golden.Option("lambda-max", 2.0),
            golden.Optional<T>("graph.weights"));
        ChebyshevTape<T> tape = filter.CreateTape(graph.NodeCount, columns);
        T[] x = golden.Values<T>("in.x"), y = new T[x.Length], dx = new T[x.Length];
        filter.Forward(matrix, x, columns, y, tape);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            filter.Backward(golden.Values<T>("upstream.y"), dx, tape);
            comparison.Add<T>("grad.in.x", dx);
            CompareParameterGradients(filter.Parameters, comparison);
        }
    }

    private static void RunConvolve<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ConvolutionMode mode = golden.Option("mode", "full") switch
        {
            "full" => ConvolutionMode.Full,
            "same" => ConvolutionMode.Same,
            "valid" => ConvolutionMode.Valid,
            string other => throw Unknown("mode", other),
        };
        _ = golden.Shape("in.f", 1);
        _ = golden.Shape("in.g", 1);
        T[] f = golden.Values<T>("in.f"), g = golden.Values<T>("in.g"), df = new T[f.Length], dg = new T[g.Length];
        T[] y = new T[Convolution1D.GetLength(f.Length, g.Length, mode)];
        Convolution1D.Forward<T>(f, g, mode, y);
        comparison.Add<T>("out.y", y);
        if (golden.HasGradients)
        {
            Convolution1D.Backward<T>(f, g, mode, golden.Values<T>("upstream.y"), df, dg);
            comparison.Add<T>("grad.in.f", df);
            comparison.Add<T>("grad.in.g", dg);
        }
    }

    /// <summary>The values of a matrix; another rank is refused, which the length alone would not show.</summary>
    private static T[] Signal<T>(GoldenCase golden, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = golden.Shape(name, 2);
        return golden.Values<T>(name);
    }

    private static InvalidDataException Unknown(string option, string value) => new($"The option '{option}' knows no '{value}'.");
}
