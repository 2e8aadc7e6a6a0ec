using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>A <see cref="Tdnn{T}"/> sample by sample: a ring of the samples it still needs. The same bits as a run.</summary>
/// <remarks>
/// <see cref="Save"/> and <see cref="Restore"/> move a sequence to another stream, process or machine without a changed bit.
/// <para>
/// Threads: any number of streams share one layer's weights as long as nobody packs or trains them; a stream belongs to one thread at a
/// time, and two at once are noticed as in <see cref="RecurrentStream{T}"/>.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TdnnStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tdnn<T> _network;
    private readonly DelayLine<T> _line;
    private int _past; // samples there have been, as far back as they are seen
    private ThreadCheck _check = new("stream");

    internal TdnnStream(Tdnn<T> network)
    {
        _network = network;
        _line = new DelayLine<T>(network.Options.InputSize, network.History);
    }

    /// <summary>Elements of a saved state: K·dilation samples and their number, K·dilation·In + 1.</summary>
    public int StateLength => _network.History * _network.Options.InputSize + 1;

    /// <summary>Forgets all samples.</summary>
    public void Reset()
    {
        _check.Enter();
        _line.Clear();
        _past = 0;
        _check.Leave();
    }

    /// <summary>Copies the state out: the last K·dilation samples, the oldest first, with zeros in the place of those before the first
    /// one; then how many there have been, at most K·dilation.</summary>
    /// <param name="destination">[<see cref="StateLength"/>], written.</param>
    /// <exception cref="ArgumentException">The length does not fit; nothing has been written.</exception>
    public void Save(Span<T> destination)
    {
        Require.Length(destination.Length, StateLength);
        _check.Enter();
        _line.Save(destination);
        destination[^1] = Scalar.From<T>(_past);
        _check.Leave();
    }

    /// <summary>Takes over a state that <see cref="Save"/> of a stream of the same sizes wrote.</summary>
    /// <param name="source">[<see cref="StateLength"/>].</param>
    /// <exception cref="ArgumentException">The length does not fit; the state is unchanged.</exception>
    public void Restore(ReadOnlySpan<T> source)
    {
        Require.Length(source.Length, StateLength);
        _check.Enter();
        _line.Restore(source);
        _past = (int)Math.Clamp(Scalar.ToDouble(source[^1]), 0, _network.History);
        _check.Leave();
    }

    /// <summary>A second stream over the same weights that goes on from the present state.</summary>
    public TdnnStream<T> Fork()
    {
        _check.Enter();
        TdnnStream<T> fork = new(_network) { _past = _past };
        _line.CopyTo(fork._line);
        _check.Leave();
        return fork;
    }

    /// <summary>
    /// Takes a step in a fork that sees all delays, and forgets it: all code is compiled and the weights of all delays are in cache, so
    /// that the first real step is as fast as the thousandth, and the first <see cref="Save"/> and <see cref="Restore"/> are.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoOptimization)] // calls all there is, where optimised code might inline it
    public void WarmUp()
    {
        TdnnStream<T> fork = Fork();
        T[] x = new T[_network.Options.InputSize], y = new T[_network.Options.OutputSize], state = new T[StateLength];
        fork.Reset();
        fork.Save(state);
        state[^1] = Scalar.From<T>(_network.History);
        fork.Restore(state);
        fork.Step(x, y);
    }

    /// <summary>One step.</summary>
    /// <param name="x">[In].</param>
    /// <param name="y">[Out], written; it may be memory of x.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<T> x, Span<T> y)
    {
        TdnnOptions options = _network.Options;
        Require.Length(x.Length, options.InputSize);
        Require.Length(y.Length, options.OutputSize);
        _check.Enter();
        Linear<T>[] taps = _network.Taps;
        _line.Add(x);
        taps[0].Forward(_line[0], y);
        int seen = _past / options.Dilation; // samples before the first are zero and add nothing
        for (int delay = 1; delay < taps.Length && delay <= seen; delay++)
        {
            taps[delay].Accumulate(_line[delay * options.Dilation], y);
        }

        NeuralPrimitives.Activate(options.Activation, y, y);
        _past = Math.Min(_past + 1, _network.History);
        _check.Leave();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        TdnnOptions options = _network.Options;
        return $"stream {options.InputSize} → {options.OutputSize}, {options.Delays} delays of {options.Dilation}";
    }
}
