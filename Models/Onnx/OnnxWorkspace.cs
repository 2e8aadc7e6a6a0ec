using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Memory for runs of one recurrent ONNX node; one thread at a time may use it.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class OnnxWorkspace<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _x;
    private readonly AlignedBuffer<T> _y;
    private readonly AlignedBuffer<T> _h;
    private readonly AlignedBuffer<T> _c;

    internal OnnxWorkspace(OnnxRecurrent<T> owner, int maxSteps, int maxBatch, WorkerPool? workers)
    {
        Owner = owner;
        MaxSteps = maxSteps;
        MaxBatch = maxBatch;
        Tape = owner.Network.CreateWorkspace(maxSteps, maxBatch, workers: workers);

        // Copies are made where the node's order is not that of the network; see OnnxRecurrent<T>.Run.
        bool otherRows = owner.IsReverse || (maxBatch > 1 && (owner.Layout == 1 || owner.Directions == 2));
        bool otherStates = maxBatch > 1 && owner.Layout == 1 && owner.Directions == 2;
        long rows = otherRows ? (long)maxSteps * maxBatch : 0, states = otherStates ? (long)maxBatch * owner.Directions : 0;
        _x = new AlignedBuffer<T>(rows * owner.InputSize);
        _y = new AlignedBuffer<T>(rows * owner.Network.OutputSize);
        _h = new AlignedBuffer<T>(states * owner.HiddenSize);
        _c = new AlignedBuffer<T>(states * owner.Network.CellStateSize);
    }

    /// <summary>The longest sequence.</summary>
    public int MaxSteps { get; }

    /// <summary>The largest batch.</summary>
    public int MaxBatch { get; }

    internal OnnxRecurrent<T> Owner { get; }

    internal Tape<T> Tape { get; }

    internal Span<T> X => _x.Span;

    internal Span<T> Y => _y.Span;

    internal Span<T> H => _h.Span;

    internal Span<T> C => _c.Span;

    /// <inheritdoc/>
    public override string ToString() =>
        $"workspace for {MaxSteps} steps × {MaxBatch} sequences, {TapeText.Of(Tape.Bytes, Tape.Workers, _x, _y, _h, _c)}";
}
