using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>A recurrent node of an ONNX model: our network, in the layout and direction of the node.</summary>
/// <remarks>
/// <see cref="Network"/> alone does for a forward node: it can stream and be trained, with time-major shapes. <see cref="Run"/> gives the
/// node's shapes in every direction. Weights may be shared by any number of threads; each brings its own workspace.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class OnnxRecurrent<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] _names = ["output.Y", "output.YH", "output.YC", "input.X", "input.InitialH", "input.InitialC"];

    private readonly (T[] Values, int Batch)? _initialH;
    private readonly (T[] Values, int Batch)? _initialC;
    private readonly int[]? _sequenceLengths;

    internal OnnxRecurrent(OnnxRecurrentNode node)
    {
        Network = node.CreateNetwork<T>();
        Layout = node.Layout;
        IsReverse = node.IsReverse;
        _sequenceLengths = node.SequenceLengths();
        _initialH = node.InitialState<T>(5, "initial_h");
        _initialC = Network.CellStateSize > 0 ? node.InitialState<T>(6, "initial_c") : null;
    }

    /// <summary>The network, with the node's weights: an <see cref="Lstm{T}"/>,
    /// <see cref="Gru{T}"/> or <see cref="Srn{T}"/> of one layer.</summary>
    public RecurrentNetwork<T> Network { get; }

    /// <summary>0: time before batch; 1: batch before time. See <see cref="OnnxInput{T}"/>.</summary>
    public int Layout { get; }

    /// <summary>Whether the node's one direction goes from the end to the start. <see cref="Network"/> itself knows forward only.</summary>
    public bool IsReverse { get; }

    /// <summary>D, 1 or 2.</summary>
    public int Directions => Network.Directions;

    /// <summary>I.</summary>
    public int InputSize => Network.InputSize;

    /// <summary>H.</summary>
    public int HiddenSize => Network.HiddenSize;

    /// <summary>Memory for runs.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="workers">Threads that share a run, for the same bits; null for the calling one alone.
    /// It must outlive the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or makes for more elements than an array has.</exception>
    public OnnxWorkspace<T> CreateWorkspace(int maxSteps, int maxBatch, WorkerPool? workers = null) =>
        new(this, maxSteps, maxBatch, workers);

    /// <summary>Runs the node. Nothing is allocated.</summary>
    /// <param name="input">The sequences and the states they start from.</param>
    /// <param name="output">
    /// What is wanted. YH may be the memory of InitialH, YC that of InitialC, and, if their rows are as long, Y that of X. Otherwise
    /// nothing that is written overlaps anything else.
    /// </param>
    /// <param name="workspace">Memory made by this object.</param>
    /// <exception cref="ArgumentException">A size does not fit, memory overlaps, or the workspace is another's; nothing has been
    /// written.</exception>
    public void Run(scoped in OnnxInput<T> input, scoped in OnnxOutput<T> output, OnnxWorkspace<T> workspace)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        Require.MadeBy(workspace.Owner, this, "node", "workspace");

        ReadOnlySpan<int> lengths = input.SequenceLengths.IsEmpty ? _sequenceLengths : input.SequenceLengths;
        Check(input, output, lengths, workspace);
        int steps = input.Steps, batch = input.Batch;
        bool sameRows = (batch == 1 || (Layout == 0 && Directions == 1)) && (!IsReverse || steps <= 1);
        bool sameStates = Layout == 0 || Directions == 1 || batch == 1;
        ReadOnlySpan<T> x = input.X;
        if (!sameRows)
        {
            GatherInput(x, workspace.X, steps, batch, lengths);
            x = workspace.X[..x.Length];
        }

        ReadOnlySpan<T> h0 = ReadState(input.InitialH, _initialH, workspace.H, batch, sameStates);
        ReadOnlySpan<T> c0 = ReadState(input.InitialC, _initialC, workspace.C, batch, sameStates);
        Span<T> y = sameRows ? output.Y : workspace.Y[..output.Y.Length];
        Span<T> h = sameStates ? output.YH : workspace.H[..output.YH.Length], c = sameStates ? output.YC : workspace.C[..output.YC.Length];
        Network.Run(
            new SequenceInput<T> { Steps = steps, Batch = batch, X = x, Lengths = lengths, H0 = h0, C0 = c0 },
            new SequenceOutput<T> { Y = y, H = h, C = c },
            workspace.Tape);
        if (!sameRows && !y.IsEmpty)
        {
            ScatterOutput(y, output.Y, steps, batch, lengths);
        }

        if (!sameStates)
        {
            SwapStates(h, output.YH, Directions, batch);
            SwapStates(c, output.YC, Directions, batch);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Network}, layout {Layout}{(IsReverse ? ", reverse" : "")}";

    private void Check(scoped in OnnxInput<T> input, scoped in OnnxOutput<T> output, ReadOnlySpan<int> lengths, OnnxWorkspace<T> workspace)
    {
        int steps = input.Steps, batch = input.Batch;
        if (steps < 0 || steps > workspace.MaxSteps || batch < 0 || batch > workspace.MaxBatch)
        {
            throw new ArgumentException(
                $"input has {steps} steps × {batch} sequences, the workspace takes 0 … {workspace.MaxSteps} × 0 … {workspace.MaxBatch}.",
                nameof(input));
        }

        long states = (long)batch * Directions * HiddenSize;
        Require.Length(input.X.Length, (long)steps * batch * InputSize, "input.X", "T·B·I");
        CheckState(input.InitialH.Length, _initialH?.Batch, batch, states, "input.InitialH");
        CheckState(input.InitialC.Length, _initialC?.Batch, batch, IsLstm ? states : 0, "input.InitialC");
        Require.LengthOrEmpty(output.Y.Length, steps * states, "output.Y", "T·D·B·H");
        Require.LengthOrEmpty(output.YH.Length, states, "output.YH", "D·B·H");
        Require.LengthOrEmpty(output.YC.Length, IsLstm ? states : 0, "output.YC", "D·B·H");
        SharedMemory.Check(output.Y, output.YH, output.YC, input.X, input.InitialH, input.InitialC, _names);
        if (lengths.IsEmpty)
        {
            return;
        }

        Require.Length(lengths.Length, batch, "input.SequenceLengths",
            input.SequenceLengths.IsEmpty ? "B, since the model has lengths" : "B");
        foreach (int length in lengths)
        {
            if ((uint)length > (uint)steps)
            {
                throw new ArgumentException($"input.SequenceLengths holds {length}, but sequences have 0 … {steps} steps.",
                    "input.SequenceLengths");
            }
        }
    }

    private bool IsLstm => Network.CellStateSize > 0;

    private static void CheckState(int length, int? ownBatch, int batch, long expected, string name)
    {
        Require.LengthOrEmpty(length, expected, name, "D·B·H");
        if (length == 0 && ownBatch is { } own && own != batch)
        {
            throw new ArgumentException(
                $"The model's initial state is for {own} sequences, the input has {batch}: {name} is needed.", name);
        }
    }

    /// <summary>Row of X, in the node's layout.</summary>
    private int RowOf(int t, int b, int steps, int batch) => Layout == 0 ? t * batch + b : b * steps + t;

    /// <summary>The step that is t-th in the order of the run. A reversed sequence begins at its own end,
    /// not at that of the longest.</summary>
    private int StepOf(int t, int length) => IsReverse && t < length ? length - 1 - t : t;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherInput(ReadOnlySpan<T> x, Span<T> target, int steps, int batch, ReadOnlySpan<int> lengths)
    {
        for (int b = 0; b < batch; b++)
        {
            int length = lengths.IsEmpty ? steps : lengths[b];
            for (int t = 0; t < length; t++)
            {
                x.Slice(RowOf(StepOf(t, length), b, steps, batch) * InputSize, InputSize).CopyTo(target[((t * batch + b) * InputSize)..]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScatterOutput(ReadOnlySpan<T> source, Span<T> y, int steps, int batch, ReadOnlySpan<int> lengths)
    {
        for (int b = 0; b < batch; b++)
        {
            int length = lengths.IsEmpty ? steps : lengths[b];
            for (int t = 0; t < steps; t++)
            {
                for (int d = 0; d < Directions; d++)
                {
                    int step = StepOf(t, length),
                        row = Layout == 0 ? (step * Directions + d) * batch + b : (b * steps + step) * Directions + d;
                    source.Slice(((t * batch + b) * Directions + d) * HiddenSize, HiddenSize).CopyTo(y[(row * HiddenSize)..]);
                }
            }
        }
    }

    private ReadOnlySpan<T> ReadState(ReadOnlySpan<T> state, (T[] Values, int Batch)? own, Span<T> target, int batch, bool same)
    {
        ReadOnlySpan<T> source = state.IsEmpty && own is { } constant ? constant.Values : state;
        if (same || source.IsEmpty)
        {
            return source;
        }

        SwapStates(source, target, batch, Directions);
        return target[..source.Length];
    }

    /// <summary>[rows, columns, H] to [columns, rows, H].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SwapStates(ReadOnlySpan<T> source, Span<T> target, int rows, int columns)
    {
        for (int i = 0; i < rows * columns && !source.IsEmpty; i++)
        {
            source.Slice(i * HiddenSize, HiddenSize).CopyTo(target[((i % columns * rows + i / columns) * HiddenSize)..]);
        }
    }
}
