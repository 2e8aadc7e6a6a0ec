using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// Σ_e (W x_e + b) as W (Σ_e x_e) + n b: a linear layer behind a sum is one product a node in place of one an edge.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class CountedLinear<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedLinear<T> _product;
    private readonly Parameter<T> _bias;

    /// <param name="weight">[M, depth].</param>
    /// <param name="bias">M values.</param>
    public CountedLinear(Parameter<T> weight, Parameter<T> bias)
    {
        _product = new PackedLinear<T>(weight, new GateLayout(1, bias.Length), bias: false);
        _bias = bias;
    }

    public int WorkspaceLength => _product.GradientWorkspaceLength;

    public void Pack() => _product.Pack();

    /// <param name="sums">Σ x of every row, [rows, stride].</param>
    /// <param name="stride">Elements from row to row of the sums.</param>
    /// <param name="counts">n of every row.</param>
    /// <param name="y">[rows, ⌈M⌉], written.</param>
    /// <param name="workers">Threads that share the product, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> sums, int stride, ReadOnlySpan<T> counts, Span<T> y, WorkerPool? workers)
    {
        int width = _product.Gates.Width;
        _product.Forward(sums, stride, counts.Length, y, width, workers);
        for (int row = 0; row < counts.Length; row++)
        {
            NeuralPrimitives.MultiplyAdd(_bias.Value, counts[row], y.Slice(row * width, _bias.Length));
        }
    }

    /// <summary>dsums = dy W, and the parameters' gradients.</summary>
    /// <param name="dy">[rows, ⌈M⌉].</param>
    /// <param name="sums">As in the forward run.</param>
    /// <param name="stride">Elements from row to row of the sums and their gradients.</param>
    /// <param name="counts">As in the forward run.</param>
    /// <param name="sumsGradient">[rows, stride], written but for its padding.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> elements for each thread.</param>
    /// <param name="workers">Threads that share the products, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(
        Span<T> dy, ReadOnlySpan<T> sums, int stride, ReadOnlySpan<T> counts, Span<T> sumsGradient, Span<T> workspace,
        WorkerPool? workers)
    {
        int width = _product.Gates.Width;
        _product.AccumulateWeightGradient(dy, width, sums, stride, counts.Length, workspace, workers);
        for (int row = 0; row < counts.Length; row++)
        {
            NeuralPrimitives.MultiplyAdd(dy.Slice(row * width, _bias.Length), counts[row], _bias.Gradient);
        }

        _product.Backward(dy, width, counts.Length, sumsGradient, stride, accumulate: false, workers);
    }
}
