using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One layer of a time-delay neural network (Waibel et al. 1989): a causal, dilated convolution over time. Layers are stacked by feeding
/// one's outputs to the next.
/// </summary>
/// <remarks>
/// <code>
/// y_t = f(b + Σ_{k=0..K} W_k x_{t−k·dilation})      x before the first step is zero
/// </code>
/// Parameters <c>weight</c> [Out, In, K + 1], the newest sample last, and <c>bias</c> [Out], as PyTorch's <c>Conv1d</c>. A run is one
/// matrix product a delay over all steps at once; <see cref="TdnnStream{T}"/> goes sample by sample and gives the same bits.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Tdnn<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _weight;
    private readonly Parameter<T> _bias;

    /// <summary>A layer whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public Tdnn(TdnnOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Delays, nameof(options.Delays));
        Require.Positive(options.Dilation, nameof(options.Dilation));
        Require.Positive(options.InputSize, nameof(options.InputSize));
        Require.Positive(options.OutputSize, nameof(options.OutputSize));
        Require.Defined(options.Activation, nameof(options.Activation));
        Require.Product(nameof(options.Dilation), options.Delays, options.Dilation);
        Options = options;
        _weight = new Parameter<T>("weight", options.OutputSize, options.InputSize, options.Delays + 1);
        _bias = new Parameter<T>("bias", options.OutputSize);
        Parameters = new ParameterSet<T>(_weight, _bias);
        Taps = new Linear<T>[options.Delays + 1];
        for (int delay = 0; delay < Taps.Length; delay++)
        {
            Taps[delay] = new Linear<T>(
                new Parameter<T>($"weight of delay {delay}", options.OutputSize, options.InputSize), delay == 0 ? _bias : null);
            Taps[delay].Parameters.AllocateGradients(); // there is no tape that could ask for them later
        }
    }

    /// <summary>Shape.</summary>
    public TdnnOptions Options { get; }

    /// <summary><c>weight</c> and <c>bias</c>.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Samples of the past that an output depends on, K·dilation.</summary>
    public int History => Options.Delays * Options.Dilation;

    /// <summary>Elements of workspace that <see cref="Backward"/> needs.</summary>
    public int WorkspaceLength => Taps[0].WorkspaceLength;

    /// <summary>W_k by delay k; the first one has the bias.</summary>
    internal Linear<T>[] Taps { get; }

    /// <summary>Draws all parameters uniformly from ±1/√(In·(K + 1)), as PyTorch does, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt((double)Options.InputSize * Taps.Length));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        for (int delay = 0; delay < Taps.Length; delay++)
        {
            Span<T> tap = Taps[delay].Weight;
            CopyTap(delay, _weight.Value, tap, accumulate: false);
            Taps[delay].Pack();
        }
    }

    /// <summary>All steps of a batch.</summary>
    /// <param name="steps">T ≥ 0.</param>
    /// <param name="batch">B ≥ 0.</param>
    /// <param name="x">[T, B, In].</param>
    /// <param name="y">[T, B, Out], written; not memory of x, which every delay reads again.</param>
    /// <exception cref="ArgumentException">A size does not fit, or x and y overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int steps, int batch, ReadOnlySpan<T> x, Span<T> y)
    {
        Check(steps, batch, x.Length, y.Length);
        Require.Apart(y, x);
        Taps[0].Forward(x, y);
        for (int delay = 1; delay < Taps.Length; delay++)
        {
            int rows = RowsOf(delay, steps, batch);
            Taps[delay].Accumulate(x[..(rows * Options.InputSize)], y[^(rows * Options.OutputSize)..]);
        }

        NeuralPrimitives.Activate(Options.Activation, y, y);
    }

    /// <summary>Takes a run back: writes dx and adds the gradients of the parameters.</summary>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="x">[T, B, In], as in the run.</param>
    /// <param name="y">[T, B, Out], as the run left it; overwritten with the gradient of the pre-activations.</param>
    /// <param name="dy">[T, B, Out], the gradient of y.</param>
    /// <param name="dx">[T, B, In], written; empty if not wanted. Not memory of x or y, which every delay reads again.</param>
    /// <param name="workspace">At least <see cref="WorkspaceLength"/> elements.</param>
    /// <exception cref="ArgumentException">A size does not fit, or dx overlaps x or y; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(int steps, int batch, ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<T> dy, Span<T> dx, Span<T> workspace)
    {
        Check(steps, batch, x.Length, y.Length);
        Require.Length(dy.Length, y.Length);
        Require.AtLeast(workspace.Length, WorkspaceLength);
        Require.LengthOrEmpty(dx.Length, x.Length);
        Require.Apart(dx, x);
        Require.Apart<T>(dx, y);

        NeuralPrimitives.ActivateBackward(Options.Activation, y, dy, y);
        NeuralPrimitives.FlushTiny<T>(y, y);
        for (int delay = 0; delay < Taps.Length; delay++)
        {
            int rows = RowsOf(delay, steps, batch);
            int used = rows * Options.InputSize;
            Span<T> target = dx.IsEmpty ? default : dx[..used];
            Taps[delay].Backward(x[..used], y[^(rows * Options.OutputSize)..], target, workspace, accumulate: delay > 0);
            Span<T> gradient = Taps[delay].WeightGradient;
            CopyTap(delay, _weight.Gradient, gradient, accumulate: true);
            gradient.Clear();
        }
    }

    /// <summary>A stream that goes sample by sample.</summary>
    public TdnnStream<T> CreateStream() => new(this);

    /// <inheritdoc/>
    public override string ToString() =>
        $"TDNN {Options.InputSize} → {Options.OutputSize}, {Options.Delays} delays of {Options.Dilation}, {Options.Activation}: "
            + $"{Parameters}";

    /// <summary>Rows of outputs that see a sample that far back.</summary>
    private int RowsOf(int delay, int steps, int batch) => Math.Max(0, steps - delay * Options.Dilation) * batch;

    private void Check(int steps, int batch, int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        Require.Length(x, (long)steps * batch * Options.InputSize, nameof(x), "T·B·In");
        Require.Length(y, (long)steps * batch * Options.OutputSize, nameof(y), "T·B·Out");
    }

    /// <summary>Between [Out, In, K + 1] and the [Out, In] of one delay: to the delay, or its values added to the whole.</summary>
    private void CopyTap(int delay, Span<T> whole, Span<T> tap, bool accumulate)
    {
        int at = Options.Delays - delay;
        for (int i = 0; i < tap.Length; i++, at += Taps.Length)
        {
            if (accumulate)
            {
                whole[at] += tap[i];
            }
            else
            {
                tap[i] = whole[at];
            }
        }
    }
}
