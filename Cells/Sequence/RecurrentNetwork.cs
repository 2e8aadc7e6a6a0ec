using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// A recurrent network of any cell: layers, one or two directions, batches of sequences of unequal length, forward and backward.
/// </summary>
/// <remarks>
/// Sequences are time-major, states are [layers·directions, B, ·] with row layer·directions + direction, as in PyTorch. A forward run gives
/// the same bits whatever the batch, the lengths of the other sequences and the vector width, and the same as
/// <see cref="RecurrentStream{T}"/> step by step.
/// <para>
/// Threads: <see cref="Run"/>, with a tape a thread, and the making of workspaces, streams and pools may happen on any number of threads at
/// once. What changes weights must be alone, with nothing running meanwhile, not even a stream's step: <see cref="Initialise"/>,
/// <see cref="Pack"/>, <see cref="PackRounded"/>, <see cref="DropWeights"/>, loading, an optimiser's step. Gradients belong to the network,
/// not to the tape: <see cref="Backward"/>, <see cref="CreateTape"/>, which makes room for them,
/// and zeroing them are for one thread at a time, and runs may go on beside.
/// </para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class RecurrentNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] _forwardNames = ["output.Y", "output.H", "output.C", "input.X", "input.H0", "input.C0"];
    private static readonly string[] _backwardNames =
        ["gradient.X", "gradient.H0", "gradient.C0", "upstream.Y", "upstream.H", "upstream.C"];

    private readonly int _units;

    private protected RecurrentNetwork(ParameterSet<T> parameters, int inputSize, int hiddenSize, int cellStateSize, int layers,
        int directions, int units)
    {
        Parameters = parameters;
        InputSize = inputSize;
        HiddenSize = hiddenSize;
        CellStateSize = cellStateSize;
        Layers = layers;
        Directions = directions;
        _units = units;
    }

    /// <summary>All parameters, with PyTorch's names and shapes.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>D, size of x.</summary>
    public int InputSize { get; }

    /// <summary>Size of h in one direction: the hidden size, or that of the projection.</summary>
    public int HiddenSize { get; }

    /// <summary>Size of c in one direction; 0 for cells without.</summary>
    public int CellStateSize { get; }

    /// <summary>Stacked layers.</summary>
    public int Layers { get; }

    /// <summary>1, or 2 for a bidirectional network.</summary>
    public int Directions { get; }

    /// <summary>Size of y: directions times <see cref="HiddenSize"/>.</summary>
    public int OutputSize => Directions * HiddenSize;

    /// <summary>Rows of the states: layers times directions.</summary>
    public int StateRows => Layers * Directions;

    /// <summary>Draws every parameter uniformly from ±1/√H, as PyTorch does, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        Parameters.InitialiseUniform(new Random(seed), 1 / Math.Sqrt(_units));
        Pack();
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public abstract void Pack();

    /// <summary>
    /// Packs the weights rounded, for inference: a step reads fewer bytes, which is faster where weights do not fit into a core's cache.
    /// Biases and states stay exact, all runs give the same bits as steps, and <see cref="Pack"/> brings the exact weights back.
    /// </summary>
    /// <param name="format">How they are rounded.</param>
    /// <exception cref="NotSupportedException">The network is not one of <see cref="float"/>; it is packed as it is.</exception>
    /// <exception cref="ArgumentException">A weight is not finite or, for int8, deeper than <see cref="Int8Matrix.MaxDepth"/> inputs or
    /// units; the network is packed as by <see cref="Pack"/>.</exception>
    public abstract void PackRounded(RoundedWeights format);

    /// <summary>
    /// Packs the recurrent weights without a random part of them (DropConnect, Wan et al. 2013; Merity et al. 2018): those left out are
    /// zero, those kept scaled by 1/(1 − rate), and gradients pass only through those kept. <see cref="Pack"/> brings all back.
    /// </summary>
    /// <param name="rate">0 ≤ rate &lt; 1.</param>
    /// <param name="seed">The same seed leaves out the same weights.</param>
    public abstract void DropWeights(double rate, int seed);

    /// <summary>Memory for runs that a backward run may follow.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="maxRows">The most steps of all sequences together; by default all of them at full length.</param>
    /// <param name="workers">Threads that share a run, for the same bits; null for the calling one alone.
    /// It must outlive the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or makes for more elements than an array has.</exception>
    public abstract Tape<T> CreateTape(int maxSteps, int maxBatch, int? maxRows = null, WorkerPool? workers = null);

    /// <summary>Memory for runs without a backward run.</summary>
    /// <param name="maxSteps">The longest sequence.</param>
    /// <param name="maxBatch">The largest batch.</param>
    /// <param name="maxRows">The most steps of all sequences together; by default all of them at full length.</param>
    /// <param name="workers">Threads that share a run, for the same bits; null for the calling one alone.
    /// It must outlive the memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or makes for more elements than an array has.</exception>
    public abstract Tape<T> CreateWorkspace(int maxSteps, int maxBatch, int? maxRows = null, WorkerPool? workers = null);

    /// <summary>A stream that runs step by step and owns its state.</summary>
    /// <param name="workers">Threads that share a step's units, for the same bits, where a step is worth it;
    /// null for the calling one alone.</param>
    /// <exception cref="InvalidOperationException">
    /// The network is bidirectional: its reverse direction begins at the end. Or its weights have never been packed.
    /// </exception>
    public abstract RecurrentStream<T> CreateStream(WorkerPool? workers = null);

    /// <summary>Runs a batch of sequences. Nothing is allocated.</summary>
    /// <param name="input">The sequences and the states they start from.</param>
    /// <param name="output">
    /// What is wanted. H may be the memory of H0, C that of C0, and, if their rows are as long, Y that of X. Otherwise nothing that is
    /// written overlaps anything else.
    /// </param>
    /// <param name="tape">Memory made by this network.</param>
    /// <exception cref="ArgumentException">A size does not fit, memory overlaps, or the tape is another network's; nothing has been
    /// written.</exception>
    /// <exception cref="InvalidOperationException">The weights have never been packed.</exception>
    public void Run(scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output, Tape<T> tape)
    {
        CheckTape(tape);
        CheckPacked();
        CheckInput(input, tape);
        input.Dropout.Check();
        int rows = input.IsRagged ? input.X.Length / InputSize : input.Steps * input.Batch;
        CheckOptional(output.Y.Length, rows, OutputSize, "output.Y", "rows·directions·H");
        CheckState(output.H.Length, input.Batch, HiddenSize, "output.H");
        CheckState(output.C.Length, input.Batch, CellStateSize, "output.C");
        CheckOptional(output.CellStates.Length, rows, Directions * CellStateSize, "output.CellStates", "rows·directions·C");
        SharedMemory.Check(output.Y, output.H, output.C, input.X, input.H0, input.C0, _forwardNames);
        SharedMemory.CheckApart(output.CellStates, "output.CellStates", output.Y, output.H, output.C, _forwardNames);
        SharedMemory.CheckApart(output.CellStates, "output.CellStates", input.X, input.H0, input.C0, _forwardNames.AsSpan(3));
        tape.Check.Enter();
        tape.Schedule.Set(input.Steps, input.Batch, input.Lengths, input.IsRagged);
        tape.Dropout = input.Dropout;
        RunLayers(input, output, tape);
        tape.HasRun = tape.IsRecording;
        tape.Check.Leave();
    }

    /// <summary>
    /// Takes back the run that <paramref name="tape"/> recorded: writes the gradients of its inputs and adds those of the parameters to
    /// <see cref="Parameter{T}.Gradient"/>. Nothing is allocated. The tape is used up: the next thing it can do is another run.
    /// </summary>
    /// <param name="upstream">The gradients of the outputs.</param>
    /// <param name="gradient">
    /// Where the gradients of the inputs go. H0 may be the memory of the upstream H, C0 that of C, and, if their rows are as long, X that
    /// of Y. Otherwise nothing that is written overlaps anything else.
    /// </param>
    /// <param name="tape">The tape of the run.</param>
    /// <exception cref="ArgumentException">A size does not fit, memory overlaps, or the tape is another network's; nothing has been
    /// written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    public void Backward(scoped in SequenceOutputGradient<T> upstream, scoped in SequenceInputGradient<T> gradient, Tape<T> tape)
    {
        CheckTape(tape);
        if (!tape.HasRun)
        {
            throw new InvalidOperationException(tape.IsRecording
                ? "The tape holds no run: Run records one, and Backward uses it up."
                : "A workspace records nothing: Backward needs a tape made by CreateTape.");
        }

        int batch = tape.Schedule.Batch, rows = tape.Schedule.IsRagged ? tape.Schedule.Rows : tape.Schedule.Steps * batch;
        CheckOptional(upstream.Y.Length, rows, OutputSize, "upstream.Y", "rows·directions·H");
        CheckState(upstream.H.Length, batch, HiddenSize, "upstream.H");
        CheckState(upstream.C.Length, batch, CellStateSize, "upstream.C");
        CheckOptional(upstream.CellStates.Length, rows, Directions * CellStateSize, "upstream.CellStates", "rows·directions·C");
        CheckOptional(gradient.X.Length, rows, InputSize, "gradient.X", "rows·D");
        CheckState(gradient.H0.Length, batch, HiddenSize, "gradient.H0");
        CheckState(gradient.C0.Length, batch, CellStateSize, "gradient.C0");
        SharedMemory.Check(gradient.X, gradient.H0, gradient.C0, upstream.Y, upstream.H, upstream.C, _backwardNames);
        SharedMemory.CheckApart(upstream.CellStates, "upstream.CellStates", gradient.X, gradient.H0, gradient.C0, _backwardNames);
        tape.Check.Enter();
        tape.HasRun = false;
        BackwardLayers(upstream, gradient, tape);
        tape.Check.Leave();
    }

    private protected abstract void RunLayers(scoped in SequenceInput<T> input, scoped in SequenceOutput<T> output, Tape<T> tape);

    private protected abstract void BackwardLayers(
        scoped in SequenceOutputGradient<T> upstream, scoped in SequenceInputGradient<T> gradient, Tape<T> tape);

    /// <summary>Whether the kernels have weights to read.</summary>
    private protected abstract bool IsPacked { get; }

    /// <summary>Throws unless they have: before anything is done, where products would find it out on the way.</summary>
    private protected void CheckPacked() => Require.Packed(IsPacked);

    private void CheckTape(Tape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "network");
    }

    private void CheckInput(scoped in SequenceInput<T> input, Tape<T> tape)
    {
        if (input.Steps < 0 || input.Steps > tape.MaxSteps || input.Batch < 0 || input.Batch > tape.MaxBatch)
        {
            throw new ArgumentException(
                $"input has {input.Steps} steps × {input.Batch} sequences, the tape takes 0 … {tape.MaxSteps} × 0 … {tape.MaxBatch}.",
                nameof(input));
        }

        CheckState(input.H0.Length, input.Batch, HiddenSize, "input.H0");
        CheckState(input.C0.Length, input.Batch, CellStateSize, "input.C0");
        long rows = (long)input.Steps * input.Batch;
        if (!input.Lengths.IsEmpty || input.IsRagged)
        {
            Require.Length(input.Lengths.Length, input.Batch, "input.Lengths", "B");
            rows = 0;
            foreach (int length in input.Lengths)
            {
                if ((uint)length > (uint)input.Steps)
                {
                    throw new ArgumentException($"input.Lengths holds {length}, but sequences have 0 … {input.Steps} steps.",
                        "input.Lengths");
                }

                rows += length;
            }
        }

        if (rows > tape.MaxRows)
        {
            throw new ArgumentException($"input has {rows} steps in all, the tape takes {tape.MaxRows}.", nameof(input));
        }

        Require.Length(
            input.X.Length, (input.IsRagged ? rows : (long)input.Steps * input.Batch) * InputSize, "input.X",
            input.IsRagged ? "Σ lengths·D" : "T·B·D");
    }

    private void CheckState(int length, int batch, int size, string name) =>
        CheckOptional(length, StateRows * batch, size, name, "layers·directions·B·size");

    private static void CheckOptional(int length, int rows, int size, string name, string shape)
    {
        if (length != 0 && length != (long)rows * size)
        {
            throw new ArgumentException($"{name} needs {shape} = {rows}·{size} elements, but has {length}.", name);
        }
    }
}
