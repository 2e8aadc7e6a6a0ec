using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Nonlinear autoregressive network with exogenous inputs (Leontaritis and Billings 1985;
/// Narendra and Parthasarathy 1990).</summary>
/// <remarks>
/// <code>
/// v_t = [x_t; x_{t−1}; …; x_{t−Kx}; y_{t−1}; …; y_{t−Ky}]      zeros, or what the caller knows, before the start
/// y_t = W₂ f(W₁ v_t + b₁) + b₂
/// </code>
/// Parameters <c>weight_1</c> [H, D(Kx + 1) + O·Ky], <c>bias_1</c> [H], <c>weight_2</c> [O, H], <c>bias_2</c> [O].
/// <see cref="NarxStream{T}"/> goes sample by sample and gives the same bits as a run.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Narx<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _hidden;
    private readonly Linear<T> _output;

    /// <summary>A network whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range, or nothing would be seen, or more than there can be weights
    /// for.</exception>
    public Narx(NarxOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.InputSize, nameof(options.InputSize));
        ArgumentOutOfRangeException.ThrowIfNegative(options.InputDelays, nameof(options.InputDelays));
        ArgumentOutOfRangeException.ThrowIfNegative(options.OutputDelays, nameof(options.OutputDelays));
        Require.Positive(options.OutputSize, nameof(options.OutputSize));
        Require.Positive(options.HiddenSize, nameof(options.HiddenSize));
        Require.Defined(options.Activation, nameof(options.Activation));
        long visible = options.InputSize * (options.InputDelays + 1L) + (long)options.OutputSize * options.OutputDelays;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(visible, nameof(options));
        Require.Product(nameof(options), options.HiddenSize, (int)Math.Min(visible, int.MaxValue));
        Options = options;
        _hidden = new Linear<T>(
            new Parameter<T>("weight_1", options.HiddenSize, options.VisibleSize), new Parameter<T>("bias_1", options.HiddenSize));
        _output = new Linear<T>(
            new Parameter<T>("weight_2", options.OutputSize, options.HiddenSize), new Parameter<T>("bias_2", options.OutputSize));
        Parameters = new ParameterSet<T>().Join("", _hidden.Parameters).Join("", _output.Parameters);
    }

    /// <summary>Shape.</summary>
    public NarxOptions Options { get; }

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws all parameters as PyTorch's linear layers do, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        _hidden.Initialise(seed);
        _output.Initialise(seed + 1);
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _hidden.Pack();
        _output.Pack();
    }

    /// <summary>Memory for runs and the backward runs after them.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or makes for more elements than an array has.</exception>
    public NarxTape<T> CreateTape(int maxSteps, int maxBatch)
    {
        Require.Positive(maxSteps);
        Require.Positive(maxBatch);
        int rows = Require.Product(nameof(maxSteps), maxSteps, maxBatch);
        Require.Product(nameof(maxSteps), rows, Math.Max(Math.Max(Options.VisibleSize, Options.HiddenSize), Options.OutputSize));
        Parameters.AllocateGradients();
        return new NarxTape<T>(this, rows, maxBatch, Math.Max(_hidden.WorkspaceLength, _output.WorkspaceLength));
    }

    /// <summary>Runs a batch. Nothing is allocated.</summary>
    /// <param name="mode">What is fed back.</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="x">[T, B, D].</param>
    /// <param name="truth">The true y [T, B, O] in series-parallel mode; empty in parallel mode.</param>
    /// <param name="y">[T, B, O], written; below 1e-30 (float) or 1e-290 (double) it is 0, so that what is fed back never becomes denormal.
    /// In parallel mode, which reads on while it writes, it is no memory of x or of the past.</param>
    /// <param name="tape">Memory made by this network.</param>
    /// <param name="pastX">x before the first step [Kx, B, D], the oldest first; empty: zeros.</param>
    /// <param name="pastY">y before the first step [Ky, B, O], the oldest first: what a forecast goes on from; empty: zeros.</param>
    /// <exception cref="ArgumentException">A size does not fit, or y overlaps what is read after it; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(
        NarxMode mode, int steps, int batch, ReadOnlySpan<T> x, ReadOnlySpan<T> truth, Span<T> y, NarxTape<T> tape,
        ReadOnlySpan<T> pastX = default, ReadOnlySpan<T> pastY = default)
    {
        Require.Defined(mode);
        Check(steps, batch, tape);
        Require.Length(x.Length, (long)steps * batch * Options.InputSize, shape: "T·B·D");
        Require.Length(y.Length, (long)steps * batch * Options.OutputSize, shape: "T·B·O");
        Require.Length(truth.Length, mode == NarxMode.Parallel ? 0 : y.Length,
            shape: mode == NarxMode.Parallel ? "none in parallel mode" : "T·B·O");
        Require.LengthOrEmpty(pastX.Length, (long)Options.InputDelays * batch * Options.InputSize, shape: "Kx·B·D");
        Require.LengthOrEmpty(pastY.Length, (long)Options.OutputDelays * batch * Options.OutputSize, shape: "Ky·B·O");
        if (mode == NarxMode.Parallel)
        {
            Require.Apart(y, x);
            Require.Apart(y, pastX);
            Require.Apart(y, pastY);
        }

        tape.Set(mode, steps, batch);
        int perRun = mode == NarxMode.Parallel ? 1 : steps; // steps that can be computed at once
        for (int t = 0; t < steps; t += perRun)
        {
            Collect(t, perRun, batch, x, pastX, mode == NarxMode.Parallel ? y : truth, pastY, tape);
            int row = t * batch, rows = perRun * batch;
            Compute(tape.Visible(row, rows), tape.Hidden(row, rows), y.Slice(row * Options.OutputSize, rows * Options.OutputSize));
        }
    }

    /// <summary>Takes a run back. Nothing is allocated; the tape is used up.</summary>
    /// <param name="dy">[T, B, O], the gradient of y.</param>
    /// <param name="dx">[T, B, D], written; empty if not wanted. It may be memory of <paramref name="dy"/>.</param>
    /// <param name="dtruth">The gradient of the true y [T, B, O], written; empty if not wanted, and in parallel mode. It may be memory of
    /// <paramref name="dy"/>, but not of <paramref name="dx"/>.</param>
    /// <param name="tape">The tape of the run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or dtruth and dx overlap; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> dy, Span<T> dx, Span<T> dtruth, NarxTape<T> tape)
    {
        (NarxMode mode, int steps, int batch) = tape.LastRun;
        Check(steps, batch, tape);
        Require.Length(dy.Length, (long)steps * batch * Options.OutputSize, shape: "T·B·O");
        Require.LengthOrEmpty(dx.Length, (long)steps * batch * Options.InputSize, shape: "T·B·D");
        Require.LengthOrEmpty(dtruth.Length, mode == NarxMode.Parallel ? 0 : dy.Length,
            shape: mode == NarxMode.Parallel ? "none in parallel mode" : "T·B·O");
        Require.Apart<T>(dtruth, dx);

        tape.Take();
        Span<T> outputGradient = tape.OutputGradient(0, steps * batch);
        dy.CopyTo(outputGradient);
        dx.Clear();
        dtruth.Clear();
        int perRun = mode == NarxMode.Parallel ? 1 : steps;
        for (int t = steps - perRun; t >= 0 && steps > 0; t -= perRun)
        {
            // Back through y = W₂ h + b₂ and h = f(W₁ v + b₁); what v took from outputs goes to their gradients,
            // which come later in this loop.
            int row = t * batch, rows = perRun * batch;
            Span<T> hidden = tape.Hidden(row, rows), slope = tape.HiddenGradient(row, rows), visible = tape.VisibleGradient(rows);
            _output.BackwardInput(tape.OutputGradient(row, rows), slope);
            NeuralPrimitives.ActivateBackward(Options.Activation, hidden, slope, slope);
            NeuralPrimitives.FlushTiny<T>(slope, slope);
            _hidden.BackwardInput(slope, visible);
            Distribute(t, perRun, batch, visible, dx, mode == NarxMode.Parallel ? outputGradient : dtruth);
        }

        int all = steps * batch;
        _output.AccumulateGradients(tape.Hidden(0, all), outputGradient, tape.Workspace);
        _hidden.AccumulateGradients(tape.Visible(0, all), tape.HiddenGradient(0, all), tape.Workspace);
    }

    /// <summary>A stream that goes sample by sample, in either mode, from a past of zeros.</summary>
    public NarxStream<T> CreateStream() => new(this);

    /// <inheritdoc/>
    public override string ToString() =>
        $"NARX {Options.InputSize} (+{Options.InputDelays} delays) → {Options.HiddenSize} → {Options.OutputSize} ({Options.OutputDelays} "
            + $"delays): {Parameters}";

    /// <summary>y of some rows from what they see.</summary>
    /// <param name="visible">v [rows, D(Kx + 1) + O·Ky].</param>
    /// <param name="hidden">f(W₁ v + b₁) [rows, H], written.</param>
    /// <param name="y">[rows, O], written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Compute(ReadOnlySpan<T> visible, Span<T> hidden, Span<T> y)
    {
        _hidden.Forward(visible, hidden);
        NeuralPrimitives.Activate(Options.Activation, hidden, hidden);
        _output.Forward(hidden, y);
        NeuralPrimitives.FlushTiny<T>(y, y);
    }

    private void Check(int steps, int batch, NarxTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "network");

        if (steps < 0 || batch < 0 || batch > tape.MaxBatch || (long)steps * batch > tape.MaxRows)
        {
            throw new ArgumentException(
                $"{steps} steps × {batch} sequences do not fit into a tape of {tape.MaxRows} rows for {tape.MaxBatch} sequences.",
                nameof(steps));
        }
    }

    /// <summary>v of some steps, from x and y and what was before them.</summary>
    private void Collect(
        int first, int steps, int batch, ReadOnlySpan<T> x, ReadOnlySpan<T> pastX, ReadOnlySpan<T> y, ReadOnlySpan<T> pastY,
        NarxTape<T> tape)
    {
        for (int row = first * batch; row < (first + steps) * batch; row++)
        {
            Span<T> visible = tape.Visible(row, 1);
            int at = 0;
            for (int delay = 0; delay <= Options.InputDelays; delay++)
            {
                at += CopyPast(x, pastX, row - delay * batch, Options.InputSize, visible[at..]);
            }

            for (int delay = 1; delay <= Options.OutputDelays; delay++)
            {
                at += CopyPast(y, pastY, row - delay * batch, Options.OutputSize, visible[at..]);
            }
        }
    }

    /// <summary>A row of a sequence; those before its first, counted from the end, are of the past.</summary>
    private static int CopyPast(ReadOnlySpan<T> source, ReadOnlySpan<T> past, int row, int size, Span<T> destination)
    {
        if (row >= 0)
        {
            source.Slice(row * size, size).CopyTo(destination);
        }
        else if (past.IsEmpty)
        {
            destination[..size].Clear();
        }
        else
        {
            past.Slice(past.Length + row * size, size).CopyTo(destination);
        }

        return size;
    }

    /// <summary>The gradient of v to those of the x and y it was collected from.</summary>
    private void Distribute(int first, int steps, int batch, ReadOnlySpan<T> visible, Span<T> dx, Span<T> dy)
    {
        int size = Options.VisibleSize;
        for (int row = first * batch; row < (first + steps) * batch; row++)
        {
            ReadOnlySpan<T> gradient = visible.Slice((row - first * batch) * size, size);
            int at = 0;
            for (int delay = 0; delay <= Options.InputDelays; delay++)
            {
                at += AddPast(gradient[at..], row - delay * batch, Options.InputSize, dx);
            }

            for (int delay = 1; delay <= Options.OutputDelays; delay++)
            {
                at += AddPast(gradient[at..], row - delay * batch, Options.OutputSize, dy);
            }
        }
    }

    private static int AddPast(ReadOnlySpan<T> gradient, int row, int size, Span<T> destination)
    {
        if (row >= 0 && !destination.IsEmpty)
        {
            Span<T> target = destination.Slice(row * size, size);
            NeuralPrimitives.Add(target, gradient[..size], target);
        }

        return size;
    }
}
