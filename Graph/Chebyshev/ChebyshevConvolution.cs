using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>A layer of Chebyshev filters, one a pair of input and output features (Defferrard, Bresson and Vandergheynst 2016).</summary>
/// <remarks>
/// <code>
/// Y = f(Σ_k T_k(L̃) X W_kᵀ + b),   k = 0 … K
/// </code>
/// L̃ is <see cref="SparseMatrix{T}.ScaledLaplacian"/>. Parameters <c>weight.k</c> [O, D] for every k, and <c>bias</c> [O].
/// The paper's K counts terms: K + 1 here.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ChebyshevConvolution<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T>[] _terms; // the first adds the bias

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="order">K ≥ 0.</param>
    /// <param name="inputSize">D ≥ 1.</param>
    /// <param name="outputSize">O ≥ 1.</param>
    /// <param name="activation">f.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is negative, a size is not positive,
    /// or there is no such activation.</exception>
    public ChebyshevConvolution(int order, int inputSize, int outputSize, Activation activation = Activation.Relu, bool bias = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(order);
        Require.Positive(inputSize);
        Require.Positive(outputSize);
        Require.Defined(activation);
        InputSize = inputSize;
        OutputSize = outputSize;
        Activation = activation;
        Parameter<T>[] weights = [.. Enumerable.Range(0, order + 1).Select(k => new Parameter<T>($"weight.{k}", outputSize, inputSize))];
        Parameter<T>? shift = bias ? new Parameter<T>("bias", outputSize) : null;
        _terms = [.. weights.Select((weight, k) => new Linear<T>(weight, k == 0 ? shift : null))];
        Parameters = new ParameterSet<T>(shift is null ? weights : weights.Append(shift));
    }

    /// <summary>K.</summary>
    public int Order => _terms.Length - 1;

    /// <summary>D.</summary>
    public int InputSize { get; }

    /// <summary>O.</summary>
    public int OutputSize { get; }

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <summary><c>weight.0</c>, …, <c>weight.K</c> and, if there is one, <c>bias</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters uniformly from ±1/√(D·(K + 1)), and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt((double)InputSize * _terms.Length));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        foreach (Linear<T> term in _terms)
        {
            term.Pack();
        }
    }

    /// <summary>Memory for a forward and a backward run over graphs of up to so many nodes.</summary>
    /// <param name="maxNodes">Nodes of all graphs together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxNodes"/> is negative.</exception>
    public ChebyshevTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new ChebyshevTape<T>(this, maxNodes, InputSize, _terms.Length, OutputSize, _terms[0].WorkspaceLength, workers);
    }

    /// <summary>Y = f(Σ_k T_k(L̃) X W_kᵀ + b). Nothing is allocated.</summary>
    /// <param name="scaledLaplacian">L̃ [N, N].</param>
    /// <param name="x">[N, D].</param>
    /// <param name="y">[N, O], written; may be <paramref name="x"/> itself.</param>
    /// <param name="tape">Memory made by this layer.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(SparseMatrix<T> scaledLaplacian, ReadOnlySpan<T> x, Span<T> y, ChebyshevTape<T> tape)
    {
        ChebyshevTape.Check(scaledLaplacian, InputSize, tape, this);
        Require.Length(x.Length, (long)scaledLaplacian.Rows * InputSize, shape: "N·D");
        Require.Length(y.Length, (long)scaledLaplacian.Rows * OutputSize, shape: "N·O");
        tape.Matrix = scaledLaplacian;
        NeuralPrimitives.FlushTiny(x, Term(tape, 0, x.Length));
        _terms[0].Forward(Term(tape, 0, x.Length), y, tape.Workers);
        for (int k = 1; k < _terms.Length; k++)
        {
            Span<T> term = Term(tape, k, x.Length);
            scaledLaplacian.Multiply(Term(tape, k - 1, x.Length), InputSize, term, workers: tape.Workers);
            if (k > 1)
            {
                ChebyshevStep<T>.Run(term, Term(tape, k - 2, x.Length));
            }

            _terms[k].Accumulate(term, y, tape.Workers);
        }

        NeuralPrimitives.Activate(Activation, y, y);
        y.CopyTo(tape.Output.Span);
    }

    // With Z the argument of f, ∂W_k = ∂Zᵀ T_k(L̃) X and ∂X = Σ_k T_k(L̃ᵀ) ∂Z W_k, by Clenshaw's recurrence from k = K down:
    //   B_k = ∂Z W_k + 2 L̃ᵀ B_{k+1} − B_{k+2}     (B_{K+1} = B_{K+2} = 0)
    //   ∂X = ∂Z W_0 + L̃ᵀ B_1 − B_2
    /// <summary>Takes the last forward run back: writes dX and adds the parameters' gradients. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="dy">[N, O].</param>
    /// <param name="dx">[N, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dy, Span<T> dx, ChebyshevTape<T> tape)
    {
        SparseMatrix<T> matrix = GraphTape.RequireRun(tape, tape?.Matrix);
        ChebyshevTape.Check(matrix, InputSize, tape!, this);
        int length = matrix.Rows * InputSize;
        Require.Length(dy.Length, (long)matrix.Rows * OutputSize, shape: "N·O");
        Require.LengthOrEmpty(dx.Length, length, shape: "N·D");
        tape!.Matrix = null;
        Span<T> dz = tape.Output.Span[..dy.Length];
        NeuralPrimitives.ActivateBackward(Activation, dz, dy, dz);
        NeuralPrimitives.FlushTiny<T>(dz, dz);
        for (int k = 0; k < _terms.Length; k++)
        {
            _terms[k].AccumulateGradients(Term(tape, k, length), dz, tape.Workspace.Span, tape.Workers);
        }

        if (dx.IsEmpty)
        {
            return;
        }

        for (int k = Order; k > 0; k--)
        {
            Span<T> b = tape.Ring(k, length);
            if (k < Order)
            {
                matrix.MultiplyTransposed(tape.Ring(k + 1, length), InputSize, b, workers: tape.Workers);
                if (k + 2 <= Order)
                {
                    ChebyshevStep<T>.Run(b, tape.Ring(k + 2, length));
                }
                else
                {
                    NeuralPrimitives.Add<T>(b, b, b);
                }
            }

            _terms[k].BackwardInput(dz, b, accumulate: k < Order, tape.Workers);
        }

        if (Order > 0)
        {
            matrix.MultiplyTransposed(tape.Ring(1, length), InputSize, dx, workers: tape.Workers);
        }

        if (Order > 1)
        {
            NeuralPrimitives.MultiplyAdd(tape.Ring(2, length), T.NegativeOne, dx);
        }

        _terms[0].BackwardInput(dz, dx, accumulate: Order > 0, tape.Workers);
    }

    /// <inheritdoc/>
    public override string ToString() => $"Chebyshev convolution of order {Order}, {InputSize} → {OutputSize}, {Activation}: {Parameters}";

    private static Span<T> Term(ChebyshevTape<T> tape, int k, int length) => tape.Terms.Span.Slice(k * length, length);
}
