using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// A <see cref="Narx{T}"/> sample by sample: rings of the inputs and outputs that it sees, so that a step costs the same however long it
/// runs. The same bits as a run of one sequence in the same mode.
/// </summary>
/// <remarks>
/// Steps of both modes may follow each other: a true value is given where it has been measured, and where not, the network's own stands.
/// <see cref="Save"/> and <see cref="Restore"/> move a sequence to another stream, process or machine without a changed bit.
/// <para>
/// Threads: any number of streams share one network's weights as long as nobody packs, loads or trains them; a stream belongs to one thread
/// at a time, and two at once are noticed as in <see cref="RecurrentStream{T}"/>.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class NarxStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Narx<T> _network;
    private readonly DelayLine<T> _inputs;
    private readonly DelayLine<T> _outputs;
    private readonly AlignedBuffer<T> _visible;
    private readonly AlignedBuffer<T> _hidden;
    private ThreadCheck _check = new("stream");

    internal NarxStream(Narx<T> network)
    {
        _network = network;
        NarxOptions options = network.Options;
        _inputs = new DelayLine<T>(options.InputSize, options.InputDelays);
        _outputs = new DelayLine<T>(options.OutputSize, options.OutputDelays);
        _visible = new AlignedBuffer<T>(options.VisibleSize);
        _hidden = new AlignedBuffer<T>(options.HiddenSize);
    }

    /// <summary>Elements of a saved state: Kx·D + Ky·O.</summary>
    public int StateLength => PastInputs + _network.Options.OutputDelays * _network.Options.OutputSize;

    private int PastInputs => _network.Options.InputDelays * _network.Options.InputSize;

    /// <summary>Back to the state of zeros.</summary>
    public void Reset()
    {
        _check.Enter();
        _inputs.Clear();
        _outputs.Clear();
        _check.Leave();
    }

    /// <summary>Copies the state out: the last Kx inputs, then the last Ky outputs, the oldest of each first.</summary>
    /// <param name="destination">[<see cref="StateLength"/>], written.</param>
    /// <exception cref="ArgumentException">The length does not fit; nothing has been written.</exception>
    public void Save(Span<T> destination)
    {
        Require.Length(destination.Length, StateLength);
        _check.Enter();
        _inputs.Save(destination);
        _outputs.Save(destination[PastInputs..]);
        _check.Leave();
    }

    /// <summary>Takes over a state that <see cref="Save"/> of a stream of the same sizes wrote; or what is known of the past, as
    /// <see cref="Narx{T}.Run"/> takes it: pastX, then pastY.</summary>
    /// <param name="source">[<see cref="StateLength"/>].</param>
    /// <exception cref="ArgumentException">The length does not fit; the state is unchanged.</exception>
    public void Restore(ReadOnlySpan<T> source)
    {
        Require.Length(source.Length, StateLength);
        _check.Enter();
        _inputs.Restore(source);
        _outputs.Restore(source[PastInputs..]);
        _check.Leave();
    }

    /// <summary>A second stream over the same weights that goes on from the present state.</summary>
    public NarxStream<T> Fork()
    {
        _check.Enter();
        NarxStream<T> fork = new(_network);
        _inputs.CopyTo(fork._inputs);
        _outputs.CopyTo(fork._outputs);
        _check.Leave();
        return fork;
    }

    /// <summary>
    /// Takes a step of each mode in a fork and forgets them: all code is compiled and the weights are in cache, so that the first real step
    /// is as fast as the thousandth, and the first <see cref="Save"/> and <see cref="Restore"/> are.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoOptimization)] // calls all there is, where optimised code might inline it
    public void WarmUp()
    {
        NarxStream<T> fork = Fork();
        T[] x = new T[_network.Options.InputSize], y = new T[_network.Options.OutputSize], state = new T[StateLength];
        fork.Step(x, y);
        fork.Step(x, y, y);
        fork.Save(state);
        fork.Restore(state);
        fork.Reset();
    }

    /// <summary>One step in parallel mode: the network sees what it said itself.</summary>
    /// <param name="x">[D].</param>
    /// <param name="y">[O], written; below 1e-30 (float) or 1e-290 (double) it is 0, as in a run. It may be memory of x.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<T> x, Span<T> y)
    {
        CheckLengths(x.Length, y.Length);
        _check.Enter();
        Compute(x, y);
        _check.Leave();
    }

    /// <summary>One step in series-parallel mode: the network sees the true value in the place of what it said the step before.</summary>
    /// <param name="x">[D].</param>
    /// <param name="previousTruth">
    /// y_{t−1} [O], the true output of the step <em>before</em> this one: what is known when the step's own is to be told. In a run it
    /// stands a row before this step's, and for the first step it is the last row of pastY, or zeros.
    /// </param>
    /// <param name="y">[O], written as in the other mode. It may be memory of x or of the truth.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<T> x, ReadOnlySpan<T> previousTruth, Span<T> y)
    {
        CheckLengths(x.Length, y.Length);
        Require.Length(previousTruth.Length, _network.Options.OutputSize);
        _check.Enter();
        previousTruth.CopyTo(_outputs[0]);
        Compute(x, y);
        _check.Leave();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        NarxOptions options = _network.Options;
        return $"stream {options.InputSize} (+{options.InputDelays} delays) → {options.OutputSize} ({options.OutputDelays} delays)";
    }

    private void CheckLengths(int x, int y)
    {
        Require.Length(x, _network.Options.InputSize);
        Require.Length(y, _network.Options.OutputSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Compute(ReadOnlySpan<T> x, Span<T> y)
    {
        NarxOptions options = _network.Options;
        _inputs.Add(x);
        Span<T> visible = _visible.Span, rest = visible;
        for (int delay = 0; delay <= options.InputDelays; delay++)
        {
            _inputs[delay].CopyTo(rest);
            rest = rest[options.InputSize..];
        }

        for (int delay = 0; delay < options.OutputDelays; delay++)
        {
            _outputs[delay].CopyTo(rest);
            rest = rest[options.OutputSize..];
        }

        _network.Compute(visible, _hidden.Span, y);
        _outputs.Add(y);
    }
}
