using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of a <see cref="SequenceGenerator{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class SequenceGeneratorTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SequenceGenerator<T> _owner;
    private readonly int[] _inputs;
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _yGradient;
    private readonly AlignedBuffer<T> _hidden;
    private readonly AlignedBuffer<T> _cellState;
    private readonly AlignedBuffer<T> _stateRows;
    private readonly AlignedBuffer<T> _stateRowsGradient;
    private readonly AlignedBuffer<T> _workspace;
    private int _rows;

    internal SequenceGeneratorTape(SequenceGenerator<T> owner, int maxSteps, int maxBatch, WorkerPool? workers)
    {
        RecurrentNetwork<T> network = owner.Network;
        _owner = owner;
        Tape = network.CreateTape(maxSteps, maxBatch, workers: workers);
        _inputs = new int[Tape.MaxRows];
        _x = new AlignedBuffer<T>((long)Tape.MaxRows * network.InputSize);
        _y = new AlignedBuffer<T>((long)Tape.MaxRows * network.OutputSize);
        _yGradient = new AlignedBuffer<T>((long)Tape.MaxRows * network.OutputSize);
        _hidden = new AlignedBuffer<T>((long)network.StateRows * maxBatch * network.HiddenSize);
        _cellState = new AlignedBuffer<T>((long)network.StateRows * maxBatch * network.CellStateSize);
        _stateRows = new AlignedBuffer<T>((long)maxBatch * owner.StateSize);
        _stateRowsGradient = new AlignedBuffer<T>((long)maxBatch * owner.StateSize);
        _workspace = GradientWorkspace.Create<T>(owner.WorkspaceLength, workers);
    }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers => Tape.Workers;

    internal Tape<T> Tape { get; }

    /// <summary>B of the run.</summary>
    internal int Batch { get; private set; }

    /// <summary>The ids fed to the network: each sequence's targets, one step later.</summary>
    internal ReadOnlySpan<int> Inputs => _inputs.AsSpan(0, _rows);

    /// <summary>Their vectors, then the gradients of those.</summary>
    internal Span<T> X => _x.Span[..(_rows * _owner.Network.InputSize)];

    internal Span<T> Y => _y.Span[..(_rows * _owner.Network.OutputSize)];

    internal Span<T> YGradient => _yGradient.Span[..(_rows * _owner.Network.OutputSize)];

    /// <summary>h_0, then its gradient.</summary>
    internal Span<T> Hidden => _hidden.Span[..(_owner.Network.StateRows * Batch * _owner.Network.HiddenSize)];

    /// <summary>c_0, then its gradient.</summary>
    internal Span<T> CellState => _cellState.Span[..(_owner.Network.StateRows * Batch * _owner.Network.CellStateSize)];

    /// <summary>h_0 and c_0 as the bridge writes them, a row a sequence.</summary>
    internal Span<T> StateRows => _stateRows.Span[..(Batch * _owner.StateSize)];

    internal Span<T> StateRowsGradient => _stateRowsGradient.Span[..(Batch * _owner.StateSize)];

    internal Span<T> Workspace => _workspace.Span;

    /// <inheritdoc/>
    public override string ToString() =>
        $"recording tape for {Tape.MaxSteps} steps × {Tape.MaxBatch} sequences, "
        + TapeText.Of(Tape.Bytes, Workers, _x, _y, _yGradient, _hidden, _cellState, _stateRows, _stateRowsGradient, _workspace);

    /// <summary>Checks the sizes of a batch, cuts all memory to them, and keeps what will be fed to the network.</summary>
    internal void Set(SequenceGenerator<T> owner, ReadOnlySpan<int> targets, ReadOnlySpan<int> lengths)
    {
        CheckOwner(owner);
        int longest = Ragged.Longest(lengths);
        if (longest > Tape.MaxSteps || lengths.Length > Tape.MaxBatch)
        {
            throw new ArgumentException($"{lengths.Length} sequences of up to {longest} steps do not fit into a {Tape}.", "tape");
        }

        (_rows, Batch) = (targets.Length, lengths.Length);
        int at = 0;
        foreach (int length in lengths)
        {
            if (length > 0)
            {
                _inputs[at] = owner.StartId;
                targets.Slice(at, length - 1).CopyTo(_inputs.AsSpan(at + 1));
                at += length;
            }
        }
    }

    internal void CheckRun(SequenceGenerator<T> owner)
    {
        CheckOwner(owner);
        if (!Tape.HasRun)
        {
            throw new InvalidOperationException("The tape holds no run: Forward records one, and Backward uses it up.");
        }
    }

    private void CheckOwner(SequenceGenerator<T> owner)
    {
        Require.MadeBy(_owner, owner, "generator");
    }
}
