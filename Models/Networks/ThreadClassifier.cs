using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Class of every comment of a thread (Zayats and Ostendorf 2018): features → Graph-Structured LSTM → multilayer perceptron → logits.
/// </summary>
/// <remarks>
/// <code>
/// [h⁺; h⁻] = GsLstm(x)      logits = Mlp([h⁺; h⁻])
/// </code>
/// States may be thinned in training, and hidden layers of the perceptron with them (<see cref="Dropout"/>). Parameters <c>threads.*</c>,
/// <c>classifier.*</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ThreadClassifier<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GsLstm<T> _threads;
    private readonly Mlp<T> _classifier;

    /// <summary>A classifier over a cell and a perceptron; <see cref="Initialise"/> or load, then pack.</summary>
    /// <param name="threads">Its input size, D, is that of the comments' features; in the paper it runs in both directions.</param>
    /// <param name="classifier">From the states of a comment to its logits.</param>
    /// <exception cref="ArgumentException">The perceptron's inputs are not as many as the cell's outputs.</exception>
    public ThreadClassifier(GsLstm<T> threads, Mlp<T> classifier)
    {
        ArgumentNullException.ThrowIfNull(threads);
        ArgumentNullException.ThrowIfNull(classifier);
        if (classifier.InputSize != threads.OutputSize)
        {
            throw new ArgumentException(
                $"The perceptron takes {classifier.InputSize} values, but a comment's states are {threads.OutputSize}.",
                nameof(classifier));
        }

        _threads = threads;
        _classifier = classifier;
        Parameters = new ParameterSet<T>().Join("threads.", threads.Parameters).Join("classifier.", classifier.Parameters);
    }

    /// <summary>D.</summary>
    public int InputSize => _threads.Options.InputSize;

    /// <summary>C.</summary>
    public int Classes => _classifier.OutputSize;

    /// <summary>All parameters.</summary>
    public ParameterSet<T> Parameters { get; }

    // One seed serves all masks: the perceptron numbers its own by its layers, from 0, and this one comes after them.
    private int StateMask => _classifier.Layers;

    /// <summary>Draws all parameters, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        _threads.Initialise(seed);
        _classifier.Initialise(unchecked(seed + 1));
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        _threads.Pack();
        _classifier.Pack();
    }

    /// <summary>Memory for a forward and a backward run over batches of up to so many comments.</summary>
    /// <param name="maxNodes">Comments of all threads together.</param>
    /// <param name="workers">Threads that share the runs; null for the calling one alone.</param>
    public ThreadClassifierTape<T> CreateTape(int maxNodes, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new ThreadClassifierTape<T>(this, _threads.CreateTape(maxNodes, workers), _classifier.CreateTape(maxNodes, workers),
            _threads.OutputSize);
    }

    /// <summary>Logits of every comment. Nothing is allocated.</summary>
    /// <param name="schedule">The threads.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="logits">[N, C], written.</param>
    /// <param name="tape">Memory made by this classifier.</param>
    /// <param name="dropout">Rate at which values of the states and of the perceptron's hidden layers are left out in training.</param>
    /// <param name="seed">Of the dropout; another one for every run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another one's; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(
        GsLstmSchedule schedule, ReadOnlySpan<T> x, Span<T> logits, ThreadClassifierTape<T> tape, double dropout = 0, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(tape);
        int nodes = schedule.NodeCount;
        tape.Check(this, nodes);
        Require.Length(x.Length, (long)nodes * InputSize, shape: "N·D");
        Require.Length(logits.Length, (long)nodes * Classes, shape: "N·C");
        DropoutMask.CheckRate(dropout, nameof(dropout));
        tape.Record(nodes, dropout, seed);
        _threads.Forward(schedule, x, tape.States, default, tape.Threads);
        Dropout.Forward<T>(tape.States, dropout, seed, tape.States, StateMask);
        _classifier.Forward(tape.States, logits, tape.Classifier, dropout, seed);
    }

    /// <summary>Takes the last forward run back: writes dx and adds the gradients of all parameters. Nothing is allocated;
    /// the tape is used up.</summary>
    /// <param name="gradient">∂L/∂logits [N, C], zeros for comments without a class.</param>
    /// <param name="dx">[N, D], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another one's; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> gradient, Span<T> dx, ThreadClassifierTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        tape.CheckRun(this);
        Require.Length(gradient.Length, (long)tape.Nodes * Classes, shape: "N·C");
        Require.LengthOrEmpty(dx.Length, (long)tape.Nodes * InputSize, shape: "N·D");
        tape.TakeBack();
        _classifier.Backward(tape.States, gradient, tape.StatesGradient, tape.Classifier);
        Dropout.Backward<T>(tape.StatesGradient, tape.Dropout, tape.Seed, tape.StatesGradient, StateMask);
        _threads.Backward(tape.StatesGradient, default, dx, tape.Threads);
    }

    /// <inheritdoc/>
    public override string ToString() => $"thread classifier: {_threads}; {_classifier}";
}
