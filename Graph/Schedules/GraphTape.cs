using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>What the tapes of all graph cells have in common.</summary>
internal static class GraphTape
{
    /// <summary>Throws unless the tape is the cell's and has room.</summary>
    public static void Check([NotNull] object? tape, object? owner, object cell, int nodes, int maxNodes, int edges = 0, int maxEdges = 0)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(owner, cell, "cell");

        if (nodes > maxNodes || edges > maxEdges)
        {
            throw new ArgumentException($"{nodes} nodes and {edges} edges do not fit into a tape for {maxNodes} and {maxEdges}.",
                nameof(tape));
        }
    }

    /// <summary>Throws unless the tape holds a forward run, and returns what that run went over: a schedule, a plan, a matrix.</summary>
    public static TRun RequireRun<TRun>([NotNull] object? tape, TRun? run)
        where TRun : class
    {
        ArgumentNullException.ThrowIfNull(tape);
        return run
            ?? throw new InvalidOperationException("The tape holds no forward run: run the cell forward first; a run is taken back once.");
    }

    /// <summary>The longest of what a cell's parts need, who use one workspace in turn.</summary>
    public static int Longest(params ReadOnlySpan<int> lengths)
    {
        int longest = 0;
        foreach (int length in lengths)
        {
            longest = Math.Max(longest, length);
        }

        return longest;
    }

    /// <summary>Gradients from outside, [N, size] in the nodes' order, into padded rows in the schedule's;
    /// zeros if there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherUpstream<T>(ReadOnlySpan<T> upstream, ReadOnlySpan<int> order, int size, Span<T> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        GatherUpstream(upstream, order, size, rows, size, 0);

    /// <summary>Columns <paramref name="column"/> … of gradients from outside whose rows are <paramref name="stride"/> long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherUpstream<T>(ReadOnlySpan<T> upstream, ReadOnlySpan<int> order, int size, Span<T> rows, int stride, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int padded = GateLayout.Pad(size);
        if (upstream.IsEmpty)
        {
            rows[..(order.Length * padded)].Clear();
            return;
        }

        NeuralPrimitives.GatherRows(upstream[column..], stride, order, size, rows, padded, padded - size);
    }
}
