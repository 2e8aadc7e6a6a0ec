using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>A fully connected layer, <c>y = W x + b</c>, on any number of rows.</summary>
/// <remarks>Parameters <c>weight</c> [O, D] and <c>bias</c> [O], as PyTorch's <c>nn.Linear</c>.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Linear<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _weight;
    private readonly Parameter<T>? _bias;
    private readonly GateLayout _layout;
    private readonly PackedMatrix<T> _forward;
    private readonly PackedMatrix<T> _backward;
    private bool _isPacked;

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="inputSize">D ≥ 1.</param>
    /// <param name="outputSize">O ≥ 1.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Linear(int inputSize, int outputSize, bool bias = true)
        : this(new Parameter<T>("weight", Require.Positive(outputSize), Require.Positive(inputSize)), bias
            ? new Parameter<T>("bias", outputSize)
            : null)
    {
    }

    /// <summary>A layer over parameters that a cell has under names of its own.</summary>
    /// <param name="weight">[O, D].</param>
    /// <param name="bias">[O], or null for none.</param>
    /// <exception cref="ArgumentException">The weight is no matrix, is empty, or the bias has another size.</exception>
    public Linear(Parameter<T> weight, Parameter<T>? bias)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Shape.Length != 2 || weight.Length == 0)
        {
            throw new ArgumentException($"weight is {weight}, but must be a matrix [O, D].", nameof(weight));
        }

        if (bias is not null && (bias.Shape.Length != 1 || bias.Length != weight.Shape[0]))
        {
            throw new ArgumentException($"bias is {bias}, but must be [{weight.Shape[0]}] as {weight} is.", nameof(bias));
        }

        OutputSize = weight.Shape[0];
        InputSize = weight.Shape[1];
        _layout = new GateLayout(1, OutputSize);
        _weight = weight;
        _bias = bias;
        _forward = new PackedMatrix<T>(InputSize, OutputSize);
        _backward = new PackedMatrix<T>(OutputSize, InputSize);
        Parameters = _bias is null ? new ParameterSet<T>(_weight) : new ParameterSet<T>(_weight, _bias);
    }

    /// <summary>D.</summary>
    public int InputSize { get; }

    /// <summary>O.</summary>
    public int OutputSize { get; }

    /// <summary><c>weight</c> and, if there is one, <c>bias</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Elements of workspace that <see cref="Backward"/> needs, for each thread that shares it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are more than an array has: the layer can only run.</exception>
    public int WorkspaceLength => NeuralPrimitives.GetGemmTransposedWorkspaceLength(InputSize);

    internal Span<T> Weight => _weight.Value;

    internal Span<T> WeightGradient => _weight.Gradient;

    /// <summary>Draws all parameters uniformly from ±1/√D, as PyTorch does, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(InputSize));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _forward.PackTransposed(_weight.Value, _layout);
        _backward.Pack(_weight.Value, _layout);
        _isPacked = true;
    }

    /// <summary>y = W x + b for every row.</summary>
    /// <param name="x">[rows, D].</param>
    /// <param name="y">[rows, O], written; no memory of x.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or x and y overlap; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The weights have never been packed; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, Span<T> y, WorkerPool? workers = null)
    {
        int rows = Require.MultipleOf(x.Length, InputSize);
        Require.Length(y.Length, (long)rows * OutputSize);
        Require.Apart(y, x);
        Require.Packed(_isPacked);
        NeuralPrimitives.Gemm(x, InputSize, rows, _forward, _bias is null ? default : _bias.Value, y, OutputSize, workers: workers);
    }

    /// <summary>y += W x for every row: a further term of a sum, without b.</summary>
    /// <param name="x">[rows, D].</param>
    /// <param name="y">[rows, O], added to; no memory of x.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or x and y overlap; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The weights have never been packed; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Accumulate(ReadOnlySpan<T> x, Span<T> y, WorkerPool? workers = null)
    {
        int rows = Require.MultipleOf(x.Length, InputSize);
        Require.Length(y.Length, (long)rows * OutputSize);
        Require.Apart(y, x);
        Require.Packed(_isPacked);
        NeuralPrimitives.Gemm(x, InputSize, rows, _forward, default, y, OutputSize, accumulate: true, workers);
    }

    /// <summary>dx = Wᵀ dy; adds dW += dyᵀ x and db += Σ dy to the parameters' gradients.</summary>
    /// <param name="x">[rows, D], the inputs of the forward run.</param>
    /// <param name="dy">[rows, O], the gradients of its outputs.</param>
    /// <param name="dx">[rows, D], written; empty if not wanted. It may be memory of x, but not of dy.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> elements for each thread.</param>
    /// <param name="accumulate">Adds to dx in place of writing it.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or dx and dy overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx, Span<T> workspace, bool accumulate = false,
        WorkerPool? workers = null)
    {
        int rows = Require.MultipleOf(x.Length, InputSize);
        Require.Length(dy.Length, (long)rows * OutputSize);
        Require.AtLeast(workspace.Length, (long)WorkspaceLength * (workers?.Count ?? 1));
        Require.LengthOrEmpty(dx.Length, x.Length);
        Require.Apart(dx, dy);
        AccumulateGradients(x, dy, workspace, workers); // first: dx may be memory of x
        if (!dx.IsEmpty)
        {
            BackwardInput(dy, dx, accumulate, workers);
        }
    }

    /// <summary>One half of <see cref="Backward"/>: dx = Wᵀ dy. For loops over time,
    /// which take the other half for all steps at once.</summary>
    /// <param name="dy">[rows, O].</param>
    /// <param name="dx">[rows, D], written; no memory of dy.</param>
    /// <param name="accumulate">Adds to dx in place of writing it.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or dx and dy overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BackwardInput(ReadOnlySpan<T> dy, Span<T> dx, bool accumulate = false, WorkerPool? workers = null)
    {
        int rows = Require.MultipleOf(dy.Length, OutputSize);
        Require.Length(dx.Length, (long)rows * InputSize);
        Require.Apart(dx, dy);
        NeuralPrimitives.Gemm(dy, OutputSize, rows, _backward, default, dx, InputSize, accumulate, workers);
    }

    /// <summary>The other half of <see cref="Backward"/>: dW += dyᵀ x and db += Σ dy.</summary>
    /// <param name="x">[rows, D].</param>
    /// <param name="dy">[rows, O].</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> elements for each thread.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AccumulateGradients(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> workspace, WorkerPool? workers = null)
    {
        int rows = Require.MultipleOf(x.Length, InputSize);
        Require.Length(dy.Length, (long)rows * OutputSize);
        NeuralPrimitives.GemmTransposed(dy, OutputSize, _layout, x, InputSize, rows, _weight.Gradient, InputSize, workspace, workers);
        if (_bias is not null)
        {
            NeuralPrimitives.ColumnSum(dy, OutputSize, rows, _bias.Gradient, workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"linear {InputSize} → {OutputSize}: {Parameters}";
}
