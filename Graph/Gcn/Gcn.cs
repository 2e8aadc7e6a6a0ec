using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>Graph convolution (Kipf and Welling 2017): every node a weighted sum of its neighbours, through one linear layer.</summary>
/// <remarks>
/// <code>
/// Y = f(Â X Wᵀ + b)
/// </code>
/// Â is any sparse matrix; the paper's is <see cref="SparseMatrix{T}.SymmetricNormalised"/>, the mean
/// <see cref="SparseMatrix{T}.RowNormalised"/>. It need not be square: a sampled neighbourhood has more columns, nodes that are read, than
/// rows, nodes that are computed. Parameters <c>weight</c> [O, D] and <c>bias</c> [O]. The sparse product takes the narrower side: (Â X) Wᵀ
/// if D ≤ O, Â (X Wᵀ) if not. That choice hangs on the sizes of the layer alone and every element is one chain of sums, so a node's result
/// is the same to the bit in a batch of graphs and by itself.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Gcn<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _weight;
    private readonly Parameter<T>? _bias;
    private readonly Linear<T> _linear; // with the bias only if the nodes are aggregated before it

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="inputSize">D ≥ 1.</param>
    /// <param name="outputSize">O ≥ 1.</param>
    /// <param name="activation">f.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such activation.</exception>
    public Gcn(int inputSize, int outputSize, Activation activation = Activation.Relu, bool bias = true)
    {
        Require.Positive(inputSize);
        Require.Positive(outputSize);
        Require.Defined(activation);
        InputSize = inputSize;
        OutputSize = outputSize;
        Activation = activation;
        _weight = new Parameter<T>("weight", outputSize, inputSize);
        _bias = bias ? new Parameter<T>("bias", outputSize) : null;
        _linear = new Linear<T>(_weight, AggregatesFirst ? _bias : null);
        Parameters = _bias is null ? new ParameterSet<T>(_weight) : new ParameterSet<T>(_weight, _bias);
    }

    /// <summary>D.</summary>
    public int InputSize { get; }

    /// <summary>O.</summary>
    public int OutputSize { get; }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary><c>weight</c> and, if there is one, <c>bias</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    private bool AggregatesFirst => InputSize <= OutputSize;

    /// <summary>Draws the weight uniformly from ±√(6/(D + O)) (Glorot and Bengio 2010), as the paper does,
    /// sets b to zero, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Initialiser.Xavier(_weight, new Random(seed));
        _bias?.Value.Clear();
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack() => _linear.Pack();

    /// <summary>Memory for a forward and a backward run over matrices of up to so many rows and columns.</summary>
    /// <param name="maxNodes">Nodes of all graphs together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative.</exception>
    public GcnTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new GcnTape<T>(this, maxNodes, _linear.WorkspaceLength, workers);
    }

    /// <summary>Y = f(Â X Wᵀ + b). Nothing is allocated.</summary>
    /// <param name="a">Â [M, N], M = N for a whole graph.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="y">[M, O], written; may be <paramref name="x"/> itself.</param>
    /// <param name="tape">Memory made by this layer.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(SparseMatrix<T> a, ReadOnlySpan<T> x, Span<T> y, GcnTape<T> tape)
    {
        Check(a, tape);
        Require.Length(x.Length, (long)a.Columns * InputSize, shape: "N·D");
        Require.Length(y.Length, (long)a.Rows * OutputSize, shape: "M·O");
        tape.Matrix = a;
        if (AggregatesFirst)
        {
            Span<T> sums = tape.Input.Span[..(a.Rows * InputSize)];
            a.Multiply(x, InputSize, sums, workers: tape.Workers);
            NeuralPrimitives.FlushTiny<T>(sums, sums);
            _linear.Forward(sums, y, tape.Workers);
        }
        else
        {
            Span<T> kept = tape.Input.Span[..x.Length], product = tape.Product.Span[..(a.Columns * OutputSize)];
            NeuralPrimitives.FlushTiny(x, kept);
            _linear.Forward(kept, product, tape.Workers);
            for (int row = 0; _bias is not null && row < a.Rows; row++)
            {
                _bias.Value.CopyTo(y[(row * OutputSize)..]);
            }

            a.Multiply(product, OutputSize, y, accumulate: _bias is not null, workers: tape.Workers);
        }

        NeuralPrimitives.Activate(Activation, y, y);
        y.CopyTo(tape.Output.Span);
    }

    // With Z the argument of f:   ∂Z = ∂Y ⊙ f′     ∂b = Σ_rows ∂Z
    //   aggregated first, S = Â X:    ∂W = ∂Zᵀ S    ∂X = Âᵀ (∂Z W)
    //   aggregated last, P = X Wᵀ:    ∂P = Âᵀ ∂Z    ∂W = ∂Pᵀ X    ∂X = ∂P W
    /// <summary>Takes the last forward run back: writes dX and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dy">[M, O].</param>
    /// <param name="dx">[N, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dy, Span<T> dx, GcnTape<T> tape)
    {
        SparseMatrix<T> a = GraphTape.RequireRun(tape, tape?.Matrix);
        Check(a, tape!);
        Require.Length(dy.Length, (long)a.Rows * OutputSize, shape: "M·O");
        Require.LengthOrEmpty(dx.Length, (long)a.Columns * InputSize, shape: "N·D");
        tape!.Matrix = null;
        Span<T> dz = tape.Output.Span[..dy.Length], workspace = tape.Workspace.Span;
        NeuralPrimitives.ActivateBackward(Activation, dz, dy, dz);
        NeuralPrimitives.FlushTiny<T>(dz, dz);
        if (AggregatesFirst)
        {
            _linear.AccumulateGradients(tape.Input.Span[..(a.Rows * InputSize)], dz, workspace, tape.Workers);
            if (!dx.IsEmpty)
            {
                Span<T> product = tape.Product.Span[..(a.Rows * InputSize)];
                _linear.BackwardInput(dz, product, workers: tape.Workers);
                a.MultiplyTransposed(product, InputSize, dx, workers: tape.Workers);
            }

            return;
        }

        Span<T> dp = tape.Product.Span[..(a.Columns * OutputSize)];
        a.MultiplyTransposed(dz, OutputSize, dp, workers: tape.Workers);
        _linear.AccumulateGradients(tape.Input.Span[..(a.Columns * InputSize)], dp, workspace, tape.Workers);
        if (_bias is not null)
        {
            NeuralPrimitives.ColumnSum(dz, OutputSize, a.Rows, _bias.Gradient, tape.Workers);
        }

        if (!dx.IsEmpty)
        {
            _linear.BackwardInput(dp, dx, workers: tape.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"graph convolution {InputSize} → {OutputSize}, {Activation}: {Parameters}";

    private void Check(SparseMatrix<T> a, GcnTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(a);
        GraphTape.Check(tape, tape?.Owner, this, Math.Max(a.Rows, a.Columns), tape?.MaxNodes ?? 0);
    }
}
