using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>A <see cref="Tdnn{T}"/> sample by sample: a ring of the samples it still needs. The same bits as a run.</summary>
/// <remarks>
/// Threads: any number of streams share one layer's weights as long as nobody packs or trains them; a stream belongs to one thread at a
/// time, and two at once are noticed as in <see cref="RecurrentStream{T}"/>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class TdnnStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tdnn<T> _network;
    private readonly AlignedBuffer<T> _ring;
    private long _steps;
    private ThreadCheck _check = new("stream");

    internal TdnnStream(Tdnn<T> network)
    {
        _network = network;
        _ring = new AlignedBuffer<T>((long)(network.History + 1) * network.Options.InputSize);
    }

    /// <summary>Forgets all samples.</summary>
    public void Reset()
    {
        _check.Enter();
        _steps = 0;
        _check.Leave();
    }

    /// <summary>
    /// Takes some steps on zeros in another stream: all code is compiled and the weights of all delays are in cache,
    /// so that the first real step is as fast as the thousandth.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoOptimization)] // calls all there is, where optimised code might inline it
    public void WarmUp()
    {
        TdnnStream<T> other = new(_network);
        T[] x = new T[_network.Options.InputSize], y = new T[_network.Options.OutputSize];
        for (int t = 0; t <= _network.History; t++)
        {
            other.Step(x, y);
        }

        other.Reset();
    }

    /// <summary>One step.</summary>
    /// <param name="x">[In].</param>
    /// <param name="y">[Out], written.</param>
    /// <exception cref="ArgumentException">A size does not fit; nothing has changed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(ReadOnlySpan<T> x, Span<T> y)
    {
        TdnnOptions options = _network.Options;
        Require.Length(x.Length, options.InputSize);
        Require.Length(y.Length, options.OutputSize);
        _check.Enter();
        x.CopyTo(Sample(_steps));
        _network.Taps[0].Forward(x, y);
        for (int delay = 1; delay < _network.Taps.Length; delay++)
        {
            long past = _steps - (long)delay * options.Dilation;
            if (past >= 0) // samples before the first are zero and add nothing
            {
                _network.Taps[delay].Accumulate(Sample(past), y);
            }
        }

        NeuralPrimitives.Activate(options.Activation, y, y);
        _steps++;
        _check.Leave();
    }

    private Span<T> Sample(long step)
    {
        int size = _network.Options.InputSize;
        return _ring.Span.Slice((int)(step % (_network.History + 1)) * size, size);
    }
}
