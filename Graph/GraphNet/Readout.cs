using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>From the states of a graph's nodes to one vector. A graph without nodes gives zeros.</summary>
internal sealed class Readout<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GraphReadout _kind;
    private readonly int _size;

    public Readout(GraphNetOptions options)
    {
        _kind = options.Readout;
        _size = options.HiddenSize;
        Attention = _kind == GraphReadout.Attention ? new AttentionPooling<T>(_size, options.AttentionSize) : null;
        Parameters = Attention?.Parameters ?? new ParameterSet<T>();
    }

    /// <summary>Without the prefix <c>readout.</c></summary>
    public ParameterSet<T> Parameters { get; }

    public AttentionPooling<T>? Attention { get; }

    public void Pack() => Attention?.Pack();

    /// <param name="plan">The graphs.</param>
    /// <param name="state">[N, ⌈H⌉].</param>
    /// <param name="y">[G, H], written.</param>
    /// <param name="tape">Keeps what the way back needs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(GraphNetPlan plan, ReadOnlySpan<T> state, Span<T> y, GraphNetTape<T> tape)
    {
        int stride = tape.StateStride, graphs = plan.GraphCount;
        GraphReadoutTape<T> own = tape.Readout;
        switch (_kind)
        {
            case GraphReadout.Sum or GraphReadout.Mean:
                NeuralPrimitives.Aggregate(plan.Pool!, default, state, stride, _size, y, _size, workers: tape.Workers);
                if (_kind == GraphReadout.Mean)
                {
                    DivideByNodes(plan, y, _size);
                }

                break;
            case GraphReadout.Max:
                NeuralPrimitives.AggregateMax(plan.Pool!, state, stride, own.Pooled.Span, own.Winner.Span, tape.Workers);
                Rows.Copy<T>(own.Pooled.Span, stride, _size, graphs, y, _size);
                break;
            case GraphReadout.Attention:
                Span<T> sorted = own.Sorted.Span[..(tape.Nodes * _size)];
                NeuralPrimitives.GatherRows(state, stride, plan.Pool!.Indices, _size, sorted, _size);
                Attention!.Forward(sorted, plan.PoolLengths, y, own.Alpha.Span[..tape.Nodes], own.Attention!);
                break;
        }
    }

    /// <summary>Every node pulls its gradient from its graph.</summary>
    /// <param name="plan">The graphs.</param>
    /// <param name="dy">[G, H].</param>
    /// <param name="tape">The tape of the forward run; its gradient of the states is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(GraphNetPlan plan, ReadOnlySpan<T> dy, GraphNetTape<T> tape)
    {
        int stride = tape.StateStride, graphs = plan.GraphCount;
        GraphReadoutTape<T> own = tape.Readout;
        if (_kind == GraphReadout.Attention)
        {
            Span<T> sorted = own.Sorted.Span[..(tape.Nodes * _size)], slope = own.SortedGradient.Span[..sorted.Length];
            Attention!.Backward(sorted, plan.PoolLengths, own.Alpha.Span[..tape.Nodes], dy, default, slope, own.Attention!);
            NeuralPrimitives.Aggregate(plan.PoolEntries!, default, slope, _size, _size, tape.StateGradient, stride, accumulate: true,
                workers: tape.Workers);
            return;
        }

        Span<T> pooled = own.Pooled.Span;
        Rows.Copy(dy, _size, _size, graphs, pooled, stride);
        if (_kind == GraphReadout.Max)
        {
            NeuralPrimitives.AggregateMaxBackward(plan.Pool!, plan.PoolEntries!, plan.PoolGraphs, own.Winner.Span, pooled, stride,
                tape.StateGradient, tape.Workers);
            return;
        }

        if (_kind == GraphReadout.Mean)
        {
            DivideByNodes(plan, pooled, stride);
        }

        NeuralPrimitives.Aggregate(plan.GraphOf!, default, pooled, stride, stride, tape.StateGradient, stride, accumulate: true,
            workers: tape.Workers);
    }

    private static void DivideByNodes(GraphNetPlan plan, Span<T> rows, int stride)
    {
        for (int g = 0; g < plan.GraphCount; g++)
        {
            Span<T> row = rows.Slice(g * stride, stride);
            NeuralPrimitives.MultiplyScalar(row, Scalar.From<T>(1.0 / Math.Max(1, plan.PoolLengths[g])), row);
        }
    }
}
