using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One live sequence: a network that takes a sample and gives its output at once, with a state of its own.
/// </summary>
/// <remarks>
/// The same bits as a run over the whole sequence. A step allocates nothing and takes no lock; where the cell is known
/// (<see cref="RecurrentStream{TCell, T}"/>) it is no virtual call either.
/// <see cref="Save"/> and <see cref="Restore"/> move a sequence to another stream, process or machine without a changed bit.
/// <para>
/// Threads: any number of streams, on any threads, share one network's weights, and may step at the same time as long as nobody packs,
/// loads or trains these weights. A stream itself belongs to one thread at a time; all its members count, reading ones too. It may go from
/// one thread to another if something orders the two, such as a lock, a task awaited or a queue. Two threads in one stream at the same time
/// are noticed, by an <see cref="InvalidOperationException"/>, in an app built for debugging and where the runtime setting
/// <c>FastRecurrent.CheckThreads</c> is true; otherwise they give wrong numbers, never memory out of bounds.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class RecurrentStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _hiddenStride;
    private readonly int _cellStateStride;
    private readonly AlignedBuffer<T> _hidden; // [2, layers, H]: the states before and after a step take turns
    private readonly AlignedBuffer<T> _cellState;

    // Whose turn it is; an odd one finds the state in the second half of the buffers. In the middle of a line of cache of its own, since
    // every step writes it and threads that share a step read the fields of the stream.
    private readonly int[] _turn = new int[48];
    private ThreadCheck _check = new("stream");

    private protected RecurrentStream(int inputSize, int hiddenSize, int cellStateSize, int layers)
    {
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        CellStateSize = cellStateSize;
        Layers = layers;
        _hiddenStride = GateLayout.Pad(HiddenSize);
        _cellStateStride = GateLayout.Pad(CellStateSize);
        _hidden = new AlignedBuffer<T>(2 * layers * _hiddenStride);
        _cellState = new AlignedBuffer<T>(2 * layers * _cellStateStride);
    }

    /// <summary>D, size of x.</summary>
    public int InputSize { get; }

    /// <summary>Size of h and of the output.</summary>
    public int HiddenSize { get; }

    /// <summary>Size of c; 0 for cells without.</summary>
    public int CellStateSize { get; }

    /// <summary>Stacked layers.</summary>
    public int Layers { get; }

    /// <summary>h of the last layer after the last step, [H]: the output. Valid until the next step.</summary>
    public ReadOnlySpan<T> Output => GetHidden(Layers - 1);

    /// <summary>h of a layer, [H]. Valid until the next step.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<T> GetHidden(int layer)
    {
        Require.Index(layer, Layers);
        return Hidden(Current & 1, layer).Span[..HiddenSize];
    }

    /// <summary>c of a layer, [H]. Valid until the next step.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<T> GetCellState(int layer)
    {
        Require.Index(layer, Layers);
        return CellState(Current & 1, layer).Span[..CellStateSize];
    }

    /// <summary>Sets the state of a layer.</summary>
    /// <param name="layer">0 … layers − 1.</param>
    /// <param name="h">[H].</param>
    /// <param name="c">[H]; empty for cells without.</param>
    /// <exception cref="ArgumentException">A size does not fit, or there is no such layer; nothing has been written.</exception>
    public void SetState(int layer, ReadOnlySpan<T> h, ReadOnlySpan<T> c = default)
    {
        Require.Index(layer, Layers);
        Require.Length(h.Length, HiddenSize);
        Require.Length(c.Length, CellStateSize);
        Check.Enter();
        NeuralPrimitives.FlushTiny(h, Hidden(Current & 1, layer).Span[..HiddenSize]);
        NeuralPrimitives.FlushTiny(c, CellState(Current & 1, layer).Span[..CellStateSize]);
        Check.Leave();
    }

    /// <summary>Elements of a saved state: layers·(H + C).</summary>
    public int StateLength => Layers * (HiddenSize + CellStateSize);

    /// <summary>Back to the state of zeros.</summary>
    public void Reset()
    {
        Check.Enter();
        _hidden.Span.Clear();
        _cellState.Span.Clear();
        Check.Leave();
    }

    /// <summary>Copies the state out: h, then c, of each layer in turn.</summary>
    /// <param name="destination">[<see cref="StateLength"/>], written.</param>
    /// <exception cref="ArgumentException">The length does not fit; nothing has been written.</exception>
    public void Save(Span<T> destination)
    {
        Require.Length(destination.Length, StateLength);
        Check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            GetHidden(layer).CopyTo(destination);
            GetCellState(layer).CopyTo(destination[HiddenSize..]);
            destination = destination[(HiddenSize + CellStateSize)..];
        }

        Check.Leave();
    }

    /// <summary>Takes over a state that <see cref="Save"/> of a stream of the same sizes wrote.</summary>
    /// <param name="source">[<see cref="StateLength"/>].</param>
    /// <exception cref="ArgumentException">The length does not fit; the state is unchanged.</exception>
    public void Restore(ReadOnlySpan<T> source)
    {
        Require.Length(source.Length, StateLength);
        Check.Enter();
        for (int layer = 0; layer < Layers; layer++)
        {
            SetState(layer, source[..HiddenSize], source.Slice(HiddenSize, CellStateSize));
            source = source[(HiddenSize + CellStateSize)..];
        }

        Check.Leave();
    }

    /// <summary>A second stream over the same weights that goes on from the present state.</summary>
    public abstract RecurrentStream<T> Fork();

    /// <summary>
    /// Takes some steps in a fork and forgets them: all code is compiled and the weights, with every copy of them that steps read in
    /// turns, are in cache, so that the first real step is as fast as the thousandth, and the first <see cref="Save"/> and
    /// <see cref="Restore"/> are.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoOptimization)] // calls all there is, where optimised code might inline it
    public void WarmUp()
    {
        RecurrentStream<T> fork = Fork();
        T[] x = new T[InputSize], y = new T[HiddenSize], state = new T[StateLength];
        x[0] = T.Epsilon; // an input to be flushed goes another way than zeros do
        do
        {
            fork.Step(x, y);
            x[0] = T.Zero;
        }
        while (fork.Current != Current);

        fork.Save(state);
        fork.Restore(state);
        fork.Reset();
        fork.Output.CopyTo(y);
    }

    /// <summary>One step of all layers.</summary>
    /// <param name="x">[D].</param>
    /// <param name="y">[H], written with h of the last layer; may be empty, since <see cref="Output"/> has it too.</param>
    /// <exception cref="ArgumentException">A size does not fit; the state is unchanged.</exception>
    public abstract void Step(ReadOnlySpan<T> x, Span<T> y = default);

    /// <inheritdoc/>
    public override string ToString() => $"stream {InputSize} → {HiddenSize}, {Layers} layer{(Layers == 1 ? "" : "s")}";

    /// <summary>Whose turn it is.</summary>
    private protected int Current
    {
        get => _turn[16];
        set => _turn[16] = value;
    }

    /// <summary>Notices two threads at once.</summary>
    private protected ref ThreadCheck Check => ref _check;

    private protected AlignedMemory<T> Hidden(int turn, int layer) =>
        _hidden.AsMemory((turn * Layers + layer) * _hiddenStride, _hiddenStride);

    private protected AlignedMemory<T> CellState(int turn, int layer) =>
        _cellState.AsMemory((turn * Layers + layer) * _cellStateStride, _cellStateStride);

    /// <summary>Gives a stream of the same sizes this one's state and turn.</summary>
    private protected void CopyStateTo(RecurrentStream<T> other)
    {
        other.Current = Current;
        _hidden.Span.CopyTo(other._hidden.Span);
        _cellState.Span.CopyTo(other._cellState.Span);
    }
}
