using System.Numerics;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The memory of a <see cref="ThreadClassifier{T}"/>'s runs.</summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ThreadClassifierTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ThreadClassifier<T> _owner;
    private readonly int _stateSize;
    private readonly AlignedBuffer<T> _states;
    private readonly AlignedBuffer<T> _statesGradient;
    private bool _hasRun;

    internal ThreadClassifierTape(ThreadClassifier<T> owner, GsLstmTape<T> threads, MlpTape<T> classifier, int stateSize)
    {
        _owner = owner;
        _stateSize = stateSize;
        Threads = threads;
        Classifier = classifier;
        _states = new AlignedBuffer<T>((long)threads.MaxNodes * stateSize);
        _statesGradient = new AlignedBuffer<T>((long)threads.MaxNodes * stateSize);
    }

    /// <summary>Comments that fit.</summary>
    public int MaxNodes => Threads.MaxNodes;

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers => Threads.Workers;

    internal GsLstmTape<T> Threads { get; }

    internal MlpTape<T> Classifier { get; }

    /// <summary>N of the recorded run.</summary>
    internal int Nodes { get; private set; }

    /// <summary>The rate of the recorded run.</summary>
    internal double Dropout { get; private set; }

    internal int Seed { get; private set; }

    /// <summary>What the perceptron sees: the cell's outputs, thinned.</summary>
    internal Span<T> States => _states.Span[..(Nodes * _stateSize)];

    internal Span<T> StatesGradient => _statesGradient.Span[..(Nodes * _stateSize)];

    /// <inheritdoc/>
    public override string ToString() => $"{MaxNodes} comments, {_stateSize} states each";

    internal void Check(ThreadClassifier<T> owner, int nodes)
    {
        CheckOwner(owner);
        if (nodes > MaxNodes)
        {
            throw new ArgumentException($"The tape is for {MaxNodes} comments; there are {nodes}.", "tape");
        }
    }

    internal void CheckRun(ThreadClassifier<T> owner)
    {
        CheckOwner(owner);
        if (!_hasRun)
        {
            throw new InvalidOperationException("The tape holds no run: Forward records one, and Backward uses it up.");
        }
    }

    internal void Record(int nodes, double dropout, int seed) => (Nodes, Dropout, Seed, _hasRun) = (nodes, dropout, seed, true);

    internal void TakeBack() => _hasRun = false;

    private void CheckOwner(ThreadClassifier<T> owner)
    {
        Require.MadeBy(_owner, owner, "classifier");
    }
}
